"""The losses whose gradients `repro.credit` computes, written with torch's distributions.

They share no code with the engine. Autograd differentiates them, sample by sample.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributions import Bernoulli, Beta, Categorical, Gumbel


def clipped_surrogate(ratio: Tensor, advantage: Tensor, clip: float) -> Tensor:
    """PPO's objective for each sample, min(ρA, clip(ρ, 1 ± ε) A); equation 7 of the paper."""
    return torch.min(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)


def at(table: Tensor, state: Tensor) -> Tensor:
    """Return each sample's row, [..., B, K], of a table [..., S, K]."""
    return torch.take_along_dim(table, state.unsqueeze(-1), dim=-2)


def value_loss(value: Tensor, state: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of the values [..., S] to the targets [..., B]; [...]."""
    return (torch.take_along_dim(value, state, dim=-1) - target).square().mean(-1)


def softmax_policy_loss(
    bids: Tensor,
    old_bids: Tensor,
    state: Tensor,
    action: Tensor,
    advantage: Tensor,
    *,
    clip: float,
    entropy_bonus: float,
    epsilon: float = 0.0,
) -> Tensor:
    """PPO's loss of a softmax over bids [..., S, K], on samples [..., B]; [...].

    With probability ε, the behaviour acts at random.
    """
    policy, old = (Categorical(logits=at(table, state)) for table in (bids, old_bids))
    mixed, mixed_old = (
        Categorical(probs=(1 - epsilon) * one.probs + epsilon / bids.shape[-1])
        for one in (policy, old)
    )
    ratio = (mixed.log_prob(action) - mixed_old.log_prob(action)).exp()
    gain = clipped_surrogate(ratio, advantage, clip)
    entropy: Tensor = policy.entropy()
    return -(gain + entropy_bonus * entropy).mean(-1)


def bid_distribution(output: Tensor) -> Beta:
    """Return the distribution with mean sigmoid(first output) and concentration softplus(second)."""
    mean_logit, concentration_logit = output.unbind(-1)
    odds, nu = mean_logit.exp(), (1 + concentration_logit.exp()).log()
    return Beta(odds / (1 + odds) * nu, nu / (1 + odds))


def beta_policy_loss(
    output: Tensor,
    old_output: Tensor,
    state: Tensor,
    bid: Tensor,
    advantage: Tensor,
    *,
    clip: float,
    entropy_bonus: float,
) -> Tensor:
    """PPO's loss of a bid policy [..., S, 2], on bids [..., B]; [...]."""
    policy, old = (bid_distribution(at(table, state)) for table in (output, old_output))
    ratio = (policy.log_prob(bid) - old.log_prob(bid)).exp()
    gain = clipped_surrogate(ratio, advantage, clip)
    entropy: Tensor = policy.entropy()
    return -(gain + entropy_bonus * entropy).mean(-1)


def gumbel_policy_loss(
    location: Tensor,
    old_location: Tensor,
    state: Tensor,
    bid: Tensor,
    advantage: Tensor,
    *,
    clip: float,
) -> Tensor:
    """PPO's loss of Gumbel bids around locations [..., S], on bids [..., B]; [...]."""
    policy, old = (
        Gumbel(torch.take_along_dim(table, state, dim=-1), 1.0)
        for table in (location, old_location)
    )
    ratio = (policy.log_prob(bid) - old.log_prob(bid)).exp()
    return -clipped_surrogate(ratio, advantage, clip).mean(-1)


def sigmoid_policy_loss(bids: Tensor, state: Tensor, acted: Tensor, advantage: Tensor) -> Tensor:
    """Binary log-likelihood of decisions with logits [..., S], weighted, on samples [..., B]; [...]."""
    decision = Bernoulli(logits=torch.take_along_dim(bids, state, dim=-1))
    log_likelihood: Tensor = decision.log_prob(acted.to(bids))
    return -(log_likelihood * advantage).mean(-1)
