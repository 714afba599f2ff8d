"""Kernels: an action by its probability, an auction by its highest bid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from repro.kernels import BID_HIGH, BID_LOW, hold_auction, sample_action


class Says:
    """A stand-in for a generator that says what it is told to."""

    def __init__(self, *values: float) -> None:  # noqa: D107 - the class says it
        self.values = list(values)
        self.asked: list[tuple[float, float]] = []

    def random(self) -> float:
        """Say the next value."""
        return self.values.pop(0)

    def beta(self, alpha: float, beta: float) -> float:
        """Say the next value and note what was asked for."""
        self.asked.append((alpha, beta))
        return self.values.pop(0)


@pytest.mark.parametrize(
    ("uniform", "action"),
    [(0.0, 0), (0.249, 0), (0.25, 1), (0.49, 1), (0.5, 3), (0.9999, 3)],
)
def test_an_action_is_the_interval_that_the_draw_falls_into(uniform: float, action: int) -> None:
    # Probabilities 1/4, 1/4, 0, 1/2.
    cumulative = np.array([0.25, 0.5, 0.5, 1.0])
    assert sample_action.py_func(Says(uniform), cumulative) == action


def test_rounding_of_the_probabilities_leads_to_no_action_that_is_not_there() -> None:
    assert sample_action.py_func(Says(0.9999999), np.array([0.5, 0.9999998])) == 1


def test_actions_come_as_often_as_they_should() -> None:
    generator, cumulative = np.random.default_rng(1), np.array([0.1, 0.1, 0.6, 1.0])
    drawn = [sample_action(generator, cumulative) for _ in range(20_000)]
    found = np.bincount(drawn, minlength=4)
    assert found[1] == 0
    # Four standard deviations of a binomial count.
    for count, p in zip(found[[0, 2, 3]], (0.1, 0.5, 0.4), strict=True):
        assert abs(count - 20_000 * p) < 4 * math.sqrt(20_000 * p * (1 - p))


def test_an_auction_by_hand() -> None:
    bids = np.zeros(6, np.float32)
    says = Says(0.25, 0.5, 0.75, 0.125, 0.75, 0.0625)
    winner = hold_auction.py_func(says, np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]), bids)
    # The first of the two that bid 0.75.
    assert winner == 2
    assert bids.tolist() == [0.25, 0.5, 0.75, 0.125, 0.75, 0.0625]
    # Each mechanism bids twice, with its own shape.
    assert says.asked == [(1, 4), (1, 4), (2, 5), (2, 5), (3, 6), (3, 6)]


def test_bids_are_kept_from_nought_and_one() -> None:
    bids = np.zeros(3, np.float32)
    shape = np.ones(3)
    assert hold_auction.py_func(Says(0.0, 1.0, 1 - 1e-9), shape, shape, bids) == 1
    assert bids.tolist() == [BID_LOW, BID_HIGH, BID_HIGH]
    np.testing.assert_allclose([BID_LOW, 1 - BID_HIGH], 1e-6, rtol=0.05)
    # In single precision too, both logarithms are there.
    assert np.isfinite(np.log(bids)).all()
    assert np.isfinite(np.log1p(-bids)).all()


@pytest.mark.parametrize(
    ("alpha", "beta"), [(1.0, 1.0), (0.3, 0.7), (5.0, 2.0), (0.5, 3.0), (60.0, 140.0)]
)
def test_compiled_bids_follow_the_beta_distribution(alpha: float, beta: float) -> None:
    generator, bids = np.random.default_rng(2), np.zeros(4000, np.float32)
    winner = hold_auction(generator, np.array([alpha, 9.0]), np.array([beta, 1.0]), bids)
    assert winner == bids.argmax()
    assert stats.kstest(bids[:2000], stats.beta(alpha, beta).cdf).pvalue > 1e-3
    assert stats.kstest(bids[2000:], stats.beta(9, 1).cdf).pvalue > 1e-3
