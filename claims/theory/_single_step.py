"""Single-step rules in one batch or applied in order: their audits, and the pairs derived by hand."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claims.theory._predicates import no_pairs, reaching_same_state, reading_updated_blocks
from claims.theory._rules import DISCOUNT, batch_rule, inputs, sequential_rule, with_rate
from claims.theory._shapes import in_order_of_first_use, mechanism
from repro.causal import audit
from repro.credit.learning_rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from claims.theory._predicates import Pairs
    from claims.theory._rules import Inputs
    from claims.theory._shapes import Shape
    from repro.causal import Verdict

NAMES = {"sarsa": "SARSA", "q_learning": "Q-learning", "expected_sarsa": "expected SARSA"}
BATCH, TABLES, NETWORKS = "one batch", "tables, in order", "networks, in order"


@dataclass(frozen=True)
class Trajectory:
    """A shape, and the mechanism with the largest bid at some of its states.

    Attributes:
        shape: states and actions.
        greedy: (state, mechanism) pairs; at other states the drawn bids decide.
    """

    shape: Shape
    greedy: tuple[tuple[int, int], ...] = ()

    def inputs(self, seed: int = 0) -> Inputs:
        """Draw inputs; a greedy mechanism's bid is larger by more than small updates can change."""
        drawn = inputs(self.shape, seed)
        for state, k in self.greedy:
            drawn["bids"][state, k] = drawn["bids"][state].max() + 1
        return drawn

    def __str__(self) -> str:
        """Format as "s0 A, s1 B (greedy: A at s1)"."""
        greedy = ", ".join(f"{mechanism(k)} at s{state}" for state, k in self.greedy)
        return f"{self.shape} (greedy: {greedy})" if greedy else str(self.shape)


def greedy_trajectories(shapes: Iterable[Shape]) -> list[Trajectory]:
    """Return the shapes with every choice of greedy mechanisms, up to renaming of mechanisms."""
    found: list[Trajectory] = []
    for shape in shapes:
        reached = sorted(set(shape.states[1:]))
        found += [
            Trajectory(shape, tuple(zip(reached, greedy, strict=True)))
            for greedy in itertools.product(range(shape.mechanisms), repeat=len(reached))
            if in_order_of_first_use((*shape.actions, *greedy))
        ]
    return found


def audit_single_step(
    rule: str, how: str, trajectory: Trajectory, discount: float = DISCOUNT
) -> Verdict:
    """Audit a single-step rule.

    Args:
        rule: "sarsa", "q_learning" or "expected_sarsa".
        how: BATCH, TABLES or NETWORKS.
        trajectory: states, actions and greedy mechanisms.
        discount: γ.
    """
    drawn = trajectory.inputs()
    if how == BATCH:
        return audit(batch_rule(RULES[rule], discount), drawn)
    sequential = sequential_rule(RULES[rule], network=how == NETWORKS, discount=discount)
    return audit(sequential, with_rate(drawn))


def derived_pairs(rule: str, how: str, trajectory: Trajectory) -> Pairs:
    """Return the dependent pairs as derived by hand, for γ < 1."""
    shape, greedy = trajectory.shape, dict(trajectory.greedy)
    if how == BATCH:
        return reaching_same_state(shape) if rule == "expected_sarsa" else no_pairs(shape)

    def read(t: int) -> Iterable[int]:
        if rule == "sarsa":
            return (shape.actions[t + 1],)
        if rule == "q_learning":
            return (greedy[shape.states[t + 1]],)
        return range(shape.mechanisms)

    hidden = rule == "expected_sarsa"
    return reading_updated_blocks(shape, read, network=how == NETWORKS, hidden=hidden)
