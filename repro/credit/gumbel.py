r"""Credit for bids with Gumbel noise: each mechanism learns from the density of its own bid.

The bid of mechanism k is :math:`f_k` plus independent standard Gumbel noise. The highest bid acts, which is
mechanism k with probability :math:`e^{f_k} / \sum_j e^{f_j}`: a softmax (Gumbel, "Statistical theory of
extreme values", 1954; Maddison, Tarlow and Minka, "A* sampling", 2014). But the density of one bid has no
normaliser over the others. That mechanisms learn from it separately is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.credit.indexing import segment_sum
from repro.credit.policy_gradient import clipped_surrogate_gradient

if TYPE_CHECKING:
    from torch import Tensor


def gumbel_log_density(bid: Tensor, location: Tensor) -> Tensor:
    r"""Log-density of a Gumbel distribution with scale 1, :math:`f - b - e^{f - b}`.

    Args:
        bid: b, [...].
        location: f, [...].

    Returns:
        [...].

    >>> import torch
    >>> gumbel_log_density(torch.tensor(2.0), torch.tensor(2.0))
    tensor(-1.)
    """
    return location - bid - (location - bid).exp()


def gumbel_policy_gradient(
    location: Tensor,
    old_location: Tensor,
    state: Tensor,
    bid: Tensor,
    advantage: Tensor,
    *,
    clip: float,
) -> Tensor:
    r"""Gradient of PPO's loss for one mechanism's bids, with respect to its network's output.

    The loss is the clipped surrogate, mean over B samples. The log-density of a bid b has the derivative
    :math:`1 - e^{f - b}` with respect to f. No mechanism's gradient depends on the bids of another.

    There is no entropy bonus: the entropy of the distribution is the same for every location.

    If the advantage is 0 unless the mechanism acted, the expected gradient ascent at the behaviour policy is
    :math:`\pi_k (1 - \pi_k) A_k`, with the probability :math:`\pi_k` that k acts: that of the softmax,
    :math:`\pi_k A_k`, times the probability that another acts.

    Args:
        location: f, [..., S], at each distinct state.
        old_location: [..., S], of the behaviour policy.
        state: int64 [..., B].
        bid: b, [..., B].
        advantage: [..., B], divided by B.
        clip: PPO's ε.

    Returns:
        [..., S], gradient of the loss, which is to be minimised.

    >>> import torch
    >>> zero, state = torch.zeros(1), torch.tensor([0])
    >>> low, high = -torch.tensor([3.0]).log(), torch.tensor([2.0]).log()
    >>> for bid in (low, high):  # after a gain, the location moves towards the bid
    ...     gumbel_policy_gradient(zero, zero, state, bid, advantage=torch.ones(1), clip=0.2)
    tensor([2.])
    tensor([-0.5000])
    """
    now, old = location.gather(-1, state), old_location.gather(-1, state)
    ratio = (gumbel_log_density(bid, now) - gumbel_log_density(bid, old)).exp()
    by_log_density = clipped_surrogate_gradient(ratio, advantage, clip)
    return segment_sum(by_log_density * ((now - bid).exp() - 1), state, location.shape[-1])
