"""Rollouts by auction: who acts, how bids are distributed, and their memory layout."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from scipy import stats

from repro import tasks
from repro.engine.rollout import collect_auctioned
from tests.support.recorded import arrays, streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from repro.mdp.task import Tables

CHAIN = "linear_chain.training"


def tables_of(problem: str) -> Tables:
    return tasks.problem(problem).merged


def shapes(
    mean: Sequence[Sequence[float]], concentration: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Beta shapes of one run for mean bids [S, K]."""
    m = np.array(mean)[None]
    return m * concentration, (1 - m) * concentration


def test_the_highest_bidder_acts() -> None:
    """Bids are close to means that spell the path; each mechanism has a clone."""
    mean = np.full((5, 6), 0.1)
    mean[[0, 1, 2], [0, 1, 2]] = 0.9
    alpha, beta = shapes(mean.tolist(), 1e4)
    batch = arrays(collect_auctioned(streams(7), tables_of(CHAIN), alpha, beta, 300))
    assert batch.bids.shape == (1, 300, 12)
    assert batch.state[0].tolist() == [0, 1, 2] * 100
    assert (batch.action[0] // 2).tolist() == [0, 1, 2] * 100
    np.testing.assert_array_equal(batch.action, batch.bids.argmax(-1))
    # A mechanism and its clone win about equally often.
    assert 110 < (batch.action % 2).sum() < 190
    for k in range(6):
        bids = batch.bids[0, :, 2 * k : 2 * k + 2]
        assert np.abs(bids - mean[batch.state[0], k][:, None]).max() < 0.03
        assert (bids[:, 0] != bids[:, 1]).all()


@pytest.mark.parametrize(
    ("alpha", "beta"), [(1.0, 1.0), (0.3, 0.7), (0.2, 5.0), (5.0, 2.0), (60.0, 140.0)]
)
def test_bids_follow_the_beta_distribution(alpha: float, beta: float) -> None:
    shape = (1, 5, 6)
    batch = arrays(
        collect_auctioned(
            streams(8), tables_of(CHAIN), np.full(shape, alpha), np.full(shape, beta), 1000
        )
    )
    bids = batch.bids[0]
    assert ((bids >= 1e-6 * 0.999) & (bids <= 1 - 0.9e-6)).all()
    # Bids at the clamp are counted; the others follow the distribution between its ends.
    inside = bids[(bids > 1e-6) & (bids < 1 - 2e-6)]
    low, high = stats.beta(alpha, beta).cdf([1e-6, 1 - 2e-6])
    assert (
        stats.kstest((stats.beta(alpha, beta).cdf(inside) - low) / (high - low), "uniform").pvalue
        > 1e-3
    )
    clamped = 1 - inside.size / bids.size
    assert abs(clamped - (1 - (high - low))) < 0.01


def test_terminal_states_need_no_bids() -> None:
    """Shapes of terminal states are not used, so they may be invalid."""
    tables, shape = tables_of(CHAIN), np.full((1, 5, 6), 2.0)
    found = []
    for at_the_end in (2.0, math.nan):
        shape[:, tables.terminal] = at_the_end
        found.append(collect_auctioned(streams(8), tables, shape, shape, 300))
    assert torch.equal(found[0].bids, found[1].bids)
    assert torch.equal(found[0].action, found[1].action)


def test_bids_are_contiguous_in_time() -> None:
    batch = collect_auctioned(
        streams(1, 2), tables_of(CHAIN), np.ones((2, 5, 6)), np.ones((2, 5, 6)), 8, copies=3
    )
    assert batch.bids.shape == (2, 8, 18)
    assert batch.bids.transpose(1, 2).is_contiguous()
    np.testing.assert_array_equal(batch.action, batch.bids.argmax(-1))
    tables, bidder = tables_of(CHAIN), batch.action // 3
    np.testing.assert_array_equal(batch.next_state, tables.next_state[batch.state, bidder])


@pytest.mark.parametrize("steps", [1, 2, 4, 7])
def test_epochs_shorter_than_the_auctions_that_are_held_at_once(steps: int) -> None:
    batch = collect_auctioned(
        streams(1), tables_of(CHAIN), np.full((1, 5, 6), 2.0), np.full((1, 5, 6), 3.0), steps
    )
    assert ((batch.bids > 0) & (batch.bids < 1)).all()
    assert len(batch.bids.unique()) == batch.bids.numel()
    np.testing.assert_array_equal(batch.action, batch.bids.argmax(-1))


def test_bids_of_an_auction_are_independent() -> None:
    shape = (1, 5, 6)
    batch = arrays(
        collect_auctioned(streams(9), tables_of(CHAIN), np.ones(shape), np.ones(shape), 4000)
    )
    correlation = np.corrcoef(batch.bids[0].T)
    off_diagonal = correlation[np.triu_indices(12, 1)]
    assert np.abs(off_diagonal).max() < 4.5 / math.sqrt(4000)
