"""Policy gradients of a softmax over the bids of all actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.credit.table import entry

if TYPE_CHECKING:
    from torch import Tensor


def clipped_surrogate(
    log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip: float
) -> Tensor:
    r"""PPO's objective for each sample, :math:`\min(\rho A, \mathrm{clip}(\rho, 1\pm\epsilon) A)`.

    Schulman et al., "Proximal policy optimization algorithms" (2017), equation 7, written as
    :math:`\rho A - \max(0, (\rho - 1) A - \epsilon |A|)`: what exceeds the clip is taken off, on
    whichever side the advantage's sign says. Same values and gradients, a third of the time.

    Args:
        log_prob: [..., B], log-density of what was done, under the policy that learns.
        old_log_prob: [..., B], the same under the policy that acted.
        advantage: [..., B].
        clip: ε.

    Returns:
        [..., B], to be raised.
    """
    ratio = (log_prob - old_log_prob).exp()
    excess = (ratio - 1) * advantage - clip * advantage.abs()
    return ratio * advantage - excess.relu()


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


def softmax_policy_loss(
    bids: Tensor,
    state: Tensor,
    action: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    *,
    clip: float,
    entropy_bonus: float,
) -> Tensor:
    """PPO's loss of a softmax policy: clipped surrogate and entropy bonus, mean over samples.

    Every bid's gradient runs through the log-softmax that all bids of the state share
    (talk:213-217).

    Args:
        bids: [..., S, K], the mechanisms' bids (logits) at each distinct state.
        state: int64 [..., B].
        action: int64 [..., B].
        old_log_prob: [..., B], log-probability under the policy that acted.
        advantage: [..., B].
        clip: PPO's ε.
        entropy_bonus: weight of the policy's entropy.

    Returns:
        [...], to be lowered.
    """
    log_policy = bids.log_softmax(-1)
    surrogate = clipped_surrogate(entry(log_policy, state, action), old_log_prob, advantage, clip)
    entropy = -(log_policy.exp() * log_policy).sum(-1).gather(-1, state)
    return -(surrogate + entropy_bonus * entropy).mean(-1)
