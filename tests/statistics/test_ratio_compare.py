"""The comparison of two arms: its one-sided bound and its p-value, against their interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.statistics import compare
from repro.statistics.ratio import log_ratio, resample
from tests.statistics.test_ratio import FAST, SLOW, ratio, row, times

if TYPE_CHECKING:
    from repro.verdicts import Comparison


def at(tail: float, slow: list[int], fast: list[int]) -> tuple[float, float]:
    """Compute the ends of the interval that excludes `tail` on each side, on the log scale."""
    rng = np.random.default_rng(3)
    counts = [resample(len(arm), 9999, rng) for arm in (slow, fast)]
    center, error = log_ratio(
        row(slow), row(fast), np.ones((1, len(slow))), np.ones((1, len(fast)))
    )
    values, errors = log_ratio(row(slow), row(fast), counts[0], counts[1])
    pivots = sorted(((values - center) / errors)[0])
    k = round(tail * 10_000)
    return float(center[0, 0] - pivots[-k] * error[0, 0]), float(
        center[0, 0] - pivots[k - 1] * error[0, 0]
    )


def compared(slow: list[int], fast: list[int], cut: tuple[int, int] = (0, 0)) -> Comparison:
    return compare(times(slow, cut[0]), times(fast, cut[1]), np.random.default_rng(3))


# Arms that overlap: the ratio is below 1, but not significantly.
NEARLY, ALIKE = [900, 1200, 700, 1500, 800, 1100], [1300, 1000, 1900, 1200, 900, 1600, 1400]


def test_a_comparison_contains_the_ratio_of_means() -> None:
    assert compared(SLOW, FAST).estimate == ratio(SLOW, FAST)


def test_the_lower_bound_excludes_five_percent() -> None:
    for slow, fast in ((SLOW, FAST), (NEARLY, ALIKE)):
        found = compared(slow, fast)
        assert math.log(found.lower) == pytest.approx(at(0.05, slow, fast)[0])
        assert found.estimate.low < found.lower < found.estimate.value


def test_the_p_value_is_that_of_the_widest_interval_below_one() -> None:
    found = compared(NEARLY, ALIKE)
    assert 0.02 < found.p_below < 0.2
    tail = found.p_below / 2
    assert at(tail, NEARLY, ALIKE)[1] < 0 <= at(tail - 1e-4, NEARLY, ALIKE)[1]


def test_the_p_value_agrees_with_the_interval() -> None:
    below = [[epochs * 10 // k for epochs in NEARLY] for k in range(8, 20)]
    decided = [compared(arm, ALIKE) for arm in below]
    assert {one.estimate.high < 1 for one in decided} == {True, False}
    for one in decided:
        assert (one.estimate.high < 1) == (one.p_below <= 0.05)


def test_the_p_value_has_a_minimum_and_a_maximum() -> None:
    assert compared(FAST, SLOW).p_below == 2 / 10_000
    assert compared(SLOW, FAST).p_below == 1


@pytest.mark.parametrize("cut", [(1, 0), (0, 1), (2, 3)])
def test_censoring_opens_bound_and_p_value_like_the_interval(
    cut: tuple[int, int],
) -> None:
    full, found = compared(FAST, SLOW), compared(FAST, SLOW, cut)
    assert found.lower == (0 if cut[1] else full.lower)
    assert found.p_below == (1 if cut[0] else full.p_below)


def test_one_run_gives_no_bound() -> None:
    for slow, fast in (([400], FAST), (FAST, [4000]), ([4], [400])):
        found = compared(slow, fast)
        assert (found.lower, found.p_below) == (0, 1)


def test_another_threshold_is_another_unit() -> None:
    """That a ratio is below 2 is that half of it is below 1; only the estimate stays as it was."""
    for slow, fast in ((SLOW, FAST), (NEARLY, ALIKE)):
        doubled = [2 * epochs for epochs in fast]
        halved, found = (
            compared(slow, doubled),
            compare(times(slow), times(fast), np.random.default_rng(3), threshold=2),
        )
        assert found.p_below == halved.p_below
        assert found.lower == pytest.approx(2 * halved.lower)
        assert found.estimate == ratio(slow, fast)
        assert (found.threshold, halved.threshold) == (2, 1)
