"""Single-step temporal differences: three targets, and the loss of whoever acted (talk:223-230)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.credit.table import entry, pick

if TYPE_CHECKING:
    from torch import Tensor


def sarsa_target(r_t: Tensor, discount_t: Tensor, q_t: Tensor, a_t: Tensor) -> Tensor:
    r"""SARSA's target, :math:`r_t + \gamma_t Q(s_t, a_t)`.

    Rummery and Niranjan, "On-line Q-learning using connectionist systems" (1994).

    Args:
        r_t: [..., T], reward of the step.
        discount_t: [..., T], 0 where the state reached is terminal.
        q_t: [..., T, K], bids at the state reached.
        a_t: int64 [..., T], action taken there.

    Returns:
        [..., T].
    """
    return r_t + discount_t * pick(q_t, a_t)


def expected_sarsa_target(r_t: Tensor, discount_t: Tensor, q_t: Tensor, policy_t: Tensor) -> Tensor:
    r"""Expected SARSA's target, :math:`r_t + \gamma_t \sum_a \pi(a | s_t) Q(s_t, a)`.

    Van Seijen et al., "A theoretical and empirical analysis of expected Sarsa" (2009).

    Args:
        r_t: [..., T], reward of the step.
        discount_t: [..., T], 0 where the state reached is terminal.
        q_t: [..., T, K], bids at the state reached.
        policy_t: [..., T, K], probability of each action there.

    Returns:
        [..., T].
    """
    return r_t + discount_t * (policy_t * q_t).sum(-1)


def q_learning_target(r_t: Tensor, discount_t: Tensor, q_t: Tensor) -> Tensor:
    r"""Q-learning's target, :math:`r_t + \gamma_t \max_a Q(s_t, a)`.

    Watkins and Dayan, "Q-learning" (1992).

    Args:
        r_t: [..., T], reward of the step.
        discount_t: [..., T], 0 where the state reached is terminal.
        q_t: [..., T, K], bids at the state reached.

    Returns:
        [..., T].
    """
    return r_t + discount_t * q_t.amax(-1)


def td_loss(bids: Tensor, state: Tensor, action: Tensor, target: Tensor) -> Tensor:
    r"""Half the squared error of the acting mechanisms' bids, :math:`\sum_t (Q_t - y_t)^2 / 2`.

    Its gradient with respect to a bid is the error of the steps that acted by it; no other bid is
    read, hence the losers' gradients are exactly zero. Targets are constants to it.

    Args:
        bids: [..., S, K], the mechanisms' bids at each distinct state.
        state: int64 [..., T], the states acted in; a state visited twice is one row of `bids`.
        action: int64 [..., T].
        target: [..., T].

    Returns:
        [...], to be lowered.
    """
    return (entry(bids, state, action) - target.detach()).square().sum(-1) / 2
