"""Kernels: sampling of actions, auctions, and shuffles."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from repro.engine.kernels import rollout
from repro.engine.kernels.rollout import (
    BID_HIGH,
    BID_LOW,
    BINS,
    hold_auction,
    sample_action,
    shuffle,
    tabulate,
)


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


def auction(
    monkeypatch: pytest.MonkeyPatch, mechanisms: int, *values: float
) -> tuple[int, list[float], list[tuple[float, float, float]]]:
    """Hold an auction with these draws; return the winner, the bids and the shapes sampled from."""
    asked: list[tuple[float, float, float]] = []
    says = Says(*values)

    def draw(generator: Says, alpha: float, beta: float, table: np.ndarray) -> float:
        asked.append((alpha, beta, table[0, 0]))
        return generator.random()

    monkeypatch.setattr(rollout, "sample_beta", draw)
    bids = np.zeros(len(values), np.float32)
    alpha, tables = np.arange(1.0, mechanisms + 1), np.zeros((mechanisms, BINS, 8))
    tables[:, 0, 0] = alpha + 6
    winner = hold_auction.py_func(says, alpha, alpha + 3, tables, bids)
    return winner, bids.tolist(), asked


def test_an_auction_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    values = (0.25, 0.5, 0.75, 0.125, 0.75, 0.0625)
    winner, bids, asked = auction(monkeypatch, 3, *values)
    # The first of the two that bid 0.75.
    assert winner == 2
    assert bids == list(values)
    # Each mechanism bids twice, with its own shapes and table.
    assert asked == [(1, 4, 7), (1, 4, 7), (2, 5, 8), (2, 5, 8), (3, 6, 9), (3, 6, 9)]


def test_bids_are_clamped(monkeypatch: pytest.MonkeyPatch) -> None:
    winner, bids, _ = auction(monkeypatch, 3, 0.0, 1.0, 1 - 1e-9)
    assert winner == 1
    assert bids == [BID_LOW, BID_HIGH, BID_HIGH]
    np.testing.assert_allclose([BID_LOW, 1 - BID_HIGH], 1e-6, rtol=0.05)
    # In float32, both logarithms are finite.
    assert np.isfinite(np.log(np.array(bids, np.float32))).all()
    assert np.isfinite(np.log1p(-np.array(bids, np.float32))).all()


@pytest.mark.parametrize(
    ("alpha", "beta"), [(1.0, 1.0), (0.3, 0.7), (5.0, 2.0), (0.5, 3.0), (60.0, 140.0)]
)
def test_compiled_bids_follow_the_beta_distribution(alpha: float, beta: float) -> None:
    generator, bids, tables = np.random.default_rng(2), np.zeros(4000, "f4"), np.empty((2, BINS, 8))
    tabulate(alpha, beta, tables[0])
    tabulate(9.0, 1.0, tables[1])
    winner = hold_auction(generator, np.array([alpha, 9.0]), np.array([beta, 1.0]), tables, bids)
    assert winner == bids.argmax()
    assert stats.kstest(bids[:2000], stats.beta(alpha, beta).cdf).pvalue > 1e-3
    assert stats.kstest(bids[2000:], stats.beta(9, 1).cdf).pvalue > 1e-3


@pytest.mark.parametrize("samples", [3, 4])
def test_all_orders_of_a_few_samples_are_equally_likely(samples: int) -> None:
    learners = 6000
    out = np.full((1, 1, learners, samples), -1, np.int64)
    shuffle((np.random.default_rng(3),), np.array([0]), samples, out)
    orders = out[0, 0] - np.arange(learners)[:, None] * samples
    every = list(permutations(range(samples)))
    found = np.array([(orders == order).all(axis=1).sum() for order in every])
    # All of them are permutations.
    assert found.sum() == learners
    assert stats.chisquare(found).pvalue > 1e-3


def test_positions_in_a_long_order_are_uniform() -> None:
    samples, learners = 64, 20_000
    out = np.full((4, 1, learners, samples // 4), -1, np.int64)
    shuffle((np.random.default_rng(4),), np.array([0]), samples, out)
    orders = out[:, 0].transpose(1, 0, 2).reshape(learners, samples)
    orders -= np.arange(learners)[:, None] * samples
    assert (np.sort(orders, axis=1) == np.arange(samples)).all()
    for sample in (0, 31, 63):
        places = np.argwhere(orders == sample)[:, 1]
        assert stats.chisquare(np.bincount(places, minlength=samples)).pvalue > 1e-3
