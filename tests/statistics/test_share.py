"""The share of a gap, against arithmetic, a grid and simulation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import UserError
from repro.statistics import ConvergenceTimes, factorisation_share
from repro.statistics.pooled import log_mean
from repro.statistics.share import _fieller
from tests.statistics.test_pooled import FAST, MIDDLE, SLOW, arm, generator, simulated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.verdicts import Estimate

INF = math.inf
NEARLY = (999, 999, 1001, 1001)


def flat(start: int, middle: int, end: int) -> Estimate | None:
    """Compute the share for arms whose runs have almost the same time, given in thousands of epochs."""
    P, F, C = (arm([[epochs * near for near in NEARLY]]) for epochs in (start, middle, end))
    return factorisation_share(P, F, C, generator())


def test_the_share_by_hand() -> None:
    # 1000 over 10 is a gap of log 100; 1000 over 100 is half of it.
    found = flat(1000, 100, 10)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5), abs=1e-2)
    for middle, share in ((1000, 0.0), (10, 1.0), (10_000, -0.5), (1, 1.5)):
        found = flat(1000, middle, 10)
        assert found is not None
        assert found.value == pytest.approx(share, abs=1e-6)


def test_arms_whose_times_are_all_equal_show_no_gap() -> None:
    P, F, C = (arm([[epochs] * 4]) for epochs in (1000, 100, 10))
    assert factorisation_share(P, F, C, generator()) is None


def test_rounding_leaves_the_share_a_number() -> None:
    for middle in range(11, 1000, 13):
        found = flat(1000, middle, 10)
        assert found is not None
        assert found.low == pytest.approx(found.high, abs=1e-2)
        assert found.value == pytest.approx(math.log10(1000 / middle) / 2)


def test_two_runs_leave_the_share_open() -> None:
    """Half of the resamples of two runs have no spread, so the interval is wider than the whole gap."""
    P, C = (arm([[epochs * near for near in NEARLY]]) for epochs in (1000, 10))
    found = factorisation_share(P, arm([[90_000, 110_000]]), C, generator())
    assert found is not None
    assert found.low < 0
    assert found.high > 1


def test_the_interval_contains_the_shares_that_are_not_rejected() -> None:
    found = factorisation_share(SLOW, MIDDLE, FAST, generator(), 999)
    rng = generator()
    P, F, C = (log_mean(one, rng, 999) for one in (SLOW, MIDDLE, FAST))

    def apart(share: float, draw: slice | int) -> NDArray[np.float64]:
        distance = P[0] - F[0] - share * (P[0] - C[0])
        error = np.sqrt((1 - share) ** 2 * P[1] + F[1] + share**2 * C[1])
        shift = distance - (distance[0] if draw != 0 else 0)
        return np.asarray((shift / error)[draw])

    assert found is not None
    assert found.value == pytest.approx((P[0] - F[0])[0] / (P[0] - C[0])[0])
    pivots = np.sort(apart(found.value, slice(1, None)))
    held = [s for s in np.linspace(-2, 3, 50_001) if pivots[24] <= apart(s, 0) <= pivots[-25]]
    assert found.low == pytest.approx(min(held), abs=2e-4)
    assert found.high == pytest.approx(max(held), abs=2e-4)
    assert found.bound == "exact"


@pytest.mark.parametrize(
    ("pivot", "gap", "end"),
    [
        (2.0, 1.0, INF),  # gap of one standard error
        (-2.0, 1.0, INF),
        (INF, 9.0, INF),
        (-INF, 9.0, INF),
    ],
)
def test_an_end_is_open_if_the_gap_is_not_significant(pivot: float, gap: float, end: float) -> None:
    found = _fieller(pivot, 0.5, gap, 0.5, 0.1, 0.5)
    assert found == (-end if pivot > 0 else end)


def test_without_a_gap_there_is_no_share() -> None:
    assert factorisation_share(MIDDLE, FAST, MIDDLE, generator()) is None
    assert factorisation_share(FAST, MIDDLE, SLOW, generator()) is None
    assert factorisation_share(arm([[9000]]), MIDDLE[1:], FAST[1:], generator()) is None
    assert factorisation_share(SLOW[1:], arm([[900]]), FAST[1:], generator()) is None
    censored = arm([[100, 150, 90], [120, 160, 80]], [[200, 220, 170, 190]], censored=True)
    assert factorisation_share(SLOW, MIDDLE, censored, generator()) is None


SHARES = {
    "start": arm([[3000, 3400, 2900, 3100]]),
    "middle": arm([[1000, 1100, 950, 1040]]),
    "end": arm([[100, 110, 96, 104]]),
    "faster": arm([[30, 33, 29, 31]]),
    "alike": arm([[98, 113, 97, 102]]),
}


def shared(start: str, middle: str, *cut: str) -> Estimate:
    """Compute a share of the gap to "end", with the last run of some arms censored."""
    arms = [
        arm([setting.epochs for setting in SHARES[name][0]], censored=name in cut)  # type: ignore[misc] # arrays are sequences of epochs
        for name in (start, middle, "end")
    ]
    found = factorisation_share(arms[0], arms[1], arms[2], generator())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("middle", "cut", "bound"),
    [
        ("middle", (), "exact"),
        ("middle", ("middle",), "upper"),
        ("middle", ("start",), "lower"),
        ("faster", ("start",), "upper"),
        ("alike", ("start",), "none"),
        ("middle", ("start", "middle"), "none"),
        ("faster", ("start", "faster"), "none"),
    ],
)
def test_censored_runs_make_the_share_a_bound(
    middle: str, cut: tuple[str, ...], bound: str
) -> None:
    full, found = shared("start", middle), shared("start", middle, *cut)
    assert (found.value, found.bound) == (full.value, bound)
    assert found.low == (-INF if bound in {"upper", "none"} else full.low)
    assert found.high == (INF if bound in {"lower", "none"} else full.high)


def test_a_later_time_moves_the_share_in_the_direction_of_its_bound() -> None:
    def share(start: int, middle: int) -> float:
        found = flat(start, middle, 100)
        assert found is not None
        return found.value

    assert share(4000, 1000) > share(3000, 1000)  # "lower": the middle arm is slower than the end
    assert share(4000, 30) < share(3000, 30)  # "upper": the middle arm is faster
    assert share(3000, 1200) < share(3000, 1000)  # "upper"


@pytest.mark.slow
def test_coverage_of_the_share_is_near_nominal() -> None:
    """Three arms whose logs of means span log 10; the first step is a quarter of it."""
    rng, data_sets, held = np.random.default_rng(23), 300, 0
    for _ in range(data_sets):
        start, middle, end = (
            [
                [
                    ConvergenceTimes((one.epochs * (50 / scale)).astype(int), one.censored)
                    for one in topology
                ]
                for topology in simulated(rng, 0.4, 0.2)
            ]
            for scale in (1, 10**0.25, 10)
        )
        found = factorisation_share(start, middle, end, rng, 399)
        held += found is not None and found.low < 0.25 < found.high
    assert 0.925 <= held / data_sets <= 0.975


def test_arms_that_do_not_match_are_refused() -> None:
    with pytest.raises(
        UserError, match=r"given arms with \[2, 1\] and \[1\] and \[2, 1\] settings"
    ):
        factorisation_share(SLOW, MIDDLE[1:], FAST, generator())
