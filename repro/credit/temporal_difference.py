"""Single-step temporal differences: three targets, and a loss for the mechanism that acted (talk:223-230)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.credit.indexing import at_action, at_state_action

if TYPE_CHECKING:
    from torch import Tensor


def sarsa_target(r_t: Tensor, discount_t: Tensor, q_t: Tensor, a_t: Tensor) -> Tensor:
    r"""Target of SARSA, :math:`r_t + \gamma_t Q(s_t, a_t)`.

    Rummery and Niranjan, "On-line Q-learning using connectionist systems" (1994).

    Args:
        r_t: [..., T], reward.
        discount_t: [..., T], 0 where the state reached is terminal.
        q_t: [..., T, K], bids at the state reached.
        a_t: int64 [..., T], action taken there.

    Returns:
        [..., T].

    >>> import torch
    >>> r_t, discount_t = torch.tensor([1.0, 3.0]), torch.tensor([0.5, 0.0])
    >>> q_t, a_t = torch.tensor([[2.0, 8.0], [9.0, 9.0]]), torch.tensor([0, 1])
    >>> sarsa_target(r_t, discount_t, q_t, a_t)
    tensor([2., 3.])
    """
    return r_t + discount_t * at_action(q_t, a_t)


def expected_sarsa_target(r_t: Tensor, discount_t: Tensor, q_t: Tensor, policy_t: Tensor) -> Tensor:
    r"""Target of expected SARSA, :math:`r_t + \gamma_t \sum_a \pi(a | s_t) Q(s_t, a)`.

    Van Seijen et al., "A theoretical and empirical analysis of expected Sarsa" (2009).

    Args:
        r_t: [..., T], reward.
        discount_t: [..., T], 0 where the state reached is terminal.
        q_t: [..., T, K], bids at the state reached.
        policy_t: [..., T, K], probability of each action there.

    Returns:
        [..., T].

    >>> import torch
    >>> r_t, discount_t = torch.tensor([1.0]), torch.tensor([0.5])
    >>> q_t, policy_t = torch.tensor([[2.0, 8.0]]), torch.tensor([[0.5, 0.5]])
    >>> expected_sarsa_target(r_t, discount_t, q_t, policy_t)
    tensor([3.5000])
    """
    return r_t + discount_t * expected_value(q_t, policy_t)


def expected_value(q_t: Tensor, policy_t: Tensor) -> Tensor:
    r"""Mean bid of a policy, :math:`\sum_a \pi(a | s_t) Q(s_t, a)`.

    Args:
        q_t: [..., T, K], bids at the state reached.
        policy_t: [..., T, K], probability of each action there.

    Returns:
        [..., T].

    >>> import torch
    >>> expected_value(torch.tensor([[2.0, 8.0]]), torch.tensor([[0.5, 0.5]]))
    tensor([5.])
    """
    return (policy_t * q_t).sum(-1)


def q_learning_target(r_t: Tensor, discount_t: Tensor, q_t: Tensor) -> Tensor:
    r"""Target of Q-learning, :math:`r_t + \gamma_t \max_a Q(s_t, a)`.

    Watkins and Dayan, "Q-learning" (1992).

    Args:
        r_t: [..., T], reward.
        discount_t: [..., T], 0 where the state reached is terminal.
        q_t: [..., T, K], bids at the state reached.

    Returns:
        [..., T].

    >>> import torch
    >>> q_learning_target(torch.tensor([1.0]), torch.tensor([0.5]), torch.tensor([[2.0, 8.0]]))
    tensor([5.])
    """
    return r_t + discount_t * q_t.amax(-1)


def td_loss(bids: Tensor, state: Tensor, action: Tensor, target: Tensor) -> Tensor:
    r"""Half the squared error of the bids that acted, :math:`\sum_t (Q(s_t, a_t) - y_t)^2 / 2`.

    The gradient with respect to a bid is the sum of the errors of the steps in which it acted. No
    other bid is read, so the losers' gradients are exactly zero. No gradient flows through the targets.

    Args:
        bids: [..., S, K], the mechanisms' bids at each distinct state.
        state: int64 [..., T], states in which the steps start; a state that is visited twice is one
            row of `bids`.
        action: int64 [..., T].
        target: y, [..., T].

    Returns:
        [...], to be minimised.

    >>> import torch
    >>> bids = torch.tensor([[1.0, 2.0], [4.0, 5.0]], requires_grad=True)
    >>> state, action, target = torch.tensor([1]), torch.tensor([0]), torch.tensor([6.0])
    >>> loss = td_loss(bids, state, action, target)
    >>> loss.item(), torch.autograd.grad(loss, bids)[0].tolist()
    (2.0, [[0.0, 0.0], [-2.0, 0.0]])
    """
    return (at_state_action(bids, state, action) - target.detach()).square().sum(-1) / 2
