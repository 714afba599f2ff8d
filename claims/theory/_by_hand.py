"""Which gradients depend on each other, from the shape of a trajectory alone, without any trace.

Each function names pairs of mechanisms; it is derived by hand in the claim that uses it. A pair is
made of steps of the two mechanisms: t and u are steps, u the later one, W(t) the rewards that step t
sums up, s(t) and a(t) where it acts and who does.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from claims.theory._shapes import mechanism

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from claims.theory._shapes import Shape
    from repro.causal.auditing.verdict import Pair

    Pairs = frozenset[Pair]


def nobody(shape: Shape) -> Pairs:
    """No pair at all."""
    del shape
    return frozenset()


def everybody(shape: Shape) -> Pairs:
    """Every pair, whether they act or not."""
    return _pairs(itertools.combinations(range(shape.mechanisms), 2))


def overlapping(shape: Shape, window: int, least: int = 2) -> Pairs:
    """Pairs whose windows have so many rewards in common: min(t + n, T) - u.

    Args:
        shape: of the trajectory.
        window: n, the steps that a target sums up.
        least: how many rewards make a sum.
    """
    return _pairs(
        (shape.actions[t], shape.actions[u])
        for t, u in itertools.combinations(range(shape.steps), 2)
        if min(t + window, shape.steps) - u >= least
    )


def reaching_one_state(shape: Shape) -> Pairs:
    """Pairs that reach one state, other than the terminal one: s(t + 1) = s(u + 1)."""
    return _pairs(
        (shape.actions[t], shape.actions[u])
        for t, u in itertools.combinations(range(shape.steps - 1), 2)
        if shape.states[t + 1] == shape.states[u + 1]
    )


def bootstrapping_on_each_other(shape: Shape) -> Pairs:
    """Pairs of which each reads the very bid that the other has acted by."""
    acted = list(zip(shape.states, shape.actions, strict=True))
    return _pairs(
        (shape.actions[t], shape.actions[u])
        for t, u in itertools.combinations(range(shape.steps - 1), 2)
        if acted[t + 1] == acted[u] and acted[u + 1] == acted[t]
    )


def reading_what_was_rewritten(
    shape: Shape, read: Callable[[int], Iterable[int]], *, network: bool, hidden: bool = False
) -> Pairs:
    """Pairs with a common cause where each step's update is applied before the next.

    A step's error depends on the errors that have rewritten a block it reads: that of its own
    mechanism, in its prediction, and those of `read`, in its target; and on whatever those errors
    depend on.

    Args:
        shape: of the trajectory.
        read: from a step t < T - 1 to the mechanisms whose bids at s(t + 1) its target reads.
        network: whether a block is all of a mechanism, or its bid at one state.
        hidden: whether the target also makes hidden variables from the bids at the state reached.
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
            rewritten = {acted[u]} if not network else {(s, acted[u][1]) for s in shape.states}
            if blocks & rewritten:
                causes[t] |= causes[u]
    return _pairs(
        (shape.actions[t], shape.actions[u])
        for t, u in itertools.combinations(range(shape.steps), 2)
        if causes[t] & causes[u]
    )


def handing_over(shape: Shape, least: int = 1) -> Pairs:
    """Pairs of which one has acted right after the other so many times, in one order."""
    times = Counter(itertools.pairwise(shape.actions))
    return _pairs(pair for pair, many in times.items() if many >= least)


def losers(shape: Shape) -> tuple[str, ...]:
    """Name the mechanisms that never acted."""
    return tuple(mechanism(k) for k in range(shape.mechanisms) if k not in shape.actions)


def _pairs(found: Iterable[tuple[int, int]]) -> Pairs:
    """Name pairs of two mechanisms, the earlier letter first."""
    ordered = (sorted(pair) for pair in found)
    return frozenset((mechanism(j), mechanism(k)) for j, k in ordered if j != k)
