"""The ratio of means and its interval, against loops, closed forms and invariances."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.errors import UserError
from repro.statistics import ConvergenceTimes, compare, ratio_of_means
from repro.statistics.ratio import (
    FEW_VALUES,
    NO_SPREAD,
    ONE_RUN,
    bootstrap_t,
    log_ratio,
    resample,
    studentised,
    tails,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.verdicts import Estimate

SLOW = [1200, 3400, 900, 5600, 2100, 1500, 4300, 800, 2600, 3100]
FAST = [150, 210, 180, 120, 260, 190, 170]


def times(epochs: list[int], censored: int = 0) -> ConvergenceTimes:
    """Make the first `censored` runs censored."""
    return ConvergenceTimes(np.array(epochs, dtype=np.int64), np.arange(len(epochs)) < censored)


def ratio(slow: list[int], fast: list[int], seed: int = 3) -> Estimate:
    return ratio_of_means(times(slow), times(fast), np.random.default_rng(seed))


def row(values: list[int]) -> NDArray[np.float64]:
    return np.array([values], dtype=np.float64)


def test_moments_by_hand() -> None:
    # Means 200 and 100; s² = 20,000 and 0; variance of the log = 20,000 / (2 x 200²) = 1/4.
    one = np.ones((1, 2))
    value, error = log_ratio(row([100, 300]), row([100, 100]), one, one)
    assert value == pytest.approx(math.log(2))
    assert error == pytest.approx(0.5)
    # The resample (300, 300) over (100, 100) has no spread.
    value, error = log_ratio(row([100, 300]), row([100, 100]), np.array([[0.0, 2.0]]), one)
    assert value == pytest.approx(math.log(3))
    assert error == 0


def test_tails_are_the_25th_from_either_end_of_999() -> None:
    values = np.random.default_rng(0).permuted(np.arange(1.0, 1000.0))
    low, high = tails(np.stack([values, values * 2]))
    assert low.tolist() == [25, 50]
    assert high.tolist() == [975, 1950]


def loop(
    slow: list[int],
    fast: list[int],
    slow_counts: NDArray[np.float64],
    fast_counts: NDArray[np.float64],
) -> tuple[float, float]:
    """Bootstrap-t as in the textbook, one resample at a time."""

    def point(top: list[int], bottom: list[int]) -> tuple[float, float]:
        means = [statistics.mean(top), statistics.mean(bottom)]
        errors = [statistics.variance(arm) / len(arm) for arm in (top, bottom)]
        variance = errors[0] / means[0] ** 2 + errors[1] / means[1] ** 2
        return math.log(means[0]) - math.log(means[1]), math.sqrt(variance)

    center, error = point(slow, fast)
    pivots = []
    for top, bottom in zip(slow_counts.astype(int), fast_counts.astype(int), strict=True):
        value, spread = point(np.repeat(slow, top).tolist(), np.repeat(fast, bottom).tolist())
        pivots.append((value - center) / spread)
    pivots.sort()
    k = round(0.025 * (len(pivots) + 1))
    return center - pivots[-k] * error, center - pivots[k - 1] * error


def test_interval_agrees_with_a_loop() -> None:
    rng = np.random.default_rng(11)
    counts = resample(len(SLOW), 399, rng), resample(len(FAST), 399, rng)
    low, high = bootstrap_t(row(SLOW), row(FAST), *counts)
    assert (low[0], high[0]) == pytest.approx(loop(SLOW, FAST, *counts))


def test_public_interval_is_that_of_the_chosen_method() -> None:
    estimate = ratio(SLOW, FAST)
    low, high = studentised(row(SLOW), row(FAST), np.random.default_rng(3))
    assert estimate.value == pytest.approx(2550 / (1280 / 7))
    assert (estimate.low, estimate.high) == pytest.approx((math.exp(low[0]), math.exp(high[0])))
    assert (estimate.unit, estimate.bound) == ("", "exact")


def test_large_samples_give_the_normal_interval() -> None:
    # Mean 1000 and sd 200 against mean 500 and sd 50, 500 runs each, so that the bootstrap's
    # quantiles tend to the normal ones.
    rng = np.random.default_rng(5)
    slow = np.round(rng.normal(1000, 200, 500)).astype(int).tolist()
    fast = np.round(rng.normal(500, 50, 500)).astype(int).tolist()
    half = 1.96 * math.sqrt((0.2**2 + 0.1**2) / 500)
    estimate = ratio(slow, fast)
    assert math.log(estimate.high / estimate.value) == pytest.approx(half, rel=0.1)
    assert math.log(estimate.value / estimate.low) == pytest.approx(half, rel=0.1)


def test_resamples_are_uniform_draws_with_replacement() -> None:
    counts = resample(3, 20_000, np.random.default_rng(2))
    assert (counts.sum(axis=1) == 3).all()
    assert counts.mean(axis=0) == pytest.approx([1, 1, 1], abs=0.03)
    # A run is left out with probability (2/3)³ = 8/27.
    assert (counts == 0).mean(axis=0) == pytest.approx([8 / 27] * 3, abs=0.02)


arms = st.lists(st.integers(1, 12_000), min_size=2, max_size=12)


@settings(max_examples=50, deadline=None)
@given(slow=arms, fast=arms, seed=st.integers(0, 99))
def test_swapping_the_arms_with_their_resamples_negates_the_interval(
    slow: list[int], fast: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    top, bottom = resample(len(slow), 199, rng), resample(len(fast), 199, rng)
    low, high = bootstrap_t(row(slow), row(fast), top, bottom)
    swapped_low, swapped_high = bootstrap_t(row(fast), row(slow), bottom, top)
    assert swapped_low == pytest.approx(-high, abs=1e-9)
    assert swapped_high == pytest.approx(-low, abs=1e-9)


def test_swapping_the_arms_inverts_the_interval_up_to_bootstrap_noise() -> None:
    there, back = ratio(SLOW, FAST), ratio(FAST, SLOW)
    assert back.value == pytest.approx(1 / there.value)
    assert back.low == pytest.approx(1 / there.high, rel=0.05)
    assert back.high == pytest.approx(1 / there.low, rel=0.05)


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(slow=arms, fast=arms, unit=st.integers(2, 4096), seed=st.integers(0, 99))
def test_the_unit_of_one_arm_scales_the_ratio(
    slow: list[int], fast: list[int], unit: int, seed: int
) -> None:
    plain = ratio(slow, fast, seed)
    scaled = ratio([unit * epochs for epochs in slow], fast, seed)
    assert scaled.value == pytest.approx(unit * plain.value)
    assert (scaled.low, scaled.high) == pytest.approx((unit * plain.low, unit * plain.high))


@pytest.mark.parametrize(
    ("slow_censored", "fast_censored", "bound", "open_low", "open_high"),
    [
        (0, 0, "exact", False, False),
        (1, 0, "lower", False, True),
        (10, 0, "lower", False, True),
        (0, 1, "upper", True, False),
        (2, 3, "none", True, True),
    ],
)
def test_censored_runs_open_an_end(
    slow_censored: int, fast_censored: int, bound: str, *, open_low: bool, open_high: bool
) -> None:
    full = ratio(SLOW, FAST)
    slow, fast = times(SLOW, slow_censored), times(FAST, fast_censored)
    estimate = ratio_of_means(slow, fast, np.random.default_rng(3))
    assert estimate.value == full.value
    assert estimate.low == (0 if open_low else full.low)
    assert estimate.high == (math.inf if open_high else full.high)
    assert estimate.bound == bound


@pytest.mark.parametrize(
    ("slow", "fast", "note"),
    [
        ([2780, 2780], [200, 200], NO_SPREAD),
        ([2780, 2781], [200, 200], FEW_VALUES),
        ([2780, 2781], [200, 201], FEW_VALUES),
        ([600, 600, 600], [200, 200], NO_SPREAD),
        ([600] * 30, [200] * 30, NO_SPREAD),
        ([2780], [200, 201], ONE_RUN),
    ],
)
def test_ties_give_no_interval(slow: list[int], fast: list[int], note: str) -> None:
    estimate = ratio(slow, fast)
    assert (estimate.low, estimate.high, estimate.note) == (0, math.inf, note)
    compared = compare(times(slow), times(fast), np.random.default_rng(3))
    assert (compared.lower, compared.p_below) == (0, 1)


def test_an_interval_needs_no_note() -> None:
    assert ratio(SLOW, FAST).note == ""


@pytest.mark.slow
@given(
    st.lists(st.integers(100, 105), min_size=2, max_size=6),
    st.lists(st.integers(100, 105), min_size=2, max_size=6),
)
def test_a_tie_is_never_more_certain_than_almost_a_tie(slow: list[int], fast: list[int]) -> None:
    """If the longest time of each arm is a little longer, the interval hardly changes."""
    tied = ratio([1000 * epochs for epochs in slow], [1000 * epochs for epochs in fast])
    slow, fast = ([1000 * e for e in arm] for arm in (slow, fast))
    for arm in (slow, fast):
        arm[arm.index(max(arm))] += 1
    nearly = ratio(slow, fast)
    assert tied.low <= nearly.low * 1.001
    assert tied.high >= nearly.high / 1.001


def test_one_arm_without_spread_gives_an_interval() -> None:
    estimate = ratio(SLOW, [200] * 10)
    assert 0 < estimate.low < estimate.value < estimate.high < math.inf


@pytest.mark.parametrize(
    ("slow", "fast", "value"),
    [
        ([400], [100, 200, 300], 2.0),
        ([400, 500], [100], 4.5),
        ([400], [100], 4.0),
        # A sixteenth of the resamples repeats the longer and the shorter run and has no spread.
        ([100, 300], [50, 150], 2.0),
        # An eighth has almost no spread, and an end beyond the largest float.
        ([1, 11999], [5999, 6001], 1.0),
    ],
)
def test_too_few_runs_leave_both_ends_open(slow: list[int], fast: list[int], value: float) -> None:
    estimate = ratio(slow, fast)
    assert (estimate.value, estimate.low, estimate.high) == (value, 0, math.inf)


@pytest.mark.parametrize(
    ("slow", "fast", "name"), [([], [1], "numerator"), ([1], [], "denominator")]
)
def test_an_arm_without_runs_is_refused(slow: list[int], fast: list[int], name: str) -> None:
    with pytest.raises(UserError, match=f"the {name} has no run"):
        ratio(slow, fast)


def test_the_generator_determines_the_interval() -> None:
    assert ratio(SLOW, FAST, seed=1) == ratio(SLOW, FAST, seed=1)
    assert ratio(SLOW, FAST, seed=1).low != ratio(SLOW, FAST, seed=2).low
