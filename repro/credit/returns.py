"""Returns and advantages over trajectories laid end to end along the last axis."""

from __future__ import annotations

import torch
from torch import Tensor

STD_EPSILON = torch.finfo(torch.float32).eps
"""Added to the standard deviation when advantages are normalised (the authors' code)."""


def decaying_sum(x_t: Tensor, decay_t: Tensor, longest: int | None = None) -> Tensor:
    r"""Sum what follows each step, :math:`y_t = x_t + d_t\, y_{t+1}` with :math:`y_T = 0`.

    Solved by doubling: after round i each entry has summed 2^i steps, so that no loop runs over
    time and one trajectory costs as many operations as a batch.

    Args:
        x_t: [..., T], what each step adds.
        decay_t: [..., T], weight of the next step's sum; 0 at the last step of an episode.
        longest: no episode is longer than this; None: T.

    Returns:
        [..., T].
    """
    length = x_t.shape[-1]
    total, reach, span = x_t, decay_t, 1
    while span < min(length, longest or length):
        # Step t has summed [t, t + span); what it still lacks is what t + span has summed.
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
        v_tm1: [..., T], value of the state acted in.
        r_t: [..., T], reward of the step.
        discount_t: [..., T], 0 where the state reached is terminal.
        v_t: [..., T], value of the state reached.

    Returns:
        [..., T].
    """
    return r_t + discount_t * v_t - v_tm1


def generalised_advantage(
    v_tm1: Tensor,
    r_t: Tensor,
    discount_t: Tensor,
    v_t: Tensor,
    last_t: Tensor,
    trace: float,
    longest: int | None = None,
) -> Tensor:
    r"""Generalised advantage estimation, :math:`A_t = \delta_t + \gamma_t \lambda A_{t+1}`.

    Schulman et al., "High-dimensional continuous control using generalized advantage estimation"
    (2016). The trace ends with the episode; at a cut that is no termination the error still
    bootstraps from the state reached.

    Args:
        v_tm1: [..., T], value of the state acted in.
        r_t: [..., T], reward of the step.
        discount_t: [..., T], 0 where the state reached is terminal.
        v_t: [..., T], value of the state reached.
        last_t: bool [..., T], whether the step is the last recorded one of its episode.
        trace: λ.
        longest: no episode is longer than this; None: T.

    Returns:
        [..., T].
    """
    delta = td_error(v_tm1, r_t, discount_t, v_t)
    return decaying_sum(delta, trace * discount_t.masked_fill(last_t, 0), longest)


def normalised(advantage: Tensor) -> Tensor:
    """Subtract the mean and divide by the sample standard deviation over the last axis.

    Fewer than two samples have no standard deviation and are returned as they are.

    Args:
        advantage: [..., n].

    Returns:
        [..., n], mean 0 and standard deviation 1 but for float32's epsilon in the denominator.
    """
    samples = advantage.shape[-1]
    if samples < 2:  # noqa: PLR2004 - the fewest samples that have a spread
        return advantage
    # Several times as fast as torch.std_mean, which passes over single precision once, with care.
    centred = advantage - advantage.mean(-1, keepdim=True)
    deviation = (centred.square().sum(-1, keepdim=True) / (samples - 1)).sqrt()
    return centred / (deviation + STD_EPSILON)
