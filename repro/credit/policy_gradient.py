"""Policy gradients of a softmax over the bids of all actions, and of its mixture with random actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.credit.exploration import uniform_mixture
from repro.credit.indexing import at_state_action

if TYPE_CHECKING:
    from torch import Tensor


def clipped_surrogate_gradient(ratio: Tensor, advantage: Tensor, clip: float) -> Tensor:
    r"""Gradient of PPO's clipped objective with respect to the log-density of what was done.

    The objective :math:`\min(\rho A, \mathrm{clip}(\rho, 1\pm\epsilon) A)` (Schulman et al.,
    "Proximal policy optimization algorithms", 2017, equation 7) equals
    :math:`\min(\rho A, A + \epsilon |A|)` for either sign of A. Its gradient is :math:`\rho A`, or 0
    where the second term is smaller.

    Args:
        ratio: ρ, [..., B], density under the learning policy divided by that under the behaviour
            policy.
        advantage: A, [..., B]; advantages with the same sign and ratio may be summed.
        clip: ε.

    Returns:
        [..., B].

    >>> ratio, advantage = torch.tensor([1.5, 1.5, 1.0]), torch.tensor([2.0, -2.0, 2.0])
    >>> clipped_surrogate_gradient(ratio, advantage, clip=0.2)
    tensor([ 0., -3.,  2.])
    """
    gradient = ratio * advantage
    return torch.where(gradient > advantage + clip * torch.abs(advantage), 0.0, gradient)


def softmax_log_prob(bids: Tensor, state: Tensor, action: Tensor) -> Tensor:
    """Log-probability of each sample's action under a softmax over all bids at its state.

    Args:
        bids: [..., S, K], the mechanisms' bids (logits) at each distinct state.
        state: int64 [..., B].
        action: int64 [..., B].

    Returns:
        [..., B].

    >>> bids = torch.tensor([[1.0, 3.0]]).log()
    >>> softmax_log_prob(bids, state=torch.tensor([0]), action=torch.tensor([1])).exp()
    tensor([0.7500])
    """
    return at_state_action(bids.log_softmax(-1), state, action)


def reinforce_loss(bids: Tensor, state: Tensor, action: Tensor, return_t: Tensor) -> Tensor:
    r"""Loss of REINFORCE for a softmax policy, :math:`-\sum_t G_t \log \pi(a_t | s_t)`.

    Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement
    learning" (1992). No gradient flows through the returns.

    Args:
        bids: [..., S, K], the mechanisms' bids (logits) at each distinct state.
        state: int64 [..., T].
        action: int64 [..., T].
        return_t: G, [..., T], return from each step on.

    Returns:
        [...], to be minimised.

    >>> bids = torch.zeros(1, 2, requires_grad=True)
    >>> one_step = torch.tensor([0]), torch.tensor([1]), torch.tensor([4.0])
    >>> torch.autograd.grad(reinforce_loss(bids, *one_step), bids)[0]  # both bids learn
    tensor([[ 2., -2.]])
    """
    return -(softmax_log_prob(bids, state, action) * return_t.detach()).sum(-1)


def softmax_policy_gradient(
    bids: Tensor,
    old_bids: Tensor,
    positive: Tensor,
    negative: Tensor,
    share: Tensor,
    *,
    clip: float,
    entropy_bonus: float,
    epsilon: float = 0.0,
) -> Tensor:
    r"""Gradient of PPO's loss with respect to the bids.

    The loss is the clipped surrogate with an entropy bonus, mean over B samples. Samples with the
    same state and action share one ratio, so their advantages are summed first, positive and negative
    ones separately. With the surrogate's gradient g(s, a) with respect to log π(a|s), and the entropy
    H(s), the gradient with respect to the bid of k at s is
    :math:`\pi_k \sum_a g_a - g_k + c\, n\, \pi_k (\log \pi_k + H)`. So each bid's gradient depends on
    all bids of the state, through their common softmax (talk:213-217).

    If the behaviour policy acts at random with probability ε, the ratio is that of the mixture
    :math:`\mu_a = (1-\epsilon) \pi_a + \epsilon / K`, new over old, and g is taken through it: with respect
    to log π(a|s), the log-density of the mixture has the derivative
    :math:`(1-\epsilon) \pi_a / \mu_a`. So an action that is nearly always a random one teaches little. The
    entropy remains that of π.

    Args:
        bids: [..., S, K], the mechanisms' bids (logits) at each distinct state.
        old_bids: [..., S, K], bids of the behaviour policy.
        positive: [..., S, K], sum of the positive advantages of each state and action, divided by B.
        negative: [..., S, K], sum of the negative advantages, divided by B.
        share: n, [..., S], fraction of the samples at each state.
        clip: PPO's ε.
        entropy_bonus: c, weight of the policy's entropy.
        epsilon: probability with which the behaviour policy acts at random.

    Returns:
        [..., S, K], gradient of the loss, which is to be minimised.

    >>> bids, nothing = torch.zeros(1, 2), torch.zeros(1, 2)
    >>> positive, share = torch.tensor([[4.0, 0.0]]), torch.ones(1)
    >>> softmax_policy_gradient(bids, bids, positive, nothing, share, clip=0.2, entropy_bonus=0.0)
    tensor([[-2.,  2.]])
    """
    log_policy, old_log_policy = bids.log_softmax(-1), old_bids.log_softmax(-1)
    if epsilon:
        policy = log_policy.exp()
        density = uniform_mixture(policy, epsilon)
        ratio = density / uniform_mixture(old_log_policy.exp(), epsilon)
    else:
        ratio = (log_policy - old_log_policy).exp()
    surrogate = clipped_surrogate_gradient(ratio, positive, clip) + clipped_surrogate_gradient(
        ratio, negative, clip
    )
    if epsilon:
        surrogate = surrogate * (1 - epsilon) * policy / density
    return _of_bids(log_policy, surrogate, share, entropy_bonus)


def softmax_score_gradient(
    bids: Tensor, gain: Tensor, share: Tensor, *, entropy_bonus: float
) -> Tensor:
    r"""Gradient of the loss of REINFORCE and A2C with respect to the bids.

    The loss is :math:`-A \log \pi(a|s)` with an entropy bonus, mean over B samples. Its gradient is that of
    `softmax_policy_gradient` with the advantages in place of the surrogate's gradient.

    Args:
        bids: [..., S, K], the mechanisms' bids (logits) at each distinct state.
        gain: [..., S, K], sum of the advantages of each state and action, divided by B.
        share: n, [..., S], fraction of the samples at each state.
        entropy_bonus: c, weight of the policy's entropy.

    Returns:
        [..., S, K], gradient of the loss, which is to be minimised.

    >>> gain, share = torch.tensor([[4.0, 0.0]]), torch.ones(1)
    >>> softmax_score_gradient(torch.zeros(1, 2), gain, share, entropy_bonus=0.0)
    tensor([[-2.,  2.]])
    """
    return _of_bids(bids.log_softmax(-1), gain, share, entropy_bonus)


def _of_bids(log_policy: Tensor, gain: Tensor, share: Tensor, entropy_bonus: float) -> Tensor:
    """Turn what is gained by log π(a|s) into the gradient of the bids, and add the entropy's."""
    policy = log_policy.exp()
    entropy = -(policy * log_policy).sum(-1, keepdim=True)
    bonus = entropy_bonus * share.unsqueeze(-1) * (log_policy + entropy)
    return policy * (gain.sum(-1, keepdim=True) + bonus) - gain
