"""The probability of improvement, against pairs counted by hand, brute force and simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.errors import UserError
from repro.statistics import ConvergenceTimes, Probability, probability_of_improvement


def times(epochs: list[int], censored: int = 0) -> ConvergenceTimes:
    """Make the last `censored` runs censored."""
    cut = np.arange(len(epochs)) >= len(epochs) - censored
    return ConvergenceTimes(np.array(epochs, dtype=np.int64), cut)


def chance(slow: list[int], fast: list[int], cut: tuple[int, int] = (0, 0)) -> Probability:
    return probability_of_improvement(times(slow, cut[0]), times(fast, cut[1]))


def test_pairs_by_hand() -> None:
    # 5 > 2, 5 > 3, 5 = 5; 1 < 2, 1 < 3, 1 < 5: two and a half of six.
    found = chance([5, 1], [2, 3, 5])
    assert found.least == found.most == pytest.approx(2.5 / 6)
    assert found.low < 2.5 / 6 < found.high


def test_a_censored_run_leaves_open_only_undecided_pairs() -> None:
    # The run of 5 or more is certainly above 2 and 3, above 5 or equal to it, perhaps above 9.
    found = chance([1, 5], [2, 3, 5, 9], (1, 0))
    assert (found.least, found.most) == (2.5 / 8, 4 / 8)
    # The run of 3 or more in the other arm is not below 2, and perhaps not below 5.
    found = chance([2, 5], [1, 3], (0, 1))
    assert (found.least, found.most) == (2 / 4, 3 / 4)
    assert chance([2, 5], [1, 3], (2, 2)) == Probability(0, 1, 0, 1)
    # Above all observed times, whatever its true time.
    found = chance([7, 8], [2, 3], (2, 0))
    assert (found.least, found.most) == (1, 1)


completed = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6), st.booleans()), min_size=1)


@settings(max_examples=60, deadline=None)
@given(slow=completed, fast=completed)
def test_the_truth_lies_between_least_and_most(
    slow: list[tuple[int, int, bool]], fast: list[tuple[int, int, bool]]
) -> None:
    def arm(runs: list[tuple[int, int, bool]]) -> ConvergenceTimes:
        cut = np.array([c for _, _, c in runs])
        return ConvergenceTimes(np.array([e for e, _, _ in runs]), cut)

    full = [[e + later * cut for e, later, cut in runs] for runs in (slow, fast)]
    pairs = list(itertools.product(*full))
    truth = sum((x > y) + (x == y) / 2 for x, y in pairs) / len(pairs)
    found = probability_of_improvement(arm(slow), arm(fast))
    assert found.low <= found.least <= truth + 1e-12
    assert truth - 1e-12 <= found.most <= found.high


@pytest.mark.parametrize(
    ("slow", "fast"), [([3, 5, 7, 8], [2, 4, 6]), ([5, 6, 7, 8], [1, 2, 3]), ([9, 1, 1], [2, 3, 4])]
)
def test_the_ends_are_those_of_the_probabilities_not_rejected(
    slow: list[int], fast: list[int]
) -> None:
    found = chance(slow, fast)
    n, m = len(slow), len(fast)
    held = []
    for p in np.linspace(0, 1, 200_001)[1:-1]:
        # Hanley and McNeil (1982), their Q1 and Q2, with both sizes replaced by the mean size.
        first, second = p / (2 - p), 2 * p**2 / (1 + p)
        beyond = (n + m) / 2 - 1
        variance = (p * (1 - p) + beyond * (first - p**2 + second - p**2)) / (n * m)
        if abs(found.least - p) <= 1.959964 * math.sqrt(variance):
            held.append(p)
    assert found.low == pytest.approx(min(held), abs=1e-5)
    assert found.high == pytest.approx(max(held), abs=1e-5)


def test_the_interval_has_width_where_arms_do_not_overlap() -> None:
    ten = chance(list(range(100, 110)), list(range(10, 20)))
    thirty = chance(list(range(100, 130)), list(range(10, 40)))
    assert ten.high == thirty.high == 1
    assert 0.75 < ten.low < 0.85 < thirty.low < 0.95


@given(slow=st.lists(st.integers(1, 9), min_size=1), fast=st.lists(st.integers(1, 9), min_size=1))
@settings(max_examples=60, deadline=None)
def test_swapping_the_arms_gives_the_complement(slow: list[int], fast: list[int]) -> None:
    there, back = chance(slow, fast), chance(fast, slow)
    assert back.least == pytest.approx(1 - there.most)
    assert back.low == pytest.approx(1 - there.high, abs=1e-9)
    assert back.high == pytest.approx(1 - there.low, abs=1e-9)


def test_one_run_each_is_wilson_s_interval() -> None:
    found = chance([2], [1])
    assert (found.least, found.high) == (1, 1)
    assert found.low == pytest.approx(1 / (1 + 1.959964**2), abs=1e-6)


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.5])
def test_coverage_at_ten_runs_is_near_nominal(shift: float) -> None:
    # Log-normal times whose logs differ by `shift`: P(X > Y) = Phi(shift / sqrt(2)).
    truth = 0.5 * (1 + math.erf(shift / 2))
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(1000):
        slow, fast = (np.ceil(1000 * np.exp(rng.normal(at, 1, 10))) for at in (shift, 0))
        found = chance(slow.astype(int).tolist(), fast.astype(int).tolist())
        held += found.low <= truth <= found.high
    assert 0.93 <= held / 1000 <= 0.985


@pytest.mark.parametrize(("slow", "fast"), [([], [1]), ([1], [])])
def test_an_arm_without_runs_is_refused(slow: list[int], fast: list[int]) -> None:
    with pytest.raises(UserError, match=r"probability of improvement: given . and . runs"):
        chance(slow, fast)
