"""The theory's rules, whole: from bids and an executed trajectory to the loss that teaches them.

Two rules differ by their lines in `RULES` and by nothing else. The gradient of a rule's loss with
respect to column k of the bids is what mechanism k is taught.
"""

from __future__ import annotations

from typing import Callable, Protocol  # noqa: UP035 - of the standard library, credit knows this

import torch
from torch import Tensor

from repro.credit import multistep
from repro.credit.multistep import monte_carlo_return
from repro.credit.policy_gradient import reinforce_loss
from repro.credit.table import pick, row
from repro.credit.temporal_difference import (
    expected_sarsa_target,
    q_learning_target,
    sarsa_target,
    td_loss,
)


class Rule(Protocol):
    """A credit-assignment rule."""

    def __call__(
        self,
        bids: Tensor,
        state: Tensor,
        action: Tensor,
        r_t: Tensor,
        discount_t: Tensor,
        step: int | None = None,
    ) -> Tensor:
        """Make the loss of a trajectory that ended, or of one step of it.

        Args:
            bids: [..., S, K], the mechanisms' bids at each distinct state.
            state: int64 [..., T], the states acted in; each step but the last reaches the next.
            action: int64 [..., T].
            r_t: [..., T], reward of the step.
            discount_t: [..., T], 0 where the state reached is terminal. What the last step reaches
                has no row in `bids` and is worth 0.
            step: which step's loss alone, 0 to T - 1; None: of all.

        Returns:
            [...], to be lowered.
        """


def _rule(
    loss: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor],
    target: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor],
) -> Rule:
    """Make a rule of a loss and its target, a function of r_t, discount_t, q_t and a_t."""

    def rule(
        bids: Tensor,
        state: Tensor,
        action: Tensor,
        r_t: Tensor,
        discount_t: Tensor,
        step: int | None = None,
    ) -> Tensor:
        q_t, a_t = _reached(bids, state, action)
        target_t = target(r_t, discount_t, q_t, a_t)
        of = slice(None) if step is None else slice(step, step + 1)
        return loss(bids, state[..., of], action[..., of], target_t[..., of])

    return rule


def _reached(bids: Tensor, state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
    """Bids [..., T, K] at the state that each step reaches, and the action [..., T] taken there."""
    q_tm1 = row(bids, state)
    q_t = torch.cat([q_tm1[..., 1:, :], torch.zeros_like(q_tm1[..., :1, :])], -2)
    # No action follows the last; whichever stands there, its bid is 0.
    return q_t, torch.cat([action[..., 1:], action[..., -1:]], -1)


def n_step(n: int) -> Rule:
    """Make SARSA with targets n steps ahead; n is at least 1, which is SARSA."""
    return _rule(td_loss, lambda r, d, q, a: multistep.n_step_return(r, d, pick(q, a), n))


def lambda_return(trace: float) -> Rule:
    """Make SARSA with λ-returns as targets; a trace of 0 is SARSA."""
    return _rule(td_loss, lambda r, d, q, a: multistep.lambda_return(r, d, pick(q, a), trace))


RULES: dict[str, Rule] = {
    "reinforce": _rule(reinforce_loss, lambda r, d, *_: monte_carlo_return(r, d)),
    "monte_carlo": _rule(td_loss, lambda r, d, *_: monte_carlo_return(r, d)),
    "two_step": n_step(2),
    "three_step": n_step(3),
    "lambda_return": lambda_return(0.95),
    "sarsa": _rule(td_loss, sarsa_target),
    "expected_sarsa": _rule(
        td_loss, lambda r, d, q, _: expected_sarsa_target(r, d, q, q.softmax(-1))
    ),
    "q_learning": _rule(td_loss, lambda r, d, q, _: q_learning_target(r, d, q)),
}
"""Loss and target of each, the target as a function of r_t, discount_t, q_t and a_t."""
