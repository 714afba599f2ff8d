"""The rows of the classification: rules and learners, and what the talk says of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

import torch

from claims.theory._rules import (
    DISCOUNT,
    batch_rule,
    inputs,
    trainer_inputs,
    trainer_rule,
    utilities,
)
from claims.theory._shapes import Episodes, Shape
from repro import algorithms
from repro.causal import audit
from repro.credit.learning_rules import RULES
from repro.credit.temporal_difference import td_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from claims.theory._rules import Gradients, Inputs
    from repro.causal import Verdict

    Trajectory = Shape | Episodes


class Kind(StrEnum):
    """The kinds of methods that the talk classifies, and the others."""

    POLICY_GRADIENT = "policy gradient"
    N_STEP = "n-step"
    SINGLE_STEP = "single-step"
    OTHER = "not in the talk"


MODULAR = {Kind.POLICY_GRADIENT: False, Kind.N_STEP: False, Kind.SINGLE_STEP: True}
"""What the talk says of each kind (talk:241-248)."""
RULE_KINDS = {
    "reinforce": Kind.POLICY_GRADIENT,
    "two_step": Kind.N_STEP,
    "three_step": Kind.N_STEP,
    "lambda_return": Kind.N_STEP,
    "monte_carlo": Kind.N_STEP,
    "sarsa": Kind.SINGLE_STEP,
    "expected_sarsa": Kind.SINGLE_STEP,
    "q_learning": Kind.SINGLE_STEP,
}
LEARNER_KINDS = {
    **dict.fromkeys(
        ("ppo", "ppof", "a2c", "a2c_separate", "reinforce", "reinforce_separate"),
        Kind.POLICY_GRADIENT,
    ),
    **dict.fromkeys(("n_step_sarsa", "lambda_sarsa", "monte_carlo"), Kind.N_STEP),
    **dict.fromkeys(("sarsa", "expected_sarsa", "q_learning"), Kind.SINGLE_STEP),
    **dict.fromkeys(("cvs", "vickrey_society", "first_price_society"), Kind.SINGLE_STEP),
}
"""Kinds of learners; one that is not here, such as a new file, is not in the talk."""

RECURSION, UTILITIES = "monte_carlo, rule, by recursion", "CVS's utilities, not normalised"
ABAB = Shape((0, 1, 2, 3), (0, 1, 0, 1), 2)
TRAJECTORIES: dict[str, Trajectory] = {
    "one step": Shape((0,), (0,), 2),
    "acyclic episode": ABAB,
    "cyclic episode": Shape((0, 0, 1, 1), (0, 1, 0, 1), 2),
    "two acyclic episodes": Episodes((ABAB, ABAB)),
}
"""A and B in turn: the smallest trajectories on which every kind can share something."""
JUDGED = ("acyclic episode", "two acyclic episodes")
"""Where the talk says that single-step methods are modular, and the others are not (talk:224, 237)."""


@dataclass(frozen=True)
class Row:
    """A rule or a learner.

    Attributes:
        name: for people.
        kind: what the talk calls it.
        rule: from a trajectory to the function to audit.
        inputs: from a trajectory to its inputs.
    """

    name: str
    kind: Kind
    rule: Callable[[Trajectory], Callable[..., Gradients]]
    inputs: Callable[[Trajectory], Inputs]

    def audit(self, trajectory: Trajectory, selection: str) -> Verdict:
        """Audit it on a trajectory."""
        return audit(self.rule(trajectory), self.inputs(trajectory), selection=selection)


def rows() -> list[Row]:
    """Return all rows: rules of `repro.credit`, one in a second coding, then learners as trained."""
    found = [
        Row(f"{name}, rule", kind, partial(_credit, name), inputs)
        for name, kind in RULE_KINDS.items()
    ]
    found += [
        Row(RECURSION, Kind.N_STEP, _recursion, inputs),
        Row(UTILITIES, Kind.SINGLE_STEP, lambda _: utilities, partial(trainer_inputs, "cvs")),
    ]
    found += [
        Row(
            f"{algorithms.display_name(name)}, as trained",
            LEARNER_KINDS.get(name, Kind.OTHER),
            partial(_trained, name),
            partial(trainer_inputs, name),
        )
        for name in algorithms.algorithm_names()
    ]
    return found


def _credit(name: str, trajectory: Trajectory) -> Callable[..., Gradients]:
    return batch_rule(RULES[name], ends=trajectory.ends)


def _trained(name: str, _trajectory: Trajectory) -> Callable[..., Gradients]:
    return trainer_rule(name)


def _recursion(trajectory: Trajectory) -> Callable[..., Gradients]:
    """Monte Carlo targets by a loop backwards over the steps, as most libraries compute them."""

    def rule(
        bids: Tensor, state: Tensor, action: Tensor, r_t: Tensor, discount_t: Tensor
    ) -> Tensor:
        target, targets = torch.zeros_like(r_t[0]), []
        for reward, discount in zip(
            reversed(r_t.unbind()), reversed(discount_t.unbind()), strict=True
        ):
            target = reward + discount * target
            targets.append(target)
        return td_loss(bids, state, action, torch.stack(targets[::-1]))

    return batch_rule(rule, DISCOUNT, trajectory.ends)  # type: ignore[arg-type] # it needs no single steps
