"""The rules, at and near every margin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.errors import ClaimError, UserError
from repro.verdicts import Estimate, Verdict, direction, equivalent, near

if TYPE_CHECKING:
    from collections.abc import Callable

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
INF, NAN = math.inf, math.nan


def lower(value: float, low: float) -> Estimate:
    return Estimate(value, low, INF, bound="lower")


def upper(value: float, high: float) -> Estimate:
    return Estimate(value, 0.0, high, bound="upper")


UNKNOWN = Estimate(2.0, 0.0, INF, bound="none")


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [
        (Estimate(2, 1.1, 4), YES),
        (Estimate(2, 1.0, 4), OPEN),
        (Estimate(1, 0.5, 2), OPEN),
        (Estimate(0.5, 0.2, 1.0), OPEN),
        (Estimate(0.5, 0.2, 0.9), NO),
        (lower(2, 1.1), YES),
        (lower(2, 0.9), OPEN),
        (lower(0.5, 0.2), OPEN),
        (upper(0.5, 0.9), NO),
        (upper(2, 3), OPEN),
        (UNKNOWN, OPEN),
    ],
)
def test_direction(estimate: Estimate, verdict: Verdict) -> None:
    assert direction(estimate) == verdict


def test_direction_with_another_threshold() -> None:
    assert direction(Estimate(3, 2.5, 4), 2) == YES
    assert direction(Estimate(3, 2.5, 4), 2.5) == OPEN
    assert direction(Estimate(3, 2.5, 4), 5) == NO
    assert direction(Estimate(-1, -2, -0.5), 0) == NO


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [
        # Target 12: within 1.5 from 8 to 18, within 3 from 4 to 36.
        (Estimate(12, 10, 14), YES),
        (Estimate(8, 4, 36), YES),
        (Estimate(18, 4, 36), YES),
        (Estimate(7.9, 6, 10), OPEN),
        (Estimate(18.1, 16, 20), OPEN),
        (Estimate(12, 3.9, 30), OPEN),
        (Estimate(12, 6, 36.1), OPEN),
        (Estimate(20, 18, 25), OPEN),
        (Estimate(20, 18.1, 25), NO),
        (Estimate(6, 5, 8), OPEN),
        (Estimate(6, 5, 7.9), NO),
        (lower(12, 10), OPEN),
        (lower(30, 18.1), NO),
        (upper(12, 14), OPEN),
        (upper(5, 7.9), NO),
        (UNKNOWN, OPEN),
    ],
)
def test_near(estimate: Estimate, verdict: Verdict) -> None:
    assert near(estimate, 12, 1.5, 3) == verdict


@pytest.mark.parametrize(
    ("estimates", "verdict"),
    [
        ([Estimate(1, 0.6, 1.9)], YES),
        ([Estimate(1, 0.5, 2.0), Estimate(1.5, 1.4, 1.6)], YES),
        ([Estimate(1, 0.5, 2.1), Estimate(1.5, 1.4, 1.6)], OPEN),
        ([Estimate(1, 0.4, 2.0)], OPEN),
        ([Estimate(1, 0.6, 1.9), Estimate(3, 2.1, 4)], NO),
        ([Estimate(0.3, 0.1, 0.49), Estimate(1, 0.4, 3)], NO),
        ([Estimate(2.5, 2.0, 3)], OPEN),
        ([Estimate(0.4, 0.3, 0.5)], OPEN),
        ([lower(1, 0.6)], OPEN),
        ([lower(5, 2.1)], NO),
        ([upper(1, 1.9)], OPEN),
        ([upper(0.2, 0.49)], NO),
        ([Estimate(1, 0.6, 1.9), UNKNOWN], OPEN),
    ],
)
def test_equivalent(estimates: list[Estimate], verdict: Verdict) -> None:
    assert equivalent(estimates, 0.5, 2) == verdict


ratios = st.floats(1e-3, 1e3)
exact = st.tuples(ratios, ratios, ratios).map(sorted).map(lambda x: Estimate(x[1], x[0], x[2]))
bounds = st.one_of(
    st.builds(lower, ratios, ratios), st.builds(upper, ratios, ratios), st.just(UNKNOWN)
)


@given(estimate=bounds, target=ratios, factor=st.floats(1, 1e3), wider=st.floats(1, 1e3))
def test_near_is_never_reproduced_by_a_bound(
    estimate: Estimate, target: float, factor: float, wider: float
) -> None:
    assert near(estimate, target, factor, wider) != YES


@given(estimate=exact)
def test_swapped_arms_reverse_the_direction(estimate: Estimate) -> None:
    turned = {YES: NO, NO: YES, OPEN: OPEN}
    swapped = Estimate(1 / estimate.value, 1 / estimate.high, 1 / estimate.low)
    if 1 not in {1 / estimate.low, 1 / estimate.high}:  # else rounding decides
        assert direction(swapped) == turned[direction(estimate)]


@given(estimate=exact, cut=st.sampled_from([(True, False), (False, True), (True, True)]))
def test_opening_an_end_never_reverses_a_verdict(
    estimate: Estimate, cut: tuple[bool, bool]
) -> None:
    name = {(True, False): "upper", (False, True): "lower", (True, True): "none"}[cut]
    low = 0.0 if cut[0] else estimate.low
    opened = Estimate(estimate.value, low, INF if cut[1] else estimate.high, bound=name)
    rules: list[Callable[[Estimate], Verdict]] = [
        direction,
        lambda e: near(e, 13.9, 1.5, 3),
        lambda e: equivalent([e], 0.5, 2),
    ]
    for rule in rules:
        assert rule(opened) in {rule(estimate), OPEN}


@pytest.mark.parametrize(
    "estimate", [Estimate(NAN, 1, 2), Estimate(1, NAN, 2), Estimate(1, 0.5, NAN)]
)
def test_nan_is_refused(estimate: Estimate) -> None:
    with pytest.raises(UserError, match="is not a number"):
        direction(estimate)
    with pytest.raises(UserError, match="is not a number"):
        near(estimate, 1, 2, 3)
    with pytest.raises(UserError, match="is not a number"):
        equivalent([Estimate(1, 0.9, 1.1), estimate], 0.5, 2)


@pytest.mark.parametrize(
    ("estimate", "message"),
    [
        (Estimate(1, 2, 0.5), "swap the ends"),
        (Estimate(1, 0.5, 2, bound="at least"), "given bound 'at least'"),
        (Estimate(1, 0.5, 2, bound="lower"), "given bound 'lower' with the interval"),
        (Estimate(1, 0.5, 2, bound="upper"), "given bound 'upper' with the interval"),
        (Estimate(1, 0.5, INF, bound="none"), "given bound 'none' with the interval"),
        (Estimate(1, 0, 2, bound="none"), "given bound 'none' with the interval"),
    ],
)
def test_contradictory_estimates_are_refused(estimate: Estimate, message: str) -> None:
    with pytest.raises(ClaimError, match=message):
        direction(estimate)
    with pytest.raises(ClaimError, match=message):
        near(estimate, 1, 2, 3)
    with pytest.raises(ClaimError, match=message):
        equivalent([estimate], 0.5, 2)


def test_a_bound_on_a_difference_is_open_at_minus_infinity() -> None:
    assert direction(Estimate(-2, -INF, -1, bound="upper"), 0) == NO


@pytest.mark.parametrize(
    ("target", "factor", "interval_factor"),
    [
        (0, 1.5, 3),
        (-1, 1.5, 3),
        (INF, 1.5, 3),
        (1, 0.9, 3),
        (1, 1.5, 0.9),
        (1, INF, 3),
        (1, 2, INF),
    ],
)
def test_margins_of_near_must_be_valid(
    target: float, factor: float, interval_factor: float
) -> None:
    with pytest.raises(ClaimError, match="expected a positive target"):
        near(Estimate(1, 0.9, 1.1), target, factor, interval_factor)


def test_margins_of_equivalent_must_be_valid() -> None:
    fine = Estimate(1, 0.9, 1.1)
    for low, high in ((2, 0.5), (1, 1), (0.5, INF), (-INF, 2)):
        with pytest.raises(ClaimError, match="expected finite margins"):
            equivalent([fine], low, high)
    with pytest.raises(ClaimError, match="given no estimate"):
        equivalent([], 0.5, 2)


def test_nan_margins_are_refused() -> None:
    fine = Estimate(1, 0.9, 1.1)
    with pytest.raises(UserError, match="threshold is not a number"):
        direction(fine, NAN)
    with pytest.raises(UserError, match="factor is not a number"):
        near(fine, 1, NAN, 3)
    with pytest.raises(UserError, match="high is not a number"):
        equivalent([fine], 0.5, NAN)
