"""Judging single-step rules: who learns, and what each gradient may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from claims.theory._by_hand import handing_over, losers, nobody
from claims.theory._cases import case
from claims.theory._rules import COPIES
from claims.theory._shapes import mechanism
from repro.causal import Answer

if TYPE_CHECKING:
    from claims.theory._cases import Case
    from claims.theory._rules import Inputs
    from claims.theory._shapes import Shape
    from repro.causal import Verdict as Traced


def credited(name: str, shape: Shape, drawn_inputs: Inputs, traced: Traced) -> Case:
    """Judge a rule by which only those who acted learn, each from its own steps."""
    bids = drawn_inputs["bids"]
    read: dict[str, set[str]] = {mechanism(k): set() for k in range(shape.mechanisms)}
    for t, (s, k) in enumerate(zip(shape.states, shape.actions, strict=True)):
        read[mechanism(k)] |= {f"bids[{s}, {k}]", f"reward[{t}]"}
        if t + 1 < shape.steps:
            reached = shape.states[t + 1]
            chosen = int(bids[reached].argmax()) if name == "Q-learning" else shape.actions[t + 1]
            read[mechanism(k)].add(f"bids[{reached}, {chosen}]")
    wrong = "" if dict(traced.reads) == read else "a gradient reads something else"
    return zeros(name, shape, traced, wrong)


def paid(shape: Shape, drawn_inputs: Inputs, traced: Traced) -> Case:
    """Judge CVS's utilities, made of rewards and of the prices of the step and the next."""
    offers = drawn_inputs["bids"][0].scatter(1, drawn_inputs["choice"][0, :, None], -torch.inf)
    prices = [f"bids[0, {t}, {e}]" for t, e in enumerate(offers.argmax(1).tolist())]
    read: dict[str, set[str]] = {mechanism(k): set() for k in range(shape.mechanisms)}
    for t, k in enumerate(shape.actions):
        read[mechanism(k)] |= {f"reward[0, {t}]", *prices[t : t + 2]}
    wrong = "" if dict(traced.reads) == read else "a gradient reads something else"
    return zeros("CVS, utilities", shape, traced, wrong)


def zeros(name: str, shape: Shape, traced: Traced, wrong: str = "") -> Case:
    """Judge a rule by which nothing is shared, and losers' gradients are exactly zero."""
    if traced.zero != losers(shape):
        wrong = f"gradients that are zero: {', '.join(traced.zero) or 'none'}"
    return case(name, shape, traced, nobody(shape), wrong=wrong)


def trained(name: str, shape: Shape, traced: Traced) -> Case:
    """Judge CVS as trained: only sums of prices can be shared, none is, and losers read their own."""
    wrong = "shares something as coded" if traced.joined_as_coded else ""
    for loser in losers(shape):
        k = ord(loser) - ord("A")
        own = [f"{part}[0, {k}, " for part in ("policy", "behaviour_policy", "value")]
        entries = range(COPIES * k, COPIES * (k + 1))
        own += [f"bids[0, {t}, {e}]" for t in range(shape.steps) for e in entries]
        if not traced.reads[loser] or not all(
            x.startswith(tuple(own)) for x in traced.reads[loser]
        ):
            wrong = f"the gradient of {loser}, which never acted, reads more than its own"
    return case(name, shape, traced, handing_over(shape, least=2), Answer.DEPENDS, wrong)
