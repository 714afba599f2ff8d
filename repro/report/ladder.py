"""The ladder, what the talk's number is made of: from the claims' figures alone.

No number is typed here: each rung is a figure of a claim. The input is the list of claims in claims.json, so that
a report and the documents made from it say the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from repro.report.numbers import interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Claim = Mapping[str, Any]

LENGTH, UPDATES = "explanation.pretraining_length", "explanation.matched_updates"
DISCOVERY, EQUAL = "explanation.after_discovery", "explanation.equal_exploration"
SEEN, GRADIENTS = "explanation.seen_states", "explanation.modularity_alone"
COUPLED_CVS, CREDIT = "explanation.coupled", "explanation.credit_on_bids"
ARMS = ("PPOF", "PPO")
LADDER: dict[str, tuple[str, str]] = {
    "the whole transfer, from epoch 2450": (LENGTH, "{} over CVS, from epoch 2450"),
    "the whole transfer, from epoch 950": (LENGTH, "{} over CVS, from epoch 950"),
    "with 32 optimiser steps an epoch for all": (
        UPDATES,
        "{} over CVS, 32 steps each, last decision",
    ),
    "at equal exploration: policies made more uniform": (EQUAL, "(a) {}, scaled, over CVS"),
    "at equal exploration: random actions": (EQUAL, "(c) {}, random actions, over CVS"),
    "at equal exploration: old and new action matched": (
        EQUAL,
        "(d) {}, both actions matched, over CVS",
    ),
    "after the first reward": (DISCOVERY, "{} over CVS, epochs after the first reward"),
    "the same decision, changed in place": (SEEN, "{} over CVS, last decision in place"),
    "nine changes in place, geometric mean": (SEEN, "{} over CVS, geometric mean of nine"),
}
"""Rungs from the headline down: a claim, and the name of its figure for each arm."""
COUPLED = "coupled"
LOWER_LADDER: dict[str, tuple[str, str]] = {
    "Gumbel bids with the gradients of a softmax, four settings": (
        GRADIENTS,
        "single-step credit, own value functions, 4 settings: softmax bids over Gumbel bids",
    ),
    "the same, two settings": (
        GRADIENTS,
        "single-step credit, own value functions, 2 settings, after 400 epochs of training: softmax bids over Gumbel bids",
    ),
    "the same two, one value function: both dependent": (
        GRADIENTS,
        "single-step credit, one value function, 2 settings: softmax bids over Gumbel bids",
    ),
    "CVS with PPO's advantages to all entries, nine settings": (
        CREDIT,
        "CVS, advantages to all: nine settings, over CVS",
    ),
    "CVS with PPO's advantages to winners, nine settings": (
        CREDIT,
        "CVS, advantages to winners: nine settings, over CVS",
    ),
    **{
        f"CVS with {way}, seven settings": (COUPLED_CVS, f"{way}, over not coupled")
        for way in (
            "one mean and deviation of all advantages",
            "one norm of all gradients",
            "a common value function",
            "a common value function, no penalty on it",
            "3-step utilities",
            "Monte Carlo utilities",
        )
    },
}
"""Rungs below, of a learner that is coupled over the same one that is not: a claim, and its figure."""


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: a ratio of mean times.

    Attributes:
        label: what is compared.
        arm: whose time is above; see `over`.
        value: the ratio.
        low: lower end of its interval.
        high: upper end.
        claim: id of the claim that it is from.
    """

    label: str
    arm: str
    value: float
    low: float
    high: float
    claim: str


def ladder(claims: Iterable[Claim]) -> list[Rung]:
    """Return the rungs whose claims were judged, arm by arm.

    Args:
        claims: as in claims.json.
    """
    details = {claim["id"]: details_of(claim) for claim in claims}
    named = [
        (label, arm, claim, name.format(arm))
        for arm in ARMS
        for label, (claim, name) in LADDER.items()
    ]
    named += [(label, COUPLED, *figure) for label, figure in LOWER_LADDER.items()]
    found = []
    for label, arm, claim, name in named:
        one = details.get(claim, {}).get(name)
        if one is not None and one["value"] is not None:
            found.append(Rung(label, arm, one["value"], *_ends(one), claim))
    return found


def over(arm: str) -> str:
    """Say what an arm's times are divided by.

    >>> over("PPO"), over("coupled")
    ('PPO over CVS', 'coupled over not coupled')
    """
    return f"{arm} over {f'not {COUPLED}' if arm == COUPLED else 'CVS'}"


def written(rung: Rung) -> str:
    """Format a rung's ratio with its interval."""
    return interval(rung.value, rung.low, rung.high)


def details_of(claim: Claim) -> dict[str, Mapping[str, Any]]:
    """Return the further figures of a claim by their labels."""
    return {one["label"]: one for one in claim["details"]}


def written_figure(figure: Mapping[str, Any]) -> str:
    """Format a figure of claims.json."""
    if figure["low"] is None and figure["high"] is None:
        return interval(figure["value"])
    return interval(figure["value"], *_ends(figure), unit=figure.get("unit", ""))


def _ends(figure: Mapping[str, Any]) -> tuple[float, float]:
    """Return the ends of an interval; JSON has null for an infinite one."""
    low, high = figure["low"], figure["high"]
    return (-math.inf if low is None else low), (math.inf if high is None else high)
