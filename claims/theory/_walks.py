"""Trajectories whose greedy mechanisms are known, and single-step rules on them, at once or in order."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claims.theory._by_hand import nobody, reaching_one_state, reading_what_was_rewritten
from claims.theory._cases import in_order_of_letters
from claims.theory._rules import DISCOUNT, batch_rule, inputs, sequential_rule, with_rate
from claims.theory._shapes import mechanism
from repro.causal import audit
from repro.credit.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from claims.theory._by_hand import Pairs
    from claims.theory._rules import Inputs
    from claims.theory._shapes import Shape
    from repro.causal import Verdict as Traced

NAMES = {"sarsa": "SARSA", "q_learning": "Q-learning", "expected_sarsa": "expected SARSA"}
BATCH, TABLES, NETWORKS = "one batch", "tables, in order", "networks, in order"


@dataclass(frozen=True)
class Walk:
    """A shape, and whose bid is the largest at some of its states.

    Attributes:
        shape: of the trajectory.
        greedy: (state, mechanism); elsewhere the bids as drawn decide.
    """

    shape: Shape
    greedy: tuple[tuple[int, int], ...] = ()

    def inputs(self, seed: int = 0) -> Inputs:
        """Draw bids, those of greedy mechanisms larger by more than small steps can change."""
        given = inputs(self.shape, seed)
        for state, k in self.greedy:
            given["bids"][state, k] = given["bids"][state].max() + 1
        return given

    def __str__(self) -> str:
        """Write "s0 A, s1 B (greedy: A at s1)"."""
        greedy = ", ".join(f"{mechanism(k)} at s{state}" for state, k in self.greedy)
        return f"{self.shape} (greedy: {greedy})" if greedy else str(self.shape)


def greedy_walks(shapes: Iterable[Shape]) -> list[Walk]:
    """List shapes with every choice of who is greedy where, one of all that differ in names only."""
    found: list[Walk] = []
    for shape in shapes:
        reached = sorted(set(shape.states[1:]))
        for chosen in itertools.product(range(shape.mechanisms), repeat=len(reached)):
            walk = Walk(shape, tuple(zip(reached, chosen, strict=True)))
            found += [walk] if in_order_of_letters((*shape.actions, *chosen)) else []
    return found


def traced(rule: str, how: str, walk: Walk, discount: float = DISCOUNT) -> Traced:
    """Audit a rule.

    Args:
        rule: "sarsa", "q_learning" or "expected_sarsa".
        how: BATCH, TABLES or NETWORKS.
        walk: the trajectory.
        discount: γ.
    """
    given = walk.inputs()
    if how == BATCH:
        return audit(batch_rule(RULES[rule], discount), given)
    in_order = sequential_rule(RULES[rule], network=how == NETWORKS, discount=discount)
    return audit(in_order, with_rate(given))


def derived(rule: str, how: str, walk: Walk) -> Pairs:
    """Say by hand which pairs depend on each other, at γ < 1."""
    shape, greedy = walk.shape, dict(walk.greedy)
    if how == BATCH:
        return reaching_one_state(shape) if rule == "expected_sarsa" else nobody(shape)

    def read(t: int) -> Iterable[int]:
        if rule == "sarsa":
            return (shape.actions[t + 1],)
        if rule == "q_learning":
            return (greedy[shape.states[t + 1]],)
        return range(shape.mechanisms)

    hidden = rule == "expected_sarsa"
    return reading_what_was_rewritten(shape, read, network=how == NETWORKS, hidden=hidden)
