"""Predicates derived by hand: from a trajectory's shape to the pairs of dependent mechanisms.

The claim that uses a predicate derives it. Nothing is traced here. In the docstrings t < u are steps,
s(t) is the state of step t, a(t) the mechanism that acts there, and a(t), a(u) are the pair.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from claims.theory._shapes import mechanism

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from claims.theory._shapes import Episodes, Shape
    from repro.causal.auditing.findings import Pair

    Pairs = frozenset[Pair]


def no_pairs(shape: Shape | Episodes) -> Pairs:
    """Return no pair."""
    del shape
    return frozenset()


def all_pairs(shape: Shape) -> Pairs:
    """Return every pair, whether or not the mechanisms act."""
    return _named(itertools.combinations(range(shape.mechanisms), 2))


def overlapping_windows(shape: Shape, window: int, least: int = 2) -> Pairs:
    """Return pairs whose windows have enough rewards in common: min(t + n, T) - u ≥ `least`.

    Args:
        shape: of the trajectory.
        window: n, number of rewards that a target sums.
        least: number of common rewards that make the pair dependent.
    """
    return _named(
        (shape.actions[t], shape.actions[u])
        for t, u in itertools.combinations(range(shape.steps), 2)
        if min(t + window, shape.steps) - u >= least
    )


def reaching_same_state(shape: Shape | Episodes) -> Pairs:
    """Return pairs that reach the same non-terminal state: s(t + 1) = s(u + 1), t and u no last steps."""
    going_on = [t for t, ends in enumerate(shape.ends) if not ends]
    return _named(
        (shape.actions[t], shape.actions[u])
        for t, u in itertools.combinations(going_on, 2)
        if shape.states[t + 1] == shape.states[u + 1]
    )


def mutual_bootstrapping(shape: Shape) -> Pairs:
    """Return pairs in which each step's target reads the bid that acted at the other step."""
    acted = list(zip(shape.states, shape.actions, strict=True))
    return _named(
        (shape.actions[t], shape.actions[u])
        for t, u in itertools.combinations(range(shape.steps - 1), 2)
        if acted[t + 1] == acted[u] and acted[u + 1] == acted[t]
    )


def reading_updated_blocks(
    shape: Shape, read: Callable[[int], Iterable[int]], *, network: bool, hidden: bool = False
) -> Pairs:
    """Return pairs with a common cause if each step's update is applied before the next step.

    A step's error depends on the errors that have updated a block which the step reads: the block of
    its own mechanism, in its prediction, and those of `read`, in its target. It also depends on
    whatever those errors depend on.

    Args:
        shape: of the trajectory.
        read: maps a step t < T - 1 to the mechanisms whose bids at s(t + 1) its target reads.
        network: whether a block is a whole mechanism, or its bid at one state.
        hidden: whether the target also computes hidden variables from the bids at s(t + 1).
    """
    acted = list(zip(shape.states, shape.actions, strict=True))
    causes: list[set[tuple[str, int]]] = []
    for t, own in enumerate(acted):
        blocks = {own}
        causes.append({("error of step", t)})
        if t + 1 < shape.steps:
            blocks |= {(shape.states[t + 1], k) for k in read(t)}
            if hidden:
                causes[t].add(("bids at state", shape.states[t + 1]))
        for u in range(t):
            updated = {acted[u]} if not network else {(s, acted[u][1]) for s in shape.states}
            if blocks & updated:
                causes[t] |= causes[u]
    return _named(
        (shape.actions[t], shape.actions[u])
        for t, u in itertools.combinations(range(shape.steps), 2)
        if causes[t] & causes[u]
    )


def consecutive(*shapes: Shape | Episodes, least: int = 1) -> Pairs:
    """Return pairs (j, k) where k acts directly after j at least `least` times, in all shapes together."""
    times = Counter(pair for shape in shapes for pair in itertools.pairwise(shape.actions))
    return _named(pair for pair, count in times.items() if count >= least)


def never_acting(shape: Shape) -> tuple[str, ...]:
    """Return the names of the mechanisms that never act."""
    return tuple(mechanism(k) for k in range(shape.mechanisms) if k not in shape.actions)


def _named(found: Iterable[tuple[int, int]]) -> Pairs:
    """Name the mechanisms of each pair, the earlier letter first; drop pairs of equals."""
    ordered = (sorted(pair) for pair in found)
    return frozenset((mechanism(j), mechanism(k)) for j, k in ordered if j != k)
