"""The rule on many ratios at once, and Holm's correction."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.errors import ClaimError, UserError
from repro.verdicts import Comparison, Estimate, Verdict, above_in_all, holm

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
INF, NAN = math.inf, math.nan


def clear(p_below: float = 1.0, lower: float = 1.5, bound: str = "exact") -> Comparison:
    """Make a ratio of 2 whose two-sided interval reaches below 1; only bound and p-value decide."""
    low, high = (0.0 if bound in {"upper", "none"} else 0.9), 4.0
    return Comparison(
        Estimate(2, low, INF if bound in {"lower", "none"} else high, bound=bound), lower, p_below
    )


def below(p_below: float, bound: str = "exact") -> Comparison:
    return Comparison(Estimate(0.5, 0.0, 0.9, bound=bound), 0.0, p_below)


NINE = [clear()] * 9


@pytest.mark.parametrize(
    ("comparisons", "verdict"),
    [
        (NINE, YES),
        ([clear(lower=1.0001)], YES),
        ([*NINE[1:], clear(lower=1.0)], OPEN),
        ([*NINE[1:], clear(lower=0.9)], OPEN),
        # The lowest of nine p-values is multiplied by nine.
        ([*NINE[1:], below(0.05 / 9)], NO),
        ([*NINE[1:], below(0.05 / 9 * 1.001)], OPEN),
        ([below(0.05)], NO),
        ([below(0.0501)], OPEN),
        ([below(0.02), below(0.9)], NO),
        ([below(0.03), below(0.03)], OPEN),
        # A lower bound may be above 1, an upper bound below; with both arms censored nothing is decided.
        ([clear(bound="lower")] * 9, YES),
        ([*NINE[1:], clear(lower=0.0, bound="upper")], OPEN),
        ([*NINE[1:], below(0.0002, bound="upper")], NO),
        ([*NINE[1:], clear(lower=0.0, bound="none")], OPEN),
    ],
)
def test_above_in_all(comparisons: list[Comparison], verdict: Verdict) -> None:
    assert above_in_all(comparisons) == verdict
    assert above_in_all(comparisons[::-1]) == verdict


def test_the_margin_is_an_argument() -> None:
    doubtful = [*NINE[1:], below(0.02)]
    assert above_in_all(doubtful) == OPEN
    assert above_in_all(doubtful, alpha=0.2) == NO


def test_each_ratio_has_its_own_threshold() -> None:
    to_exceed = [replace(clear(), threshold=1.25), clear()]
    assert above_in_all(to_exceed) == YES
    assert (
        above_in_all([replace(clear(), threshold=1.5), clear()]) == OPEN
    )  # it does not exceed itself
    assert above_in_all([replace(clear(), threshold=1.25)] * 2 + [clear(lower=1.1)]) == YES


def test_holm_by_hand() -> None:
    # Sorted 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 x 1, each no less than the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.9, 0.7]) == (1, 1)
    assert holm([0.02]) == (0.02,)
    assert holm([]) == ()


@given(p_values=st.lists(st.floats(0.0001, 1), min_size=1, max_size=9), alpha=st.floats(0.001, 0.5))
def test_holm_rejects_as_its_step_down_rule_does(p_values: list[float], alpha: float) -> None:
    rejected = set()
    left = dict(enumerate(p_values))
    while left and min(left.values()) * len(left) <= alpha:
        index = min(left, key=lambda i: left[i])
        rejected.add(index)
        del left[index]
    assert {i for i, p in enumerate(holm(p_values)) if p <= alpha} == rejected


@pytest.mark.parametrize(
    ("comparison", "message"),
    [
        (Comparison(Estimate(2, 3, 1), 1.5, 1), "swap the ends"),
        (Comparison(Estimate(2, 0, 3, bound="upper"), 1.5, 1), "lower bound 1.5 of a ratio whose"),
        (Comparison(Estimate(2, 0, INF, bound="none"), 1.5, 1), "lower bound 1.5 of a ratio whose"),
        (Comparison(Estimate(2, 1, INF, bound="lower"), 1.5, 0.5), "p_below 0.5 and bound 'lower'"),
        (Comparison(Estimate(2, 0, INF, bound="none"), 0, 0.5), "p_below 0.5 and bound 'none'"),
        (Comparison(Estimate(2, 1, 3), 1.5, 0.0), "p_below 0.0"),
        (Comparison(Estimate(2, 1, 3), 1.5, 1.1), "p_below 1.1"),
    ],
)
def test_contradictory_comparisons_are_refused(comparison: Comparison, message: str) -> None:
    with pytest.raises(ClaimError, match=message):
        above_in_all([*NINE, comparison])


def test_no_comparison_and_an_invalid_alpha_are_refused() -> None:
    with pytest.raises(ClaimError, match="above_in_all: given no comparison"):
        above_in_all([])
    for alpha in (0, 1, -0.1, 2):
        with pytest.raises(ClaimError, match="expected a probability between 0 and 1"):
            above_in_all(NINE, alpha)


def test_nan_is_refused() -> None:
    fine = Estimate(2, 1, 3)
    for comparison in (
        Comparison(Estimate(NAN, 1, 3), 1, 1),
        Comparison(fine, NAN, 1),
        Comparison(fine, 1, NAN),
    ):
        with pytest.raises(UserError, match="is not a number"):
            above_in_all([comparison])
    with pytest.raises(UserError, match="alpha is not a number"):
        above_in_all(NINE, NAN)
