"""The rule of the explanation study, on comparisons made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from claims.explanation._shared import SMALLEST, compared, judge, variant, weakest
from repro.protocol import transfer
from repro.statistics import ConvergenceTimes
from repro.verdicts import Comparison, Estimate, Verdict

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
INF = math.inf


def ratio(low: float, high: float, p_below: float = 1.0) -> Comparison:
    bound = "lower" if high == INF else "exact"
    middle = low if high == INF else (low + high) / 2
    return Comparison(Estimate(middle, low, high, bound=bound), low, p_below, SMALLEST)


@pytest.mark.parametrize(
    ("comparisons", "verdict"),
    [
        ([ratio(1.26, 3)], YES),
        ([ratio(1.26, INF)], YES),
        ([ratio(1.25, 3)], OPEN),
        ([ratio(1.26, 3), ratio(1.1, 3)], OPEN),
        ([ratio(0.9, 1.2, 0.05)], NO),
        ([ratio(0.9, 1.2, 0.051)], OPEN),
        # Of two p-values the lower is doubled, by Holm's rule.
        ([ratio(1.26, 3), ratio(0.9, 1.2, 0.03)], OPEN),
        ([ratio(1.26, 3), ratio(0.9, 1.2, 0.025)], NO),
    ],
)
def test_every_interval_must_lie_above_the_smallest_effect(
    comparisons: list[Comparison], verdict: Verdict
) -> None:
    assert judge(comparisons) is verdict
    assert judge(iter(comparisons[::-1])) is verdict


def test_the_weakest_has_the_lowest_end() -> None:
    low, high = ratio(0.9, 9), ratio(1.1, 2)
    assert weakest([high, low]) is low


def test_times_are_compared_with_the_smallest_effect() -> None:
    never = np.zeros(6, bool)
    slow, fast = (
        ConvergenceTimes(np.array(t), never) for t in ([24, 25, 26] * 2, [19, 20, 21] * 2)
    )
    found = compared("test", slow, fast)
    assert found.threshold == SMALLEST
    assert found.estimate.value == pytest.approx(1.25)
    assert judge([found]) is OPEN  # it is 1.25, not more


def test_a_variant_records_no_bids_and_stops_once_it_has_converged() -> None:
    usual = transfer("ppo", "linear_chain.last", (0, 1))
    made = variant("ppo", "linear_chain.last", (0, 1), from_epoch=950)
    assert (usual.bids, usual.extra_epochs) == (True, 300)
    assert (made.bids, made.extra_epochs, made.from_epoch) == (False, 0, 950)
    assert made.parent == usual.parent
