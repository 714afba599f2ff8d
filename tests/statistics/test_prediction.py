"""The interval for a rerun's ratio: its ends by hand, and its coverage in simulated reruns."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.statistics.prediction import prediction_interval
from repro.statistics.ratio import studentised
from repro.verdicts import Estimate

RUNS, PAIRS = 30, 2000


def test_ends_are_root_two_times_as_far_on_the_log_scale() -> None:
    low, high = prediction_interval(Estimate(value=1.0, low=math.exp(-1), high=math.exp(3)))
    assert math.log(low) == pytest.approx(-1.4142135623730951)
    assert math.log(high) == pytest.approx(4.242640687119285)


def test_open_ends_stay_open() -> None:
    assert prediction_interval(Estimate(20.0, 0.0, math.inf, bound="none")) == (0.0, math.inf)


@given(st.floats(0.01, 100), st.floats(0.01, 1), st.floats(1, 100))
def test_it_contains_the_interval_of_the_mean(value: float, below: float, above: float) -> None:
    ratio = Estimate(value, value * below, value * above)
    low, high = prediction_interval(ratio)
    assert low <= ratio.low * (1 + 1e-12)
    assert high >= ratio.high * (1 - 1e-12)


def test_ratios_of_reruns_fall_in_it_as_often_as_it_says_and_more_rarely_in_that_of_the_mean() -> (
    None
):
    rng = np.random.default_rng(5)
    slow, fast, again_slow, again_fast = rng.lognormal(5, 0.3, (4, PAIRS, RUNS))
    low, high = studentised(slow, fast, rng, resamples=999)
    center = np.log(slow.mean(1) / fast.mean(1))
    rerun = again_slow.mean(1) / again_fast.mean(1)
    inside = 0
    for at, ends, seen in zip(center, zip(low, high, strict=True), rerun, strict=True):
        begin, end = prediction_interval(Estimate(*np.exp([at, *ends])))
        inside += begin <= seen <= end
    # The mean's interval has them with Φ(1.96 / √2) = 83.4 %: 1,669 of 2,000; four standard errors are 67.
    narrow = (low <= np.log(rerun)) & (np.log(rerun) <= high)
    assert narrow.sum() == pytest.approx(1669, abs=67)
    # Of 2,000 pairs 95 % are 1,900; four standard errors of a binomial count are 39.
    assert inside == pytest.approx(0.95 * PAIRS, abs=39)
