"""The change of a ratio, against the ratio itself and against what is known by construction."""

from __future__ import annotations

import math

import numpy as np
import pytest

from claims.transfer._resampling import Resampling
from repro.errors import UserError
from repro.statistics import Arms, ConvergenceTimes, ratio_change, ratio_of_means
from repro.statistics.ratio import NO_SPREAD

SLOW, FAST = (310, 420, 350, 510, 470), (100, 140, 90, 120)
NEVER = (False,) * 5


def times(epochs: tuple[int, ...], censored: int | None = None) -> ConvergenceTimes:
    flags = np.zeros(len(epochs), bool)
    if censored is not None:
        flags[censored] = True
    return ConvergenceTimes(np.array(epochs), flags)


def constant(epochs: int, like: tuple[int, ...]) -> ConvergenceTimes:
    return times((epochs,) * len(like))


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_before_constant_times_it_is_the_ratio_over_a_constant() -> None:
    before = Arms(constant(200, SLOW), constant(50, FAST))
    changed = ratio_change(Arms(times(SLOW), times(FAST)), before, rng())
    ratio = ratio_of_means(times(SLOW), times(FAST), rng())
    for mine, other in (
        (changed.value, ratio.value),
        (changed.low, ratio.low),
        (changed.high, ratio.high),
    ):
        assert mine == pytest.approx(other / 4)


def test_what_both_conditions_share_of_each_seed_cancels() -> None:
    """Each run takes three times as long after, so the change is known exactly, whatever the spread."""
    after = Arms(times(tuple(3 * t for t in SLOW)), times(FAST))
    changed = ratio_change(after, Arms(times(SLOW), times(FAST)), rng())
    assert (changed.low, changed.value, changed.high) == pytest.approx((3, 3, 3))


def test_equal_times_show_no_spread() -> None:
    after, before = (
        Arms(constant(slow, SLOW), constant(fast, FAST)) for slow, fast in ((900, 30), (300, 20))
    )
    changed = ratio_change(after, before, rng())
    assert changed.value == pytest.approx(2)
    assert (changed.low, changed.high, changed.note) == (0, math.inf, NO_SPREAD)


def test_in_the_other_order_it_is_the_inverse() -> None:
    one, other = Arms(times(SLOW), times(FAST)), Arms(times(SLOW[::-1]), times((70, 95, 80, 130)))
    there, back = ratio_change(one, other, rng()), ratio_change(other, one, rng())
    assert there.value * back.value == pytest.approx(1)
    assert there.low * back.high == pytest.approx(1)


def test_intervals_that_hold_together_are_wider() -> None:
    one, other = Arms(times(SLOW), times(FAST)), Arms(times(SLOW[::-1]), times(FAST[::-1]))
    alone, together = (ratio_change(one, other, rng(), n) for n in (1, 3))
    assert together.low < alone.low < alone.value < alone.high < together.high


@pytest.mark.slow
def test_it_holds_as_often_as_it_says() -> None:
    """Lognormal times of which half of the spread is the seed's: the true change is 2."""
    source, inside, sets = np.random.default_rng(1), 0, 200
    for _ in range(sets):
        seeds = source.normal(0, 0.4, (2, 30))
        drawn = [np.exp(5 + each + source.normal(0, 0.4, 30)) for each in (*seeds, *seeds)]
        drawn[0] *= 2
        top, bottom, top_before, bottom_before = (times(tuple(map(round, one))) for one in drawn)
        found = ratio_change(
            Arms(top, bottom), Arms(top_before, bottom_before), Resampling("tests")
        )
        inside += found.low <= 2 <= found.high
    # A 95 % interval: 190 are expected, with a standard deviation of 3.1.
    assert 180 <= inside <= 199


@pytest.mark.parametrize(
    ("place", "bound"),
    [(0, "lower"), (1, "upper"), (2, "upper"), (3, "lower")],
)
def test_censored_runs_leave_an_end_open(place: int, bound: str) -> None:
    arms = [
        times(arm, censored=0 if at == place else None) for at, arm in enumerate((SLOW, FAST) * 2)
    ]
    found = ratio_change(Arms(*arms[:2]), Arms(*arms[2:]), rng())
    assert found.bound == bound
    assert (found.low == 0, found.high == math.inf) == (bound == "upper", bound == "lower")


def test_one_run_shows_no_spread() -> None:
    arms = Arms(times((30,)), times((10,)))
    found = ratio_change(arms, arms, rng())
    assert (found.value, found.low, found.high) == (1, 0, math.inf)


def test_both_conditions_need_the_same_runs() -> None:
    with pytest.raises(UserError, match="given 5 and 4 runs of the numerator"):
        ratio_change(Arms(times(SLOW), times(FAST)), Arms(times(FAST), times(FAST)), rng())
