"""PPO's objective: every side of the clip by hand, the textbook's form, and torch's Categorical."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Categorical

from repro.credit.policy_gradient import (
    clipped_surrogate,
    reinforce_loss,
    softmax_log_prob,
    softmax_policy_loss,
)

STATE = torch.tensor([[0, 2, 2, 1, 0], [1, 1, 0, 2, 2]])
ACTION = torch.tensor([[0, 1, 3, 2, 2], [3, 0, 1, 1, 2]])


def noise(seed: int, *shape: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def loss_of(bids: Tensor, old_log_prob: Tensor, advantage: Tensor, bonus: float = 0.1) -> Tensor:
    return softmax_policy_loss(
        bids, STATE, ACTION, old_log_prob, advantage, clip=0.2, entropy_bonus=bonus
    )


# Ratio, advantage, objective, its derivative with respect to the log-probability.
@pytest.mark.parametrize(
    ("ratio", "advantage", "objective", "slope"),
    [
        (1.5, 2.0, 2.4, 0.0),  # above the clip, better: held at 1.2 · 2
        (0.5, 2.0, 1.0, 1.0),  # below it, better: free
        (1.5, -2.0, -3.0, -3.0),  # above it, worse: free
        (0.5, -2.0, -1.6, 0.0),  # below it, worse: held at 0.8 · (-2)
        (1.1, 2.0, 2.2, 2.2),  # within
        (0.9, -2.0, -1.8, -1.8),
        (1.0, 2.0, 2.0, 2.0),  # the first minibatch of an epoch
        (1.5, 0.0, 0.0, 0.0),
    ],
)
def test_the_clipped_surrogate_by_hand(
    ratio: float, advantage: float, objective: float, slope: float
) -> None:
    log_prob = torch.tensor([math.log(0.3 * ratio)], dtype=torch.float64, requires_grad=True)
    old = torch.tensor([math.log(0.3)], dtype=torch.float64)
    found = clipped_surrogate(log_prob, old, torch.tensor([advantage], dtype=torch.float64), 0.2)
    (gradient,) = torch.autograd.grad(found.sum(), log_prob)
    assert found.item() == pytest.approx(objective, abs=1e-12)
    assert gradient.item() == pytest.approx(slope, abs=1e-12)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.2, 0.5]))
def test_the_clipped_surrogate_is_the_textbooks(seed: int, clip: float) -> None:
    log_prob = (noise(seed, 2, 50) * 0.4).requires_grad_()
    old, advantage = noise(seed + 1, 2, 50) * 0.4, noise(seed + 2, 2, 50)
    ratio = (log_prob - old).exp()
    textbook = torch.min(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)
    found = clipped_surrogate(log_prob, old, advantage, clip)
    torch.testing.assert_close(found, textbook, rtol=1e-9, atol=1e-12)
    gradients = [
        torch.autograd.grad(x.sum(), log_prob, retain_graph=True) for x in (found, textbook)
    ]
    torch.testing.assert_close(*gradients, rtol=1e-9, atol=1e-12)


def test_log_probabilities_by_hand() -> None:
    # Odds 1 : 2 : 5 in the first state, all alike in the second.
    bids = torch.tensor([[0.0, math.log(2), math.log(5)], [3.0, 3.0, 3.0]], dtype=torch.float64)
    found = softmax_log_prob(bids, torch.tensor([0, 0, 0, 1]), torch.tensor([2, 0, 1, 2]))
    np.testing.assert_allclose(found.exp(), [5 / 8, 1 / 8, 2 / 8, 1 / 3], rtol=1e-12)


def test_a_loss_by_hand() -> None:
    # One state, two actions, odds 1 : 3; ratios 1/2 (A = 1) and 3/2 (A = 1, clipped to 1.2).
    bids = torch.tensor([[0.0, math.log(3)]], dtype=torch.float64)
    found = softmax_policy_loss(
        bids,
        torch.tensor([0, 0]),
        torch.tensor([0, 1]),
        torch.tensor([0.5, 0.5], dtype=torch.float64).log(),
        torch.tensor([1.0, 1.0], dtype=torch.float64),
        clip=0.2,
        entropy_bonus=0.1,
    )
    entropy = 0.25 * math.log(4) + 0.75 * math.log(4 / 3)
    assert found.item() == pytest.approx(-(0.5 + 1.2) / 2 - 0.1 * entropy, rel=1e-12)


def test_the_loss_and_its_gradient_against_torchs_categorical() -> None:
    bids = noise(1, 2, 3, 4).requires_grad_()
    old, advantage = noise(2, 2, 5) * 0.3 - 1.4, noise(3, 2, 5)
    found = loss_of(bids, old, advantage)
    assert found.shape == (2,)
    for i in range(2):
        policy = Categorical(logits=bids[i][STATE[i]])
        ratio = (policy.log_prob(ACTION[i]) - old[i]).exp()
        gain = torch.min(ratio * advantage[i], ratio.clamp(0.8, 1.2) * advantage[i])
        expected = -(gain.mean() + 0.1 * policy.entropy().mean())
        torch.testing.assert_close(found[i], expected, rtol=1e-9, atol=0)
        (one,) = torch.autograd.grad(found[i], bids, retain_graph=True)
        (other,) = torch.autograd.grad(expected, bids)
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)
        assert not one[1 - i].any()


def test_gradients() -> None:
    bids, advantage = noise(1, 2, 3, 4).requires_grad_(), noise(3, 2, 5).requires_grad_()
    old = (noise(2, 2, 5) * 0.3 - 1.4).requires_grad_()
    assert torch.autograd.gradcheck(loss_of, (bids, old, advantage))


def test_reinforce_by_hand() -> None:
    # Odds 1 : 3; the likelier acts once and is followed by 4, the other once and by -2.
    bids = torch.tensor([[0.0, math.log(3)]], dtype=torch.float64, requires_grad=True)
    returns = torch.tensor([4.0, -2.0], dtype=torch.float64)
    loss = reinforce_loss(bids, torch.tensor([0, 0]), torch.tensor([1, 0]), returns)
    assert loss.item() == pytest.approx(-4 * math.log(3 / 4) + 2 * math.log(1 / 4), rel=1e-12)
    (gradient,) = torch.autograd.grad(loss, bids)
    # 4 (1/4, -1/4) and -2 (-3/4, 3/4).
    np.testing.assert_allclose(gradient, [[2.5, -2.5]], rtol=1e-12)


def test_reinforce_against_torchs_categorical_with_returns_as_constants() -> None:
    bids = noise(1, 2, 3, 4).requires_grad_()
    returns = bids.sum((-2, -1)).unsqueeze(-1) + noise(3, 2, 5)
    found = reinforce_loss(bids, STATE, ACTION, returns)
    assert found.shape == (2,)
    for i in range(2):
        policy = Categorical(logits=bids[i][STATE[i]])
        expected = -(policy.log_prob(ACTION[i]) * returns[i].detach()).sum()
        torch.testing.assert_close(found[i], expected, rtol=1e-9, atol=0)
        (one,) = torch.autograd.grad(found[i], bids, retain_graph=True)
        (other,) = torch.autograd.grad(expected, bids)
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


def test_every_bid_of_a_state_feels_every_action() -> None:
    """The gradient of one action's log-probability reaches the bids of all others."""
    bids = torch.zeros(1, 1, 6, dtype=torch.float64, requires_grad=True)
    at = torch.tensor([[0]])
    (gradient,) = torch.autograd.grad(softmax_log_prob(bids, at, at + 2).sum(), bids)
    np.testing.assert_allclose(gradient[0, 0], [-1 / 6] * 2 + [5 / 6] + [-1 / 6] * 3, rtol=1e-12)
