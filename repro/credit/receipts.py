r"""What the winner of an auction receives before it pays its price, over several steps of the episode.

In the cloned Vickrey society the winner of step t receives :math:`r_t + \gamma p_{t+1}`: the reward of its own
step and the price of the next (`repro.credit.vickrey.vickrey_utility`). Here it also receives the rewards of
later steps, which other winners earn. So utilities of different mechanisms contain the same rewards, as the
multi-step targets of value learners do (`repro.credit.multistep`; talk:218-222). The rules are ours.

Its utility is what it receives minus the price that it pays. Losers receive nothing and pay nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.credit.multistep import monte_carlo_return, n_step_return

if TYPE_CHECKING:
    from torch import Tensor


def n_step_receipts(
    r_t: Tensor, price_t: Tensor, episode_end_t: Tensor, discount: float, n: int
) -> Tensor:
    r"""Rewards of n steps, then a price: :math:`\sum_{i<n} \gamma^i r_{t+i} + \gamma^n p_{t+n}`.

    Nothing after the last recorded step of the episode counts: neither rewards nor a price. For n = 1 these
    are the receipts of the cloned Vickrey society.

    Args:
        r_t: [..., T], reward.
        price_t: p, [..., T], what the winner of each step pays.
        episode_end_t: bool [..., T], whether the step is the last recorded one of its episode.
        discount: γ.
        n: number of rewards, at least 1.

    Returns:
        [..., T].

    >>> r_t, price_t = torch.tensor([0.0, 0.0, 1.0]), torch.tensor([0.25, 0.5, 0.75])
    >>> end_t = torch.tensor([False, False, True])
    >>> n_step_receipts(r_t, price_t, end_t, discount=0.5, n=1)  # 0.5 / 2, 0.75 / 2, 1
    tensor([0.2500, 0.3750, 1.0000])
    >>> n_step_receipts(r_t, price_t, end_t, discount=0.5, n=2)  # 0.75 / 4, 1 / 2, 1
    tensor([0.1875, 0.5000, 1.0000])
    """
    next_price = torch.cat([price_t[..., 1:], torch.zeros_like(price_t[..., :1])], -1)
    return n_step_return(r_t, _within(r_t, episode_end_t, discount), next_price, n)


def monte_carlo_receipts(
    r_t: Tensor, episode_end_t: Tensor, discount: float, max_length: int | None = None
) -> Tensor:
    r"""Rewards to the end of the episode, :math:`\sum_i \gamma^i r_{t+i}`; no price is received.

    Args:
        r_t: [..., T], reward.
        episode_end_t: bool [..., T], whether the step is the last recorded one of its episode.
        discount: γ.
        max_length: upper bound on the length of an episode; None: T.

    Returns:
        [..., T].

    >>> end_t = torch.tensor([False, True, True])
    >>> monte_carlo_receipts(torch.tensor([1.0, 2.0, 4.0]), end_t, discount=0.5)
    tensor([2., 2., 4.])
    """
    return monte_carlo_return(r_t, _within(r_t, episode_end_t, discount), max_length)


def _within(r_t: Tensor, episode_end_t: Tensor, discount: float) -> Tensor:
    """Return the weight of the next step, [..., T]: 0 at the last step of an episode."""
    return torch.full_like(r_t, discount).masked_fill(episode_end_t, 0)
