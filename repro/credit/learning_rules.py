"""The theory's credit rules: from bids and a trajectory to a loss.

The gradient of a rule's loss with respect to column k of the bids is what mechanism k learns from the
trajectory. Rules differ only in their loss and their target: see `RULES`.
"""

from __future__ import annotations

from typing import Callable, Protocol  # noqa: UP035 - tests allow credit no collections.abc

import torch
from torch import Tensor

from repro.credit import multistep
from repro.credit.indexing import at_action, at_state
from repro.credit.multistep import monte_carlo_return
from repro.credit.policy_gradient import reinforce_loss
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
        """Return the loss of a complete trajectory, or of one of its steps.

        Args:
            bids: [..., S, K], the mechanisms' bids at each distinct state.
            state: int64 [..., T], states in which the steps start; each step reaches the next state.
            action: int64 [..., T].
            r_t: [..., T], reward.
            discount_t: [..., T], 0 where the state reached is terminal. The state that the last step
                reaches has no row in `bids` and is worth 0.
            step: index of one step, for its loss alone; None: the sum over all steps.

        Returns:
            [...], to be minimised.
        """


def _rule(
    loss: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor],
    target: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor],
) -> Rule:
    """Combine a loss with a target, a function of r_t, discount_t, q_t and a_t."""

    def rule(
        bids: Tensor,
        state: Tensor,
        action: Tensor,
        r_t: Tensor,
        discount_t: Tensor,
        step: int | None = None,
    ) -> Tensor:
        q_tm1 = at_state(bids, state)
        q_t = torch.cat([q_tm1[..., 1:, :], torch.zeros_like(q_tm1[..., :1, :])], -2)
        # No action follows the last step; any can be used, since all bids there are 0.
        a_t = torch.cat([action[..., 1:], action[..., -1:]], -1)
        target_t = target(r_t, discount_t, q_t, a_t)
        of = slice(None) if step is None else slice(step, step + 1)
        return loss(bids, state[..., of], action[..., of], target_t[..., of])

    return rule


def n_step(n: int) -> Rule:
    """Return SARSA with n-step targets, n at least 1; n = 1 is SARSA.

    >>> bids = torch.tensor([[8.0], [4.0], [2.0]], requires_grad=True)  # one mechanism
    >>> trajectory = torch.arange(3), torch.zeros(3, dtype=torch.int64), torch.zeros(3)
    >>> loss = n_step(2)(bids, *trajectory, discount_t=torch.tensor([0.5, 0.5, 0.0]), step=0)
    >>> torch.autograd.grad(loss, bids)[0].flatten()  # 8 - 0.25 * 2
    tensor([7.5000, 0.0000, 0.0000])
    """
    return _rule(td_loss, lambda r, d, q, a: multistep.n_step_return(r, d, at_action(q, a), n))


def lambda_return(lambda_: float) -> Rule:
    """Return SARSA with λ-returns as targets; λ = 0 is SARSA.

    >>> bids = torch.tensor([[8.0], [4.0], [2.0]], requires_grad=True)  # one mechanism
    >>> trajectory = torch.arange(3), torch.zeros(3, dtype=torch.int64), torch.zeros(3)
    >>> loss = lambda_return(0.5)(bids, *trajectory, discount_t=torch.tensor([0.5, 0.5, 0.0]), step=0)
    >>> torch.autograd.grad(loss, bids)[0].flatten()  # 8 - 0.5 * (4 + 0.5 * 2 / 2) / 2
    tensor([6.8750, 0.0000, 0.0000])
    """
    return _rule(
        td_loss, lambda r, d, q, a: multistep.lambda_return(r, d, at_action(q, a), lambda_)
    )


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
"""All rules by name: each has a loss, and a target as a function of r_t, discount_t, q_t and a_t."""
