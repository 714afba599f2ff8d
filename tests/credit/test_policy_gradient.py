"""Policy gradients: both sides of the clip by hand, and against autograd of the losses."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Categorical

from repro.credit.policy_gradient import (
    clipped_surrogate_gradient,
    reinforce_loss,
    softmax_log_prob,
    softmax_policy_gradient,
)
from tests.credit.losses import clipped_surrogate, softmax_policy_loss
from tests.credit.tensors import doubles, noise

STATE = torch.tensor([[0, 2, 2, 1, 0], [1, 1, 0, 2, 2]])
ACTION = torch.tensor([[0, 1, 3, 2, 2], [3, 0, 1, 1, 2]])

seeds = st.integers(0, 2**32)
clips = st.sampled_from([0.05, 0.2, 0.5])


def totals(
    state: Tensor, action: Tensor, advantage: Tensor, shape: tuple[int, int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Sum the advantages of each state and action by sign, and count each state's share, in a loop."""
    lead, samples = advantage.shape[:-1], advantage.shape[-1]
    gain, loss = torch.zeros(2, *lead, *shape).double()
    share = torch.zeros(*lead, shape[0]).double()
    for i in np.ndindex(*advantage.shape):
        cell = (*i[:-1], int(state[i]), int(action[i]))
        (gain if advantage[i] > 0 else loss)[cell] += advantage[i] / samples
        share[cell[:-1]] += 1 / samples
    return gain, loss, share


# Ratio, advantage, gradient of the objective with respect to the log-probability; clip 0.2.
@pytest.mark.parametrize(
    ("ratio", "advantage", "slope"),
    [
        (1.5, 2.0, 0.0),  # ratio above the clip, positive advantage: clipped at 1.2 · 2
        (0.5, 2.0, 1.0),  # below, positive: not clipped
        (1.5, -2.0, -3.0),  # above, negative: not clipped
        (0.5, -2.0, 0.0),  # below, negative: clipped at 0.8 · (-2)
        (1.1, 2.0, 2.2),  # within
        (0.9, -2.0, -1.8),
        (1.0, 2.0, 2.0),  # the first minibatch of an epoch
        (1.0, -2.0, -2.0),
        (1.5, 0.0, 0.0),
        (1.2000001, 2.0, 0.0),  # on either side of an edge
        (1.1999999, 2.0, 2.3999998),
        (0.7999999, -2.0, 0.0),
        (0.8000001, -2.0, -1.6000002),
    ],
)
def test_clipped_surrogate_gradients_by_hand(ratio: float, advantage: float, slope: float) -> None:
    found = clipped_surrogate_gradient(doubles([ratio]), doubles([advantage]), 0.2)
    assert found.item() == pytest.approx(slope, abs=1e-12)


@given(seeds, st.sampled_from([(), (2,), (2, 3)]), clips)
def test_clipped_surrogate_gradients_against_autograd(
    seed: int, lead: tuple[int, ...], clip: float
) -> None:
    log_ratio = (noise(seed, *lead, 50) * 0.6).requires_grad_()
    advantage = noise(seed + 1, *lead, 50)
    advantage[..., ::7] = 0
    objective = clipped_surrogate(log_ratio.exp(), advantage, clip)
    (expected,) = torch.autograd.grad(objective.sum(), log_ratio)
    found = clipped_surrogate_gradient(log_ratio.detach().exp(), advantage, clip)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)


def test_log_probabilities_by_hand() -> None:
    # Odds 1 : 2 : 5 in the first state, equal in the second.
    bids = torch.tensor([[0.0, math.log(2), math.log(5)], [3.0, 3.0, 3.0]], dtype=torch.float64)
    found = softmax_log_prob(bids, torch.tensor([0, 0, 0, 1]), torch.tensor([2, 0, 1, 2]))
    np.testing.assert_allclose(found.exp(), [5 / 8, 1 / 8, 2 / 8, 1 / 3], rtol=1e-12)


@pytest.mark.parametrize(
    ("gain", "loss", "slopes"),
    [
        # Odds were 1 : 1 and are 1 : 3, so ratios are 1/2 and 3/2; clip 0.2.
        ([0.5, 0.5], [0.0, 0.0], [0.25, 0.0]),  # the second is clipped
        ([0.0, 0.0], [-0.5, -0.5], [0.0, -0.75]),  # the first is clipped
        ([0.5, 0.5], [-0.25, -0.25], [0.25, -0.375]),  # one for each sign
    ],
)
def test_a_gradient_by_hand(gain: list[float], loss: list[float], slopes: list[float]) -> None:
    log_3 = math.log(3)
    found = softmax_policy_gradient(
        doubles([0.0, log_3])[None],
        torch.zeros(1, 2).double(),
        doubles(gain)[None],
        doubles(loss)[None],
        doubles([0.75]),
        clip=0.2,
        entropy_bonus=0.1,
    )
    # The entropy of odds 1 : 3 is 2 ln 2 - 3/4 ln 3; with respect to the larger bid, it has
    # derivative -3/16 ln 3.
    surrogate = [sum(slopes) / 4 - slopes[0], sum(slopes) * 3 / 4 - slopes[1]]
    bonus = 0.1 * 0.75 * 3 / 16 * log_3
    np.testing.assert_allclose(found, [[surrogate[0] - bonus, surrogate[1] + bonus]], rtol=1e-12)


@given(
    seeds,
    st.sampled_from([(), (2,), (2, 3)]),
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(1, 30),
    clips,
    st.sampled_from([0.0, 0.1, 1.0]),
    st.sampled_from([0.0, 0.05, 0.6, 1.0]),
)
def test_the_gradient_against_autograd_of_the_loss(
    seed: int,
    lead: tuple[int, ...],
    states: int,
    actions: int,
    samples: int,
    clip: float,
    bonus: float,
    epsilon: float,
) -> None:
    """Ratios of any size, advantages of both signs and 0, and states without samples."""
    rng = np.random.default_rng(seed)
    bids = noise(seed + 1, *lead, states, actions).requires_grad_()
    old = bids.detach() + 0.6 * noise(seed + 2, *lead, states, actions)
    state, action = (
        torch.from_numpy(rng.integers(n, size=(*lead, samples))) for n in (states, actions)
    )
    advantage = noise(seed + 3, *lead, samples)
    advantage[..., ::4] = 0
    found = softmax_policy_gradient(
        bids.detach(),
        old,
        *totals(state, action, advantage, (states, actions)),
        clip=clip,
        entropy_bonus=bonus,
        epsilon=epsilon,
    )
    expected = softmax_policy_loss(
        bids, old, state, action, advantage, clip=clip, entropy_bonus=bonus, epsilon=epsilon
    )
    assert expected.shape == lead
    (gradient,) = torch.autograd.grad(expected.sum(), bids)
    torch.testing.assert_close(found, gradient, rtol=1e-9, atol=1e-12)


def test_a_mixture_by_hand() -> None:
    """The new odds are 1 : 3, the old 1 : 1, and with ε = 1/2 the new density of the second is 5/8."""
    found = softmax_policy_gradient(
        doubles([0.0, math.log(3)])[None],
        torch.zeros(1, 2).double(),
        torch.zeros(1, 2).double(),
        doubles([0.0, -2.0])[None],
        doubles([1.0]),
        clip=0.2,
        entropy_bonus=0.0,
        epsilon=0.5,
    )
    # Ratio 5/4, not clipped as the advantage is negative; of the density, 3/8 of 5/8 is the softmax's.
    slope = -2 * 5 / 4 * 3 / 5
    np.testing.assert_allclose(found, [[slope / 4, slope * 3 / 4 - slope]], rtol=1e-12)


def test_reinforce_by_hand() -> None:
    # Odds 1 : 3; the more likely action is followed by a return of 4, the other by -2.
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


def test_every_bid_of_a_state_learns_from_every_action() -> None:
    """The gradient of one action's log-probability reaches the bids of all others."""
    bids = torch.zeros(1, 1, 6, dtype=torch.float64, requires_grad=True)
    at = torch.tensor([[0]])
    (gradient,) = torch.autograd.grad(softmax_log_prob(bids, at, at + 2).sum(), bids)
    np.testing.assert_allclose(gradient[0, 0], [-1 / 6] * 2 + [5 / 6] + [-1 / 6] * 3, rtol=1e-12)
    # The same holds for the gradient of PPO's loss if one action alone has an advantage.
    gain = torch.zeros(1, 6).double()
    gain[0, 2] = 1.0
    found = softmax_policy_gradient(
        bids.detach()[0],
        bids.detach()[0],
        gain,
        torch.zeros(1, 6).double(),
        doubles([1.0]),
        clip=0.2,
        entropy_bonus=0.1,
    )
    torch.testing.assert_close(found, -gradient[0], rtol=1e-12, atol=1e-15)
