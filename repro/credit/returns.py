"""Returns and advantages of trajectories that are concatenated along the last axis."""

from __future__ import annotations

import torch
from torch import Tensor

STD_EPSILON = torch.finfo(torch.float32).eps
"""Added to the standard deviation when advantages are normalised, as in the authors' code."""


def discounted_sum(x_t: Tensor, discount_t: Tensor, max_length: int | None = None) -> Tensor:
    r"""Discounted sum of all following entries, :math:`y_t = x_t + \gamma_t y_{t+1}`, :math:`y_T = 0`.

    Computed by doubling: after round i, each entry is a sum over 2^i steps. So there is no loop over
    time, and a batch needs as many operations as one trajectory.

    Args:
        x_t: [..., T], terms.
        discount_t: [..., T], weight of the next entry; 0 at the last step of an episode.
        max_length: upper bound on the length of an episode; None: T.

    Returns:
        [..., T].

    >>> discounted_sum(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.5, 0.0, 0.0]))
    tensor([2., 2., 3.])
    """
    length = x_t.shape[-1]
    total, reach, span = x_t, discount_t, 1
    while span < min(length, max_length or length):
        # total[t] is the sum over steps t to t + span - 1, and total[t + span] continues it.
        total = torch.cat(
            [total[..., :-span] + reach[..., :-span] * total[..., span:], total[..., -span:]], -1
        )
        reach = torch.cat(
            [reach[..., :-span] * reach[..., span:], torch.zeros_like(reach[..., -span:])], -1
        )
        span *= 2
    return total


def td_error(v_tm1: Tensor, r_t: Tensor, discount_t: Tensor, v_t: Tensor) -> Tensor:
    r"""One-step temporal-difference error, :math:`r_t + \gamma_t V(s_t) - V(s_{t-1})`.

    Args:
        v_tm1: [..., T], value of the state in which the step starts.
        r_t: [..., T], reward.
        discount_t: [..., T], 0 where the state reached is terminal.
        v_t: [..., T], value of the state reached.

    Returns:
        [..., T].

    >>> v_tm1, r_t = torch.tensor([1.0, 4.0]), torch.tensor([0.0, 2.0])
    >>> td_error(v_tm1, r_t, discount_t=torch.tensor([0.5, 0.0]), v_t=torch.tensor([4.0, 9.0]))
    tensor([ 1., -2.])
    """
    return r_t + discount_t * v_t - v_tm1


def generalised_advantage(
    v_tm1: Tensor,
    r_t: Tensor,
    discount_t: Tensor,
    v_t: Tensor,
    episode_end_t: Tensor,
    lambda_: float,
    max_length: int | None = None,
) -> Tensor:
    r"""Generalised advantage estimation, :math:`A_t = \delta_t + \gamma_t \lambda A_{t+1}`.

    Schulman et al., "High-dimensional continuous control using generalized advantage estimation"
    (2016). The sum ends with the episode. If an episode is cut in a state that is not terminal, the
    last error still bootstraps from that state.

    Args:
        v_tm1: [..., T], value of the state in which the step starts.
        r_t: [..., T], reward.
        discount_t: [..., T], 0 where the state reached is terminal.
        v_t: [..., T], value of the state reached.
        episode_end_t: bool [..., T], whether the step is the last recorded one of its episode.
        lambda_: λ.
        max_length: upper bound on the length of an episode; None: T.

    Returns:
        [..., T].

    >>> v_tm1, r_t = torch.tensor([1.0, 4.0]), torch.tensor([0.0, 2.0])
    >>> discount_t, v_t = torch.tensor([0.5, 0.0]), torch.tensor([4.0, 9.0])
    >>> end_t = torch.tensor([False, True])
    >>> generalised_advantage(v_tm1, r_t, discount_t, v_t, end_t, lambda_=0.5)  # 1 + 0.25 * -2
    tensor([ 0.5000, -2.0000])
    """
    delta = td_error(v_tm1, r_t, discount_t, v_t)
    return discounted_sum(delta, lambda_ * discount_t.masked_fill(episode_end_t, 0), max_length)


def normalised(advantage: Tensor) -> Tensor:
    """Subtract the mean and divide by the sample standard deviation, over the last axis.

    Fewer than two samples have no standard deviation and are returned unchanged.

    Args:
        advantage: [..., n].

    Returns:
        [..., n], with mean 0 and standard deviation 1 (slightly less because of `STD_EPSILON`).

    >>> normalised(torch.tensor([1.0, 3.0, 5.0]))
    tensor([-1.,  0.,  1.])
    """
    samples = advantage.shape[-1]
    if samples < 2:  # noqa: PLR2004 - a standard deviation needs two samples
        return advantage
    # Several times as fast as torch.std_mean in float32.
    centred = advantage - advantage.mean(-1, keepdim=True)
    deviation = (centred.square().sum(-1, keepdim=True) / (samples - 1)).sqrt()
    return centred / (deviation + STD_EPSILON)
