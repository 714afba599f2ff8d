"""The cloned Vickrey society: auction prices, utilities, and the bidders' policy gradient.

Chang et al., "Decentralized reinforcement learning: global decision-making via local economic
transactions" (ICML 2020).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from repro.credit.policy_gradient import clipped_surrogate

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
    losers = gain.new_zeros((*gain.shape, entries))
    return losers.scatter(-1, winner.unsqueeze(-1), gain.unsqueeze(-1))


def beta_shape(mean_logit: Tensor, concentration_logit: Tensor) -> tuple[Tensor, Tensor]:
    """Shape parameters of a Beta distribution with mean m = sigmoid(·) and ν = softplus(·).

    Args:
        mean_logit: [...].
        concentration_logit: [...].

    Returns:
        α = mν and β = (1 - m)ν, each [...].
    """
    concentration = torch.nn.functional.softplus(concentration_logit)
    alpha = mean_logit.sigmoid() * concentration
    return alpha, (-mean_logit).sigmoid() * concentration


def beta_log_prob(
    alpha: Tensor, beta: Tensor, state: Tensor, log_bid: Tensor, log_rest: Tensor
) -> Tensor:
    """Log-density of each sample's bid under its state's Beta distribution.

    Args:
        alpha: [..., S], shape parameter at each distinct state.
        beta: [..., S], likewise.
        state: int64 [..., B].
        log_bid: [..., B], log of the bid.
        log_rest: [..., B], log of one minus the bid.

    Returns:
        [..., B].
    """
    log_norm = _log_beta_function(alpha, beta)
    return (
        (alpha - 1).gather(-1, state) * log_bid
        + (beta - 1).gather(-1, state) * log_rest
        - log_norm.gather(-1, state)
    )


def beta_entropy(alpha: Tensor, beta: Tensor) -> Tensor:
    """Differential entropy, in nats, of Beta distributions; shapes [...]."""
    return (
        _log_beta_function(alpha, beta)
        - (alpha - 1) * alpha.digamma()
        - (beta - 1) * beta.digamma()
        + (alpha + beta - 2) * (alpha + beta).digamma()
    )


def beta_policy_loss(
    alpha: Tensor,
    beta: Tensor,
    state: Tensor,
    log_bid: Tensor,
    log_rest: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    *,
    clip: float,
    entropy_bonus: float,
) -> Tensor:
    """PPO's loss of one mechanism's bid policy; no mechanism's loss reads another's bids.

    Args:
        alpha: [..., S], the mechanism's shape parameter at each distinct state.
        beta: [..., S], likewise.
        state: int64 [..., B].
        log_bid: [..., B], log of the bid.
        log_rest: [..., B], log of one minus the bid.
        old_log_prob: [..., B], log-density under the policy that bid.
        advantage: [..., B].
        clip: PPO's ε.
        entropy_bonus: weight of the distribution's entropy.

    Returns:
        [...], to be lowered.
    """
    log_prob = beta_log_prob(alpha, beta, state, log_bid, log_rest)
    surrogate = clipped_surrogate(log_prob, old_log_prob, advantage, clip)
    entropy = beta_entropy(alpha, beta).gather(-1, state)
    return -(surrogate + entropy_bonus * entropy).mean(-1)


def _log_beta_function(alpha: Tensor, beta: Tensor) -> Tensor:
    """Logarithm of the Beta function."""
    return alpha.lgamma() + beta.lgamma() - (alpha + beta).lgamma()
