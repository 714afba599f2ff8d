"""Checks of an audit's witnesses: the kind of hidden variable, and the steps it is computed from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from claims.theory._judging import format_pairs
from claims.theory._rules import COPIES
from claims.theory._shapes import mechanism

if TYPE_CHECKING:
    from claims.theory._shapes import Shape
    from repro.causal import Verdict, Witness

NORMALISER, PRICE, REWARDS = "log-sum-exp", "order statistic", "discounted sum"


def missing_witness(audited: Verdict, name: str) -> str:
    """Return which dependent pairs have no witness of this name; "" if all have one."""
    named = {one.pair for one in audited.witnesses if one.name == name}
    without = audited.joined_at_most - named
    return f"no {name} among the witnesses of {format_pairs(without)}" if without else ""


def misplaced_normaliser(audited: Verdict, shape: Shape) -> str:
    """Return which normaliser is not computed from the bids at one visited state; "" if none."""
    for witness in audited.witnesses:
        if witness.name == NORMALISER:
            # Bids are [S, K]; networks' outputs [1, 1, S, K] or [1, K, S, 1].
            states = {index[2 if len(index) > 2 else 0] for index in _indices(witness)}
            if len(states) != 1 or not states <= set(shape.states):
                return f"a {NORMALISER} of states {sorted(states)}"
    return ""


def is_price_between(witness: Witness, shape: Shape) -> bool:
    """Return whether one of the pair pays this price, of bids [1, T, E], and the other receives it."""
    indices = _indices(witness)
    steps, entries = {index[1] for index in indices}, {index[2] for index in indices}
    if len(steps) != 1 or not 0 < (t := min(steps)) < shape.steps:
        return False
    winner = COPIES * shape.actions[t]
    between = {mechanism(k) for k in shape.actions[t - 1 : t + 1]}
    return between == set(witness.pair) and winner not in entries


def _indices(witness: Witness) -> list[tuple[int, ...]]:
    """Return the indices in a witness's expression, (0, 2) for bids[0, 2]."""
    found = re.findall(r"\w\[([\d, ]+)\]", witness.expression)
    return [tuple(int(number) for number in index.split(",")) for index in found]
