"""Credit in auctions: prices, utilities and Beta shapes by hand, and the functions behind them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from repro.credit.vickrey import (
    beta_shape,
    log_beta_function,
    second_price,
    sigmoid,
    softplus,
    vickrey_utility,
)
from tests.credit.tensors import doubles, noise

seeds = st.integers(0, 2**32)


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


@given(seeds)
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
        [0, 0.8 - 0.75, 0],  # the next episode's price does not count
        [0, 0, 0.5 / 2 - 0.125],
        [-0.5, 0, 0],  # the epoch ends: no next price
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_no_price_follows_the_last_step() -> None:
    one = torch.ones(1, 1)
    found = vickrey_utility(one, one / 4, torch.tensor([[1]]), torch.tensor([[False]]), 2, 0.9)
    assert found.tolist() == [[[0.0, 0.75]]]


def test_a_batch_equals_separate_trajectories() -> None:
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


def test_shapes_are_precise_for_means_close_to_one() -> None:
    mean_logit = torch.tensor([40.0, -40.0])
    alpha, beta = beta_shape(mean_logit, torch.tensor(20.0))
    torch.testing.assert_close(beta[0], alpha[1])
    torch.testing.assert_close(beta[0], torch.tensor(20 * math.exp(-40)), rtol=1e-5, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sigmoid_and_softplus_against_numpy(dtype: torch.dtype) -> None:
    x = np.concatenate([np.linspace(-80, 80, 641), [-1e4, 1e4, -1e-9, 1e-9]])
    given_ = torch.from_numpy(x).to(dtype)
    tolerance = 8 * torch.finfo(dtype).eps
    exact_x = given_.double().numpy()
    expected = special.expit(exact_x), np.logaddexp(0, exact_x)
    for found, exact in zip((sigmoid(given_), softplus(given_)), expected, strict=True):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, exact, rtol=tolerance, atol=torch.finfo(dtype).tiny)


@given(seeds, st.integers(1, 70), st.integers(1, 3))
def test_sigmoid_and_softplus_do_not_depend_on_the_other_entries(
    seed: int, n: int, stride: int
) -> None:
    """Alone, in a batch, or in a view: a run's numbers must not depend on the other runs."""
    x = (noise(seed, n, stride) * 4).float()
    for link in (sigmoid, softplus):
        together = link(x)
        assert torch.equal(link(x[:, 0]), together[:, 0])
        for i in range(n):
            assert torch.equal(link(x[i, 0].clone()), together[i, 0])


@given(seeds, st.integers(1, 40))
def test_the_logarithm_of_the_beta_function_against_scipy(seed: int, n: int) -> None:
    alpha, beta = ((noise(seed + i, n) * 3).exp() for i in range(2))
    found = log_beta_function(alpha, beta)
    expected = special.betaln(alpha.numpy(), beta.numpy())
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
