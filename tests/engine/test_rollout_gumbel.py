"""Rollouts with Gumbel bids: who acts, and the joint distribution of the bids."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats

from repro import tasks
from repro.engine.rollout import RngStreams, collect_gumbel
from tests.support.recorded import arrays, streams

CHAIN = tasks.problem("linear_chain.training").merged
STEPS = 20_000
LOCATIONS = np.array([0.5, -1.0, 2.0, 0.0, 1.0, -2.0])


def bids_at_one_state(location: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return winners and bids [n, 6] of the steps at the start."""
    table = np.random.default_rng(0).normal(size=(1, 5, 6))
    table[0, 0] = location
    batch = arrays(collect_gumbel(streams(seed), CHAIN, table, STEPS))
    start = batch.state[0] == 0
    assert start.sum() > 5000
    return batch.action[0, start], batch.bids[0, start].astype(float)


def test_winners_follow_the_softmax() -> None:
    winner, _ = bids_at_one_state(LOCATIONS, 1)
    expected = np.exp(LOCATIONS) / np.exp(LOCATIONS).sum() * len(winner)
    found = np.bincount(winner, minlength=6)
    # 5 degrees of freedom: a sum above 25 has probability 1/7000.
    assert ((found - expected) ** 2 / expected).sum() < 25


def test_the_highest_bid_acts() -> None:
    table = np.random.default_rng(2).normal(size=(2, 5, 6))
    batch = arrays(collect_gumbel(streams(1, 2), CHAIN, table, 1000))
    assert batch.bids.shape == (2, 1000, 6)
    assert batch.bids.dtype == np.float32
    won = np.take_along_axis(batch.bids, batch.action[..., None], -1)
    assert (won >= batch.bids).all()
    assert ((won > batch.bids).sum(-1) == 5).mean() > 0.999
    np.testing.assert_array_equal(batch.next_state, CHAIN.next_state[batch.state, batch.action])


def test_each_bid_is_gumbel_around_its_own_location() -> None:
    """Whoever wins; given who wins, bids are not."""
    winner, bids = bids_at_one_state(LOCATIONS, 3)
    for k, location in enumerate(LOCATIONS):
        assert stats.kstest(bids[:, k], stats.gumbel_r(location).cdf).pvalue > 1e-3
    of_winner = bids[winner == 2, 2]
    assert stats.kstest(of_winner, stats.gumbel_r(LOCATIONS[2]).cdf).pvalue < 1e-6


def test_bids_are_independent() -> None:
    """The difference of two independent bids is logistic; and their uniform ranks have no correlation."""
    _, bids = bids_at_one_state(LOCATIONS, 4)
    for j, k in itertools.combinations(range(6), 2):
        difference = stats.logistic(LOCATIONS[j] - LOCATIONS[k])
        assert stats.kstest(bids[:, j] - bids[:, k], difference.cdf).pvalue > 1e-4
    uniform = stats.gumbel_r(LOCATIONS).cdf(bids)
    correlation = np.corrcoef(uniform.T)[np.triu_indices(6, 1)]
    assert np.abs(correlation).max() < 4.5 / math.sqrt(len(bids))


def test_the_winning_bid_does_not_depend_on_who_wins() -> None:
    """The highest bid is Gumbel around the log-sum-exp of the locations, whoever makes it."""
    winner, bids = bids_at_one_state(LOCATIONS, 5)
    highest = stats.gumbel_r(np.logaddexp.reduce(LOCATIONS))
    for k in (0, 2, 4):
        assert stats.kstest(bids[winner == k, k], highest.cdf).pvalue > 1e-3


def test_no_bid_is_above_the_winners_after_rounding() -> None:
    """Bids near 100,000 are rounded to multiples of 1/128, so that some are equal."""
    table = 1e5 + np.random.default_rng(2).normal(size=(1, 5, 6))
    batch = arrays(collect_gumbel(streams(1), CHAIN, table, STEPS))
    won = np.take_along_axis(batch.bids, batch.action[..., None], -1)
    assert (won >= batch.bids).all()
    assert ((won == batch.bids).sum(-1) > 1).any()


@pytest.mark.parametrize("scale", [0.0, 30.0, 80.0])
def test_bids_are_finite(scale: float) -> None:
    table = scale * np.random.default_rng(2).normal(size=(1, 5, 6))
    batch = collect_gumbel(streams(1), CHAIN, table, 4096)
    assert torch.isfinite(batch.bids).all()


def test_a_run_does_not_depend_on_other_runs() -> None:
    """Also if vectorised loops have another rest: the numbers of steps and runs are odd."""
    table = np.random.default_rng(3).normal(size=(3, 5, 6))
    three = streams(20, 21, 22)
    whole = collect_gumbel(streams(20, 21, 22), CHAIN, table, 333)
    for runs, of in (
        (streams(21), [1]),
        (streams(21, 20), [1, 0]),
        (RngStreams(three.generators, np.array([1, 2])), [1, 2]),
    ):
        found = collect_gumbel(runs, CHAIN, table[of], 333)
        for name, column in vars(whole).items():
            assert np.asarray(getattr(found, name)[0]).tobytes() == np.asarray(column[1]).tobytes()
    # A run that stopped draws no more numbers.
    assert three.generators[0].random() == np.random.default_rng(20).random()
    assert whole.bids.transpose(1, 2).is_contiguous()
