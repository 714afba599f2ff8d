"""Auction credit: prices and utilities by hand, Beta densities against scipy and torch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from repro.credit.vickrey import (
    beta_entropy,
    beta_log_prob,
    beta_policy_loss,
    beta_shape,
    second_price,
    vickrey_utility,
)

SHAPES = [(1.0, 1.0), (0.3, 0.7), (5.0, 2.0), (0.05, 4.0), (60.0, 140.0)]
STATE = torch.tensor([[0, 2, 2, 1, 0], [1, 1, 0, 2, 2]])


def doubles(numbers: list[float] | list[list[float]]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


BID = doubles([[0.1, 0.9, 0.45, 0.5, 0.7], [0.3, 0.2, 0.999, 0.01, 0.6]])


def noise(seed: int, *shape: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def loss_of(alpha: Tensor, beta: Tensor, old_log_prob: Tensor, advantage: Tensor) -> Tensor:
    return beta_policy_loss(
        alpha,
        beta,
        STATE,
        BID.log(),
        (1 - BID).log(),
        old_log_prob,
        advantage,
        clip=0.2,
        entropy_bonus=0.1,
    )


def test_prices_by_hand() -> None:
    bids = torch.tensor(
        [
            [0.2, 0.9, 0.5, 0.1],  # a rival sets the price
            [0.2, 0.9, 0.8, 0.1],
            [0.9, 0.8, 0.5, 0.1],  # the winner's own clone (entries 0 and 1) sets it
            [0.3, 0.7, 0.7, 0.1],  # a tie: the price is the bid
            [0.4, 0.4, 0.4, 0.4],
        ]
    )
    winner = torch.tensor([1, 1, 0, 1, 0])
    expected = torch.tensor([0.5, 0.8, 0.8, 0.7, 0.4])
    assert torch.equal(second_price(bids, winner), expected)


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_the_price_is_the_second_of_the_sorted_bids(seed: int) -> None:
    bids = torch.from_numpy(np.random.default_rng(seed).random((2, 5, 12)))
    expected = bids.sort(-1).values[..., -2]
    assert torch.equal(second_price(bids, bids.argmax(-1)), expected)


def test_utilities_by_hand() -> None:
    # Two episodes: three steps with a reward at the end, then a cut one of two; γ = 1/2.
    found = vickrey_utility(
        doubles([0.0, 0.0, 0.8, 0.0, 0.0]),
        doubles([0.5, 0.25, 0.75, 0.125, 0.5]),
        torch.tensor([0, 2, 1, 2, 0]),
        torch.tensor([False, False, True, False, True]),
        3,
        0.5,
    )
    expected = [
        [0.25 / 2 - 0.5, 0, 0],
        [0, 0, 0.75 / 2 - 0.25],
        [0, 0.8 - 0.75, 0],  # the next episode's price is none of its business
        [0, 0, 0.5 / 2 - 0.125],
        [-0.5, 0, 0],  # the epoch is over: nobody pays next
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_nobody_pays_after_the_record_ends() -> None:
    one = torch.ones(1, 1)
    found = vickrey_utility(one, one / 4, torch.tensor([[1]]), torch.tensor([[False]]), 2, 0.9)
    assert found.tolist() == [[[0.0, 0.75]]]


def test_a_batch_equals_each_trajectory_by_itself() -> None:
    rng = np.random.default_rng(5)
    bids, reward = (torch.from_numpy(rng.random(shape)) for shape in ((2, 3, 8, 4), (2, 3, 8)))
    winner, last = bids.argmax(-1), torch.from_numpy(rng.random((2, 3, 8)) < 0.3)
    whole = vickrey_utility(reward, second_price(bids, winner), winner, last, 4, 0.99)
    assert whole.shape == (2, 3, 8, 4)
    for i in np.ndindex(2, 3):
        price = second_price(bids[i], winner[i])
        alone = vickrey_utility(reward[i], price, winner[i], last[i], 4, 0.99)
        assert torch.equal(whole[i], alone)


def test_shapes_by_hand() -> None:
    # Mean 1/(1 + 3) and concentration ln(1 + e^0); then mean 1/2 and concentration ln(1 + 1).
    alpha, beta = beta_shape(torch.tensor([-math.log(3), 0.0]), torch.tensor([0.0, 0.0]))
    nu = math.log(2)
    torch.testing.assert_close(alpha, torch.tensor([nu / 4, nu / 2]))
    torch.testing.assert_close(beta, torch.tensor([3 * nu / 4, nu / 2]))
    uniform = beta_shape(torch.tensor(0.0), torch.tensor(math.log(math.expm1(2))))
    torch.testing.assert_close(uniform, (torch.tensor(1.0), torch.tensor(1.0)))


def test_a_shape_keeps_its_precision_where_the_mean_is_all_but_one() -> None:
    mean_logit = torch.tensor([40.0, -40.0])
    alpha, beta = beta_shape(mean_logit, torch.tensor(20.0))
    torch.testing.assert_close(beta[0], alpha[1])
    torch.testing.assert_close(beta[0], torch.tensor(20 * math.exp(-40)), rtol=1e-5, atol=0)


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_density_and_entropy_against_scipy(a: float, b: float) -> None:
    alpha, beta = doubles([[9.0, a]]), doubles([[9.0, b]])
    at = torch.ones(1, 5, dtype=torch.int64)
    found = beta_log_prob(alpha, beta, at, BID[:1].log(), (1 - BID[:1]).log())
    np.testing.assert_allclose(found[0], stats.beta(a, b).logpdf(BID[0]), rtol=1e-9, atol=1e-9)
    entropy = beta_entropy(alpha, beta)[0, 1]
    assert entropy.item() == pytest.approx(float(stats.beta(a, b).entropy()), rel=1e-7, abs=1e-9)


def test_density_and_entropy_by_hand() -> None:
    # Beta(2, 1) has density 2x; its entropy is 1/2 - ln 2. Beta(1, 1) is uniform.
    alpha, beta = doubles([2.0, 1.0]), doubles([1.0, 1.0])
    bid = doubles([0.25, 0.25])
    found = beta_log_prob(alpha, beta, torch.tensor([0, 1]), bid.log(), (-bid).log1p())
    np.testing.assert_allclose(found, [math.log(0.5), 0.0], atol=1e-12)
    np.testing.assert_allclose(beta_entropy(alpha, beta), [0.5 - math.log(2), 0.0], atol=1e-12)


def test_the_loss_and_its_gradients_against_torchs_beta() -> None:
    alpha, beta = (noise(seed, 2, 3).exp().requires_grad_() for seed in (1, 2))
    old, advantage = noise(3, 2, 5) * 0.3, noise(4, 2, 5)
    found = loss_of(alpha, beta, old, advantage)
    assert found.shape == (2,)
    for i in range(2):
        policy = torch.distributions.Beta(alpha[i][STATE[i]], beta[i][STATE[i]])
        ratio = (policy.log_prob(BID[i]) - old[i]).exp()
        gain = torch.min(ratio * advantage[i], ratio.clamp(0.8, 1.2) * advantage[i])
        expected = -(gain.mean() + 0.1 * policy.entropy().mean())
        torch.testing.assert_close(found[i], expected, rtol=1e-9, atol=0)
        one = torch.autograd.grad(found[i], (alpha, beta), retain_graph=True)
        other = torch.autograd.grad(expected, (alpha, beta))
        for ours, theirs in zip(one, other, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-12)
            # No mechanism's loss reads another's bids.
            assert not ours[1 - i].any()


def test_gradients() -> None:
    alpha, beta = (noise(seed, 2, 3).exp().requires_grad_() for seed in (1, 2))
    old = (noise(3, 2, 5) * 0.3).requires_grad_()
    advantage = noise(4, 2, 5).requires_grad_()
    assert torch.autograd.gradcheck(loss_of, (alpha, beta, old, advantage))
    mean, concentration = (noise(seed, 2, 3).requires_grad_() for seed in (5, 6))
    assert torch.autograd.gradcheck(beta_shape, (mean, concentration))
