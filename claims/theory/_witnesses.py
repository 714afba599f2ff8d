"""What the witnesses of a verdict must be: hidden variables of a kind, and of a place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from claims.theory._cases import written
from claims.theory._rules import COPIES
from claims.theory._shapes import mechanism

if TYPE_CHECKING:
    from claims.theory._shapes import Shape
    from repro.causal import Verdict
    from repro.causal.auditing.verdict import Witness

NORMALISER, PRICE, REWARDS = "log-sum-exp", "order statistic", "discounted sum"


def lacking(traced: Verdict, name: str) -> str:
    """Say which pairs that depend on each other have no witness of this name; nothing if none."""
    named = {one.pair for one in traced.witnesses if one.name == name}
    without = traced.joined_at_most - named
    return f"no {name} among the witnesses of {written(without)}" if without else ""


def misplaced(traced: Verdict, shape: Shape) -> str:
    """Say which normaliser is not made of bids at one state that the trajectory visits."""
    for witness in traced.witnesses:
        if witness.name == NORMALISER:
            # Bids are [S, K]; networks' outputs [1, 1, S, K] or [1, K, S, 1].
            states = {place[2 if len(place) > 2 else 0] for place in _places(witness)}
            if len(states) != 1 or not states <= set(shape.states):
                return f"a {NORMALISER} of states {sorted(states)}"
    return ""


def passes(witness: Witness, shape: Shape) -> bool:
    """Tell whether a price, of bids [1, T, E], passes between the two mechanisms of its pair."""
    places = _places(witness)
    steps, entries = {place[1] for place in places}, {place[2] for place in places}
    if len(steps) != 1 or not 0 < (t := min(steps)) < shape.steps:
        return False
    winner = COPIES * shape.actions[t]
    between = {mechanism(k) for k in shape.actions[t - 1 : t + 1]}
    return between == set(witness.pair) and winner not in entries


def _places(witness: Witness) -> list[tuple[int, ...]]:
    """Read the elements of inputs that a witness's expression names, as (0, 2) of bids[0, 2]."""
    found = re.findall(r"\w\[([\d, ]+)\]", witness.expression)
    return [tuple(int(number) for number in place.split(",")) for place in found]
