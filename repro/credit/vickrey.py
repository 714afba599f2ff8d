"""Credit in the cloned Vickrey society (CVS): prices, utilities, and the gradient of the bids.

Chang et al., "Decentralized reinforcement learning: global decision-making via local economic
transactions" (ICML 2020).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from repro.credit.indexing import segment_sum
from repro.credit.policy_gradient import clipped_surrogate_gradient

if TYPE_CHECKING:
    from torch import Tensor


def second_price(bids: Tensor, winner: Tensor) -> Tensor:
    """Price that the winner of each auction pays: the highest bid of the other entries.

    Args:
        bids: [..., T, E].
        winner: int64 [..., T], the winning entry of each step's auction.

    Returns:
        [..., T].

    >>> second_price(torch.tensor([[0.25, 0.75, 0.5]]), winner=torch.tensor([1]))
    tensor([0.5000])
    """
    return bids.scatter(-1, winner.unsqueeze(-1), -math.inf).amax(-1)


def first_price(bids: Tensor, winner: Tensor) -> Tensor:
    """Price in a first-price auction: the winner's own bid.

    Args:
        bids: [..., T, E].
        winner: int64 [..., T], the winning entry of each step's auction.

    Returns:
        [..., T].

    >>> first_price(torch.tensor([[0.25, 0.75, 0.5]]), winner=torch.tensor([1]))
    tensor([0.7500])
    """
    return bids.gather(-1, winner.unsqueeze(-1)).squeeze(-1)


def vickrey_utility(
    r_t: Tensor,
    price_t: Tensor,
    winner: Tensor,
    episode_end_t: Tensor,
    entries: int,
    discount: float,
) -> Tensor:
    r"""Utility of each entry in the credit-conserving form.

    The winner gets :math:`r_t + \gamma p_{t+1} - p_t`: the reward and the next winner's price, minus
    its own price. No price follows the last recorded step of an episode. Losers get 0.

    Args:
        r_t: [..., T], reward.
        price_t: p, [..., T], see `second_price` and `first_price`.
        winner: int64 [..., T], the winning entry.
        episode_end_t: bool [..., T], whether the step is the last recorded one of its episode.
        entries: E, number of entries of each auction.
        discount: γ.

    Returns:
        [..., T, E].

    >>> r_t, price_t = torch.tensor([0.0, 1.0]), torch.tensor([0.25, 0.5])
    >>> winner, end_t = torch.tensor([0, 2]), torch.tensor([False, True])
    >>> vickrey_utility(r_t, price_t, winner, end_t, entries=3, discount=1.0)  # 0.5 - 0.25; 1 - 0.5
    tensor([[0.2500, 0.0000, 0.0000],
            [0.0000, 0.0000, 0.5000]])
    """
    next_price = torch.cat([price_t[..., 1:], torch.zeros_like(price_t[..., :1])], -1)
    gain = r_t + discount * next_price.masked_fill(episode_end_t, 0) - price_t
    # Time is contiguous for each entry, as in the bids.
    losers = gain.new_zeros((*gain.shape[:-1], entries, gain.shape[-1]))
    return losers.scatter(-2, winner.unsqueeze(-2), gain.unsqueeze(-2)).transpose(-1, -2)


def beta_shape(mean_logit: Tensor, concentration_logit: Tensor) -> tuple[Tensor, Tensor]:
    """Shape parameters of a Beta distribution with mean m = sigmoid(·) and ν = softplus(·).

    Args:
        mean_logit: [...].
        concentration_logit: [...].

    Returns:
        α = mν and β = (1 - m)ν, each [...].

    >>> two = torch.tensor(2.0).expm1().log()  # softplus of this is 2
    >>> beta_shape(torch.tensor(0.0), two)  # uniform bids
    (tensor(1.), tensor(1.))
    """
    concentration = softplus(concentration_logit)
    return sigmoid(mean_logit) * concentration, sigmoid(-mean_logit) * concentration


def beta_policy_gradient(
    mean_logit: Tensor,
    concentration_logit: Tensor,
    old_shape: tuple[Tensor, Tensor],
    state: Tensor,
    log_bid: Tensor,
    log_one_minus_bid: Tensor,
    advantage: Tensor,
    share: Tensor,
    *,
    clip: float,
    entropy_bonus: float,
) -> tuple[Tensor, Tensor]:
    r"""Gradient of PPO's loss for one mechanism's bids, with respect to its network's outputs.

    The loss is the clipped surrogate with an entropy bonus, mean over B samples. The log-density of a
    bid x is :math:`(\alpha - 1) \log x + (\beta - 1) \log(1 - x) - \log \mathrm{B}(\alpha, \beta)`.
    No mechanism's gradient depends on the bids of another.

    Args:
        mean_logit: [..., S], at each distinct state.
        concentration_logit: [..., S], at each distinct state.
        old_shape: α and β of the behaviour policy, each [..., S].
        state: int64 [..., B].
        log_bid: log x, [..., B].
        log_one_minus_bid: log(1 - x), [..., B].
        advantage: [..., B], divided by B.
        share: [..., S], fraction of the samples at each state.
        clip: PPO's ε.
        entropy_bonus: weight of the distribution's entropy.

    Returns:
        Gradients of the loss, which is to be minimised, with respect to both logits; each [..., S].

    >>> mean_logit, two = torch.zeros(1), torch.tensor([2.0]).expm1().log()
    >>> uniform, x = beta_shape(mean_logit, two), torch.tensor([0.75])
    >>> by_mean, _ = beta_policy_gradient(
    ...     mean_logit,
    ...     two,
    ...     uniform,
    ...     state=torch.tensor([0]),
    ...     log_bid=x.log(),
    ...     log_one_minus_bid=(-x).log1p(),
    ...     advantage=torch.tensor([1.0]),
    ...     share=torch.ones(1),
    ...     clip=0.2,
    ...     entropy_bonus=0.0,
    ... )
    >>> by_mean  # minus half of log(0.75) - log(0.25): the mean of the bids rises
    tensor([-0.5493])
    """
    alpha, beta = beta_shape(mean_logit, concentration_logit)
    old_alpha, old_beta = old_shape
    scale = log_beta_function(alpha, beta) - log_beta_function(old_alpha, old_beta)
    by_log_density = bid_gradient(
        (alpha - old_alpha).gather(-1, state),
        (beta - old_beta).gather(-1, state),
        scale.gather(-1, state),
        log_bid,
        log_one_minus_bid,
        advantage,
        clip,
    )
    states = alpha.shape[-1]
    return logit_gradients(
        mean_logit,
        concentration_logit,
        segment_sum(by_log_density, state, states),
        segment_sum(by_log_density * log_bid, state, states),
        segment_sum(by_log_density * log_one_minus_bid, state, states),
        entropy_bonus * share,
    )


# The functions below take tensors of any shape. Training compiles them for numbers (see
# `repro.engine.kernels.bid_gradients`), so their operations are limited to those that it translates.


def bid_gradient(
    alpha_change: Tensor,
    beta_change: Tensor,
    scale_change: Tensor,
    log_bid: Tensor,
    log_one_minus_bid: Tensor,
    advantage: Tensor,
    clip: float,
) -> Tensor:
    r"""Gradient of PPO's clipped objective with respect to the log-density of bids.

    Args:
        alpha_change: α minus that of the behaviour policy, [...].
        beta_change: β minus that of the behaviour policy, [...].
        scale_change: the same for :math:`\log \mathrm{B}(\alpha, \beta)`, [...].
        log_bid: log x, [...].
        log_one_minus_bid: log(1 - x), [...].
        advantage: [...].
        clip: PPO's ε.

    Returns:
        [...].

    >>> zero, log_two = torch.tensor(0.0), torch.tensor(2.0).log()
    >>> bid_gradient(log_two / log_two, zero, zero, log_two, zero, torch.tensor(-3.0), clip=0.2)
    tensor(-6.)
    """
    log_ratio = alpha_change * log_bid + beta_change * log_one_minus_bid - scale_change
    return clipped_surrogate_gradient(torch.exp(log_ratio), advantage, clip)


def logit_gradients(
    mean_logit: Tensor,
    concentration_logit: Tensor,
    total: Tensor,
    by_log_bid: Tensor,
    by_log_one_minus_bid: Tensor,
    bonus: Tensor,
) -> tuple[Tensor, Tensor]:
    """Gradient of PPO's loss with respect to a network's outputs at a state.

    Args:
        mean_logit: [...].
        concentration_logit: [...].
        total: sum over the state's samples of the gradient g with respect to their log-density, [...].
        by_log_bid: the same of g log x, [...].
        by_log_one_minus_bid: the same of g log(1 - x), [...].
        bonus: weight of the entropy, [...].

    Returns:
        Gradients of the loss with respect to both logits; each [...].

    >>> two = torch.tensor(2.0).expm1().log()
    >>> zero, one = torch.tensor(0.0), torch.tensor(1.0)
    >>> logit_gradients(zero, two, zero, by_log_bid=one, by_log_one_minus_bid=zero, bonus=zero)
    (tensor(-0.5000), tensor(-0.4323))
    """
    concentration = softplus(concentration_logit)
    mean, rest = sigmoid(mean_logit), sigmoid(-mean_logit)
    alpha, beta = mean * concentration, rest * concentration
    both = torch.digamma(alpha + beta)
    spread = (alpha + beta - 2) * torch.polygamma(1, alpha + beta)
    by_alpha = by_log_bid - total * (torch.digamma(alpha) - both)
    by_beta = by_log_one_minus_bid - total * (torch.digamma(beta) - both)
    by_alpha = by_alpha + bonus * (spread - (alpha - 1) * torch.polygamma(1, alpha))
    by_beta = by_beta + bonus * (spread - (beta - 1) * torch.polygamma(1, beta))
    return (
        (by_beta - by_alpha) * concentration * mean * rest,
        -(by_alpha * mean + by_beta * rest) * sigmoid(concentration_logit),
    )


def log_beta_function(alpha: Tensor, beta: Tensor) -> Tensor:
    """Logarithm of the Beta function; [...].

    >>> log_beta_function(torch.tensor(2.0), torch.tensor(1.0)).exp()  # 1! 0! / 2!
    tensor(0.5000)
    """
    return torch.lgamma(alpha) + torch.lgamma(beta) - torch.lgamma(alpha + beta)


# torch's own sigmoid and softplus round the last few entries of a tensor differently from the others.
# With them, the numbers of a run would depend on the other runs in its block.


def sigmoid(x: Tensor) -> Tensor:
    """Logistic function; [...].

    >>> sigmoid(torch.tensor(3.0).log())
    tensor(0.7500)
    """
    return 1 / (1 + torch.exp(-x))


def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x), without overflow for large x; [...].

    >>> softplus(torch.tensor([0.0, 100.0])).exp()[0], softplus(torch.tensor(100.0))
    (tensor(2.), tensor(100.))
    """
    return torch.relu(x) + torch.log1p(torch.exp(-torch.abs(x)))
