"""Kernels: sampling of actions, and auctions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from repro.engine.kernels.beta_sampling import (
    BID_HIGH,
    BID_LOW,
    COLUMNS,
    PIECES,
    ROWS,
    tabulate,
)
from repro.engine.kernels.rollout import find_winners, hold_auctions, sample_action


class Says:
    """A fake generator that returns given values."""

    def __init__(self, *values: float) -> None:
        self.values = list(values)

    def random(self) -> float:
        """Return the next value."""
        return self.values.pop(0)


@pytest.mark.parametrize(
    ("uniform", "action"),
    [(0.0, 0), (0.249, 0), (0.25, 1), (0.49, 1), (0.5, 3), (0.9999, 3)],
)
def test_an_action_by_its_interval(uniform: float, action: int) -> None:
    # Probabilities 1/4, 1/4, 0, 1/2.
    cumulative = np.array([0.25, 0.5, 0.5, 1.0])
    assert sample_action.py_func(Says(uniform), cumulative) == action


def test_rounding_of_probabilities_gives_a_valid_action() -> None:
    assert sample_action.py_func(Says(0.9999999), np.array([0.5, 0.9999998])) == 1


def test_frequencies_of_actions() -> None:
    generator, cumulative = np.random.default_rng(1), np.array([0.1, 0.1, 0.6, 1.0])
    drawn = [sample_action(generator, cumulative) for _ in range(20_000)]
    found = np.bincount(drawn, minlength=4)
    assert found[1] == 0
    # Four standard deviations of a binomial count.
    for count, p in zip(found[[0, 2, 3]], (0.1, 0.5, 0.4), strict=True):
        assert abs(count - 20_000 * p) < 4 * math.sqrt(20_000 * p * (1 - p))


def test_winners_by_hand() -> None:
    bids = np.array([[0.25, 0.75, 0.5], [0.5, 0.25, 0.5], [0.125, 0.875, 0.25]], np.float32)
    winner = np.full(3, -1)
    find_winners(bids, winner)
    # On a tie the first.
    assert winner.tolist() == [1, 2, 0]


def test_the_clamp_keeps_logarithms_finite() -> None:
    np.testing.assert_allclose([BID_LOW, 1 - BID_HIGH], 1e-6, rtol=0.05)
    bids = np.array([BID_LOW, BID_HIGH], np.float32)
    assert np.isfinite(np.log(bids)).all()
    assert np.isfinite(np.log1p(-bids)).all()


@pytest.mark.parametrize(
    ("alpha", "beta"), [(1.0, 1.0), (0.3, 0.7), (5.0, 2.0), (0.5, 3.0), (60.0, 140.0)]
)
def test_auctions_of_two_mechanisms(alpha: float, beta: float) -> None:
    """Each mechanism's entries follow its distribution, and are independent of each other."""
    auctions, copies = 4000, 2
    pieces, bins = np.empty((2, PIECES, COLUMNS)), np.empty((2, ROWS, 4))
    tabulate(alpha, beta, pieces[0], bins[0])
    tabulate(9.0, 1.0, pieces[1], bins[1])
    bids, winner = np.full((2 * copies, auctions), np.nan, np.float32), np.full(auctions, -1)
    uniform = np.empty(10_000)
    used = hold_auctions(
        np.random.default_rng(2), uniform, uniform.size, pieces, bins, bids, winner
    )
    assert 0 < used <= uniform.size
    np.testing.assert_array_equal(winner, bids.argmax(axis=0))
    low, high = (float(stats.beta(alpha, beta).cdf(x)) for x in (BID_LOW, 1 - 2e-6))
    for entry in bids[:copies]:
        inside = entry[(entry > BID_LOW) & (entry < 1 - 2e-6)]
        within = (stats.beta(alpha, beta).cdf(inside) - low) / (high - low)
        assert stats.kstest(within, "uniform").pvalue > 1e-3
    for entry in bids[copies:]:
        inside = entry[entry < 1 - 2e-6]
        assert stats.kstest(inside, stats.beta(9, 1).cdf).pvalue > 1e-3
    off_diagonal = np.asarray(np.corrcoef(bids))[np.triu_indices(4, 1)]
    assert np.abs(off_diagonal).max() < 4.5 / math.sqrt(auctions)
    in_time = [np.corrcoef(entry[1:], entry[:-1])[0, 1] for entry in bids]
    assert np.abs(in_time).max() < 4.5 / math.sqrt(auctions)
