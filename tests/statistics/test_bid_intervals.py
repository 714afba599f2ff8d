"""Intervals, against tables and against their nominal coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from repro.errors import UserError
from repro.statistics.bid_intervals import mean_of_runs, share_of_runs


def test_student_by_hand() -> None:
    """Mean 3, standard error 1, and 4.3027 from a table of t with two degrees of freedom."""
    spread = math.sqrt(3)
    found = mean_of_runs([3 - spread, 3.0, 3 + spread])
    assert (found.value, found.low, found.high) == pytest.approx((3, -1.3027, 7.3027), abs=1e-4)


def test_student_against_scipy() -> None:
    values = np.random.default_rng(0).normal(size=10)
    found = mean_of_runs(values)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_one_run_is_open_and_equal_runs_are_a_point() -> None:
    one, equal = mean_of_runs([0.5]), mean_of_runs([0.5, 0.5, 0.5])
    assert (one.value, one.low, one.high) == (0.5, -math.inf, math.inf)
    assert (equal.value, equal.low, equal.high) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("k", "low", "high"),
    [(10, 0.6915, 1.0), (0, 0.0, 0.3085), (9, 0.5550, 0.9975), (5, 0.1871, 0.8129)],
)
def test_shares_of_ten_from_a_table(k: int, low: float, high: float) -> None:
    found = share_of_runs(np.arange(10) < k)
    assert found.value == k / 10
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize("share", [0.03, 0.3, 0.5, 0.97])
def test_a_share_is_covered(share: float) -> None:
    """Sum the exact probability that the interval of eight runs contains the share."""
    held = [
        stats.binom.pmf(k, 8, share)
        for k in range(9)
        if (found := share_of_runs(np.arange(8) < k)).low <= share <= found.high
    ]
    assert sum(held) >= 0.95


@pytest.mark.parametrize("values", [[], [0.5, math.nan], [math.inf], [[0.5]]])
def test_means_of_nothing(values: list[float]) -> None:
    with pytest.raises(UserError, match="one finite number for each of at least one run"):
        mean_of_runs(values)


@pytest.mark.parametrize("flags", [[], [[True]]])
def test_shares_of_nothing(flags: list[bool]) -> None:
    with pytest.raises(UserError, match="one flag for each of at least one run"):
        share_of_runs(flags)
