"""The candidate intervals, against scipy and the properties that the study's design uses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from repro.statistics.interval_candidates import CANDIDATES, delta, percentile, t_on_logs

DATA = np.random.default_rng(8)
SLOW = DATA.lognormal(1.0, 0.8, (4, 9))
FAST = DATA.lognormal(0.0, 0.3, (4, 6))
RNG = np.random.default_rng(0)


def test_t_on_logs_is_welch() -> None:
    low, high = t_on_logs(SLOW, FAST, RNG)
    welch = stats.ttest_ind(np.log(SLOW), np.log(FAST), axis=1, equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert low == pytest.approx(interval.low)
    assert high == pytest.approx(interval.high)


def test_delta_is_welch_on_linearised_logs() -> None:
    def linearised(times: np.ndarray) -> np.ndarray:
        mean = times.mean(axis=1, keepdims=True)
        return np.asarray(np.log(mean) + (times - mean) / mean)

    low, high = delta(SLOW, FAST, RNG)
    welch = stats.ttest_ind(linearised(SLOW), linearised(FAST), axis=1, equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert low == pytest.approx(interval.low)
    assert high == pytest.approx(interval.high)


def test_percentile_agrees_with_scipy() -> None:
    def statistic(top: np.ndarray, bottom: np.ndarray, axis: int) -> np.ndarray:
        return np.asarray(np.log(top.mean(axis=axis) / bottom.mean(axis=axis)))

    ours = percentile(SLOW[:1], FAST[:1], np.random.default_rng(1))
    theirs = stats.bootstrap(
        (SLOW[0], FAST[0]),
        statistic,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval
    width = theirs.high - theirs.low
    assert ours[0][0] == pytest.approx(theirs.low, abs=0.05 * width)
    assert ours[1][0] == pytest.approx(theirs.high, abs=0.05 * width)


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_unit_only_shifts_the_interval(name: str) -> None:
    interval = CANDIDATES[name]
    plain = interval(SLOW, FAST, np.random.default_rng(4))
    scaled = interval(10 * SLOW, FAST, np.random.default_rng(4))
    for end, shifted in zip(plain, scaled, strict=True):
        assert shifted == pytest.approx(end + np.log(10))


@pytest.mark.parametrize("name", CANDIDATES)
def test_swapping_the_arms_negates_the_interval(name: str) -> None:
    interval = CANDIDATES[name]
    low, high = interval(SLOW, FAST, np.random.default_rng(4))
    swapped_low, swapped_high = interval(FAST, SLOW, np.random.default_rng(4))
    # The bootstraps draw again for the swapped arms, so their ends differ by noise.
    noise = 0 if name in {"t on logs", "delta"} else 0.1
    assert swapped_low == pytest.approx(-high, abs=1e-9 + noise * (high - low).max())
    assert swapped_high == pytest.approx(-low, abs=1e-9 + noise * (high - low).max())
