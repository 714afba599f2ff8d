"""The cloned Vickrey society: auction prices, utilities, and the bidders' policy gradient.

Chang et al., "Decentralized reinforcement learning: global decision-making via local economic
transactions" (ICML 2020).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from repro.credit.policy_gradient import clipped_slope
from repro.credit.table import added_up

if TYPE_CHECKING:
    from torch import Tensor


def second_price(bids: Tensor, winner: Tensor) -> Tensor:
    """What each auction's winner pays: the highest of all other entries.

    Args:
        bids: [..., T, E].
        winner: int64 [..., T], the winning entry of each step's auction.

    Returns:
        [..., T].
    """
    return bids.scatter(-1, winner.unsqueeze(-1), -math.inf).amax(-1)


def vickrey_utility(
    r_t: Tensor, price_t: Tensor, winner: Tensor, last_t: Tensor, entries: int, discount: float
) -> Tensor:
    r"""Each entry's utility in credit-conserving form.

    The winner gets :math:`r_t + \gamma p_{t+1} - p_t`: the reward and what the next winner pays,
    less its own price. At the last recorded step of an episode nobody pays next. Losers get 0.

    Args:
        r_t: [..., T], reward of the step.
        price_t: [..., T], the step's second-highest bid.
        winner: int64 [..., T], the winning entry.
        last_t: bool [..., T], whether the step is the last recorded one of its episode.
        entries: E, how many entries each auction has.
        discount: γ.

    Returns:
        [..., T, E].
    """
    next_price = torch.cat([price_t[..., 1:], torch.zeros_like(price_t[..., :1])], -1)
    gain = r_t + discount * next_price.masked_fill(last_t, 0) - price_t
    # Laid out entry by entry, as bids are.
    losers = gain.new_zeros((*gain.shape[:-1], entries, gain.shape[-1]))
    return losers.scatter(-2, winner.unsqueeze(-2), gain.unsqueeze(-2)).transpose(-1, -2)


def beta_shape(mean_logit: Tensor, concentration_logit: Tensor) -> tuple[Tensor, Tensor]:
    """Shape parameters of a Beta distribution with mean m = sigmoid(·) and ν = softplus(·).

    Args:
        mean_logit: [...].
        concentration_logit: [...].

    Returns:
        α = mν and β = (1 - m)ν, each [...].
    """
    concentration = softplus(concentration_logit)
    return sigmoid(mean_logit) * concentration, sigmoid(-mean_logit) * concentration


def beta_policy_gradient(
    mean_logit: Tensor,
    concentration_logit: Tensor,
    old_shape: tuple[Tensor, Tensor],
    state: Tensor,
    log_bid: Tensor,
    log_rest: Tensor,
    advantage: Tensor,
    share: Tensor,
    *,
    clip: float,
    entropy_bonus: float,
) -> tuple[Tensor, Tensor]:
    r"""Gradient of PPO's loss of one mechanism's bids, by what its network puts out.

    The loss is the clipped surrogate and the entropy bonus, mean over B samples. The log-density of
    a bid x is :math:`(\alpha - 1) \log x + (\beta - 1) \log(1 - x) - \log \mathrm{B}(\alpha, \beta)`.
    No mechanism's gradient reads another's bids.

    Args:
        mean_logit: [..., S], at each distinct state.
        concentration_logit: [..., S], likewise.
        old_shape: α and β of the policy that bid, each [..., S].
        state: int64 [..., B].
        log_bid: [..., B], log of the bid.
        log_rest: [..., B], log of one minus the bid.
        advantage: [..., B], over B.
        share: [..., S], part of the samples that each state has.
        clip: PPO's ε.
        entropy_bonus: weight of the distribution's entropy.

    Returns:
        Gradients of the loss, which is to be lowered, by both logits, each [..., S].
    """
    concentration = softplus(concentration_logit)
    mean, rest = sigmoid(mean_logit), sigmoid(-mean_logit)
    alpha, beta = shape = mean * concentration, rest * concentration
    old_alpha, old_beta = old_shape
    scale = log_beta_function(*shape) - log_beta_function(*old_shape)
    log_ratio = (
        (alpha - old_alpha).gather(-1, state) * log_bid
        + (beta - old_beta).gather(-1, state) * log_rest
        - scale.gather(-1, state)
    )
    slope = clipped_slope(log_ratio.exp(), advantage, clip)
    states = alpha.shape[-1]
    whole = added_up(slope, state, states)
    common = (alpha + beta).digamma()
    bend = (alpha + beta - 2) * (alpha + beta).polygamma(1)

    def by_shape(x: Tensor, log_x: Tensor) -> Tensor:
        """Differentiate by α, or, with the bid's counterpart, by β."""
        surrogate = added_up(slope * log_x, state, states) - whole * (x.digamma() - common)
        entropy = bend - (x - 1) * x.polygamma(1)
        return surrogate + entropy_bonus * share * entropy

    by_alpha, by_beta = by_shape(alpha, log_bid), by_shape(beta, log_rest)
    return (
        (by_beta - by_alpha) * concentration * mean * rest,
        -(by_alpha * mean + by_beta * rest) * sigmoid(concentration_logit),
    )


def log_beta_function(alpha: Tensor, beta: Tensor) -> Tensor:
    """Logarithm of the Beta function; shapes [...]."""
    return alpha.lgamma() + beta.lgamma() - (alpha + beta).lgamma()


# torch's own two round the last few numbers of a tensor in another way than the others, so that a
# run's numbers would depend on the runs beside it.


def sigmoid(x: Tensor) -> Tensor:
    """Logistic function; shapes [...]."""
    return 1 / (1 + (-x).exp())


def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x), safe for large x; shapes [...]."""
    return x.clamp(min=0) + (-x.abs()).exp().log1p()
