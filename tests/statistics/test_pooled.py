"""Statistics over settings that share their seeds, against loops, grids and simulation."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import UserError
from repro.statistics import (
    ConvergenceTimes,
    compare,
    compare_pooled,
    geometric_mean,
    ratio_of_means,
)
from repro.statistics.pooled import log_mean
from repro.statistics.ratio import NO_SPREAD, resample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Arm = list[list[ConvergenceTimes]]

INF = math.inf


def generator() -> np.random.Generator:
    return np.random.default_rng(5)


def arm(*topologies: Sequence[Sequence[int]], censored: bool = False) -> Arm:
    """Make times by topology and setting; `censored` censors the last run."""
    arm_times = [
        [ConvergenceTimes(np.array(setting), np.zeros(len(setting), bool)) for setting in topology]
        for topology in topologies
    ]
    if censored:
        arm_times[-1][-1].censored[-1] = True
    return arm_times


# Two topologies, with two settings and one, and with different numbers of seeds.
SLOW = arm([[400, 900, 500, 700], [300, 1100, 450, 600]], [[2000, 1500, 2600, 1900, 1700]])
MIDDLE = arm([[300, 500, 260, 410, 330], [250, 480, 200, 390, 310]], [[900, 1300, 800, 1000]])
PAIRS = arm([[400, 900], [300, 1100]], [[2000, 1500]])
FAST = arm([[100, 150, 90], [120, 160, 80]], [[200, 220, 170, 190]])


def drawn(arm_times: Arm, rng: np.random.Generator, resamples: int) -> list[NDArray[np.float64]]:
    return [resample(topology[0].epochs.size, resamples, rng) for topology in arm_times]


def loop(arm_times: Arm, counts: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Mean log of mean times and its variance, one seed at a time."""
    value = variance = 0.0
    settings = sum(map(len, arm_times))
    for topology, often in zip(arm_times, counts, strict=True):
        seeds = [seed for seed, times in enumerate(often) for _ in range(int(times))]
        means = [statistics.mean(int(one.epochs[seed]) for seed in seeds) for one in topology]
        value += sum(map(math.log, means))
        moved = [
            sum(int(one.epochs[seed]) / mean for one, mean in zip(topology, means, strict=True))
            for seed in seeds
        ]
        n = len(seeds)
        variance += sum((x - statistics.mean(moved)) ** 2 for x in moved) / n / (n - 1)
    return value / settings, variance / settings**2


@pytest.mark.parametrize("arm_times", [SLOW, PAIRS], ids=["several seeds", "two seeds"])
def test_log_means_agree_with_a_loop(arm_times: Arm) -> None:
    counts = drawn(arm_times, generator(), 50)
    values, variances = log_mean(arm_times, generator(), 50)
    ones = [[1] * topology[0].epochs.size for topology in arm_times]
    assert (values[0], variances[0]) == pytest.approx(loop(arm_times, ones))
    for draw in range(50):
        expected = loop(arm_times, [each[draw] for each in counts])
        assert (values[draw + 1], variances[draw + 1]) == pytest.approx(expected, abs=1e-15)


def test_the_geometric_mean_agrees_with_a_loop() -> None:
    rng, B = generator(), 399
    counts = [drawn(one, rng, B) for one in (SLOW, FAST)]
    whole = [[[1] * topology[0].epochs.size for topology in one] for one in (SLOW, FAST)]

    def point(draws: Sequence[Sequence[Sequence[float]]]) -> tuple[float, float]:
        top, bottom = (loop(one, draw) for one, draw in zip((SLOW, FAST), draws, strict=True))
        return top[0] - bottom[0], math.sqrt(top[1] + bottom[1])

    center, error = point(whole)
    pivots = []
    for draw in range(B):
        value, spread = point([[each[draw] for each in one] for one in counts])
        pivots.append((value - center) / spread if spread > 1e-9 else math.copysign(INF, value))
    pivots.sort()
    found = geometric_mean(SLOW, FAST, generator(), B)
    assert found.value == pytest.approx(math.exp(center))
    # k = 0.025 x 400 = 10.
    assert math.log(found.low) == pytest.approx(center - pivots[-10] * error)
    assert math.log(found.high) == pytest.approx(center - pivots[9] * error)


def test_the_value_is_the_geometric_mean_of_the_ratios() -> None:
    ratios = [625 / (340 / 3), 612.5 / 120, 1940 / 195]
    assert geometric_mean(SLOW, FAST, generator(), 99).value == pytest.approx(
        statistics.geometric_mean(ratios)
    )


def test_for_a_single_setting_it_is_the_ratio_of_means() -> None:
    top, bottom = SLOW[1:], MIDDLE[1:]
    found = geometric_mean(top, bottom, generator())
    alone = ratio_of_means(top[0][0], bottom[0][0], generator())
    assert (found.value, found.low, found.high) == pytest.approx(
        (alone.value, alone.low, alone.high)
    )
    assert found.bound == alone.bound


def test_equal_settings_count_as_one() -> None:
    """Three copies of a setting give no more information than one: their seeds are the same."""
    one = geometric_mean(SLOW[1:], MIDDLE[1:], generator())
    three = geometric_mean([SLOW[1] * 3], [MIDDLE[1] * 3], generator())
    assert (three.low, three.high) == pytest.approx((one.low, one.high))
    apart = geometric_mean(SLOW[1:] * 3, MIDDLE[1:] * 3, generator())
    assert apart.high / apart.low < 0.9 * one.high / one.low


@pytest.mark.parametrize(
    ("cut", "bound"),
    [
        ((False, False), "exact"),
        ((True, False), "lower"),
        ((False, True), "upper"),
        ((True, True), "none"),
    ],
)
def test_a_censored_run_anywhere_makes_it_a_bound(cut: tuple[bool, bool], bound: str) -> None:
    slow, fast = ([[400, 900, 500]], [[700, 800, 650]]), ([[100, 150, 90]], [[120, 160, 80]])
    top, bottom = arm(*slow, censored=cut[0]), arm(*fast, censored=cut[1])
    full = geometric_mean(arm(*slow), arm(*fast), generator())
    found = geometric_mean(top, bottom, generator())
    assert (found.value, found.bound) == (full.value, bound)
    assert found.low == (0 if cut[1] else full.low)
    assert found.high == (INF if cut[0] else full.high)


def test_one_run_in_a_topology_leaves_both_ends_open() -> None:
    many, few = [[500, 600, 550, 480, 620, 510]], [[400]]
    for top, bottom in ((few, many), (many, few)):
        found = geometric_mean(arm(many, top), arm(many, bottom), generator())
        assert (found.low, found.high) == (0, INF)


def test_equal_times_have_no_spread_whatever_is_rounded() -> None:
    # 1/49 x 49 is not 1 in binary.
    _, variances = log_mean(arm([[49] * 7, [7] * 7]), generator(), 50)
    assert (variances == 0).all()


def test_arms_without_spread_give_no_interval() -> None:
    found = geometric_mean(
        arm([[400] * 3], [[900] * 2]), arm([[100] * 2], [[100] * 2]), generator()
    )
    assert found.value == pytest.approx(6)
    assert (found.low, found.high, found.note) == (0, INF, NO_SPREAD)


def simulated(rng: np.random.Generator, shared: float, own: float) -> Arm:
    """Make ten seeds on 3 topologies x 3 settings; a seed's settings share part of their spread."""
    arm_times: Arm = []
    for _ in range(3):
        logs = shared * rng.normal(size=(10, 1)) + own * rng.normal(size=(10, 3))
        epochs = np.maximum(np.round(1000 * np.exp(logs)), 1).astype(int)
        arm_times.append([ConvergenceTimes(column, np.zeros(10, bool)) for column in epochs.T])
    return arm_times


@pytest.mark.slow
def test_coverage_is_near_nominal_but_not_if_seeds_are_resampled_separately() -> None:
    """The true geometric mean is 1: both arms have the same distribution."""
    rng, data_sets = np.random.default_rng(17), 300
    joint = apart = 0
    for _ in range(data_sets):
        arms = [simulated(rng, 0.5, 0.2) for _ in range(2)]
        found = geometric_mean(arms[0], arms[1], rng, 399)
        joint += found.low < 1 < found.high
        single = [[[setting] for topology in one for setting in topology] for one in arms]
        found = geometric_mean(single[0], single[1], rng, 399)
        apart += found.low < 1 < found.high
    assert 0.925 <= joint / data_sets <= 0.975
    assert apart / data_sets < 0.85


@pytest.mark.parametrize(
    ("numerator", "denominator", "says"),
    [
        ([], [], r"given arms with \[\] and \[\] settings"),
        ([[[1, 2]]], [[[1, 2]], [[1, 2]]], r"given arms with \[1\] and \[1, 1\] settings"),
        ([[[1, 2], [1, 2]]], [[[1, 2]]], r"given arms with \[2\] and \[1\] settings"),
        ([[]], [[]], r"given arms with \[0\] and \[0\] settings"),
        ([[[1, 2], [1]]], [[[1], [1]]], r"settings have \[2, 1\] runs; expected the same seeds"),
        ([[[1]]], [[[]]], r"settings have \[0\] runs"),
    ],
)
def test_arms_that_do_not_match_are_refused(
    numerator: list[list[list[int]]], denominator: list[list[list[int]]], says: str
) -> None:
    with pytest.raises(UserError, match=says):
        geometric_mean(arm(*numerator), arm(*denominator), generator())


def test_one_setting_is_compared_as_one_ratio() -> None:
    slow, fast = arm([[1200, 3400, 900, 5600]]), arm([[400, 1210, 280, 190, 270]])
    found = compare_pooled(slow, fast, generator(), threshold=1.25)
    one = compare(slow[0][0], fast[0][0], generator(), threshold=1.25)
    assert found.estimate == geometric_mean(slow, fast, generator())
    assert found.lower == pytest.approx(one.lower)
    assert found.p_below == one.p_below
    assert found.threshold == 1.25


def test_the_bound_and_the_p_value_of_several_settings_fit_their_interval() -> None:
    """An interval that lies just below the threshold has a p-value of just under 5 %."""
    slow, fast = (
        arm([[12, 34, 9, 56], [30, 20, 41, 18]], [[7, 9, 14]]),
        arm([[14, 31, 19, 25], [44, 27, 31, 36]], [[9, 16, 11]]),
    )
    usual = compare_pooled(slow, fast, generator())
    high = usual.estimate.high
    above, below = (
        compare_pooled(slow, fast, generator(), threshold=high * factor)
        for factor in (1.001, 0.999)
    )
    assert above.p_below <= 0.05 < below.p_below
    assert usual.estimate.low < usual.lower < usual.estimate.value


def test_censored_runs_leave_nothing_to_reject() -> None:
    slow, fast = arm([[12, 34, 9, 56]]), arm([[14, 31, 19, 25]])
    censored = arm([[12, 34, 9, 56]], censored=True)
    assert compare_pooled(censored, fast, generator(), 1e6).p_below == 1
    assert compare_pooled(slow, censored, generator(), 1e-6).lower == 0
