"""Policy gradients of a softmax over the bids of all actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.credit.table import entry

if TYPE_CHECKING:
    from torch import Tensor


def clipped_slope(ratio: Tensor, advantage: Tensor, clip: float) -> Tensor:
    r"""Slope of PPO's objective by the log-density of what was done.

    The objective :math:`\min(\rho A, \mathrm{clip}(\rho, 1\pm\epsilon) A)` (Schulman et al.,
    "Proximal policy optimization algorithms", 2017, equation 7) is
    :math:`\min(\rho A, A + \epsilon |A|)`, whichever sign A has. Its slope is :math:`\rho A`, and 0
    where the second is the smaller.

    Args:
        ratio: ρ, [..., B], density under the policy that learns over that under the one that acted.
        advantage: A, [..., B]; advantages of one sign that share a ratio may be added up.
        clip: ε.

    Returns:
        [..., B].
    """
    slope = ratio * advantage
    return slope.masked_fill(slope > advantage + clip * advantage.abs(), 0)


def softmax_log_prob(bids: Tensor, state: Tensor, action: Tensor) -> Tensor:
    """Log-probability of each sample's action under a softmax over all bids at its state.

    Args:
        bids: [..., S, K], the mechanisms' bids (logits) at each distinct state.
        state: int64 [..., B].
        action: int64 [..., B].

    Returns:
        [..., B].
    """
    return entry(bids.log_softmax(-1), state, action)


def reinforce_loss(bids: Tensor, state: Tensor, action: Tensor, return_t: Tensor) -> Tensor:
    r"""REINFORCE's loss of a softmax policy, :math:`-\sum_t G_t \log \pi(a_t | s_t)`.

    Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement
    learning" (1992). Returns are constants to it.

    Args:
        bids: [..., S, K], the mechanisms' bids (logits) at each distinct state.
        state: int64 [..., T].
        action: int64 [..., T].
        return_t: [..., T], what followed each step.

    Returns:
        [...], to be lowered.
    """
    return -(softmax_log_prob(bids, state, action) * return_t.detach()).sum(-1)


def softmax_policy_gradient(
    bids: Tensor,
    old_bids: Tensor,
    gain: Tensor,
    loss: Tensor,
    share: Tensor,
    *,
    clip: float,
    entropy_bonus: float,
) -> Tensor:
    r"""Gradient of PPO's loss by the bids: clipped surrogate and entropy bonus, mean over B samples.

    Samples of one state and action share one ratio, so their advantages are added up first, those
    above and below 0 each for themselves. With the surrogate's slope g(s, a) by log π(a|s), and the
    entropy H(s), the gradient by the bid of k at s is
    :math:`\pi_k \sum_a g_a - g_k + c\, n\, \pi_k (\log \pi_k + H)`: every bid's gradient runs
    through the log-softmax that all bids of the state share (talk:213-217).

    Args:
        bids: [..., S, K], the mechanisms' bids (logits) at each distinct state.
        old_bids: [..., S, K], those of the policy that acted.
        gain: [..., S, K], sum of the advantages above 0 of each state and action, over B.
        loss: [..., S, K], sum of those below 0, over B.
        share: n, [..., S], part of the samples that each state has.
        clip: PPO's ε.
        entropy_bonus: c, weight of the policy's entropy.

    Returns:
        [..., S, K], of the loss, which is to be lowered.
    """
    log_policy = bids.log_softmax(-1)
    policy = log_policy.exp()
    ratio = (log_policy - old_bids.log_softmax(-1)).exp()
    slope = clipped_slope(ratio, gain, clip) + clipped_slope(ratio, loss, clip)
    entropy = -(policy * log_policy).sum(-1, keepdim=True)
    bonus = entropy_bonus * share.unsqueeze(-1) * (log_policy + entropy)
    return policy * (slope.sum(-1, keepdim=True) + bonus) - slope
