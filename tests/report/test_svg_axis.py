"""The axis: positions in percent, and ticks at round numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.report.svg_axis import Axis, drawable, fit_axis

SIZES = st.floats(1e-90, 1e90)
FIGURES = st.floats(-1e90, 1e90)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.0, True), (-1e99, True), (0.0, True), (1e100, False), (None, False)],
)
def test_drawable_values(value: float | None, expected: bool) -> None:
    assert drawable(value) is expected
    assert not any(map(drawable, (math.nan, math.inf, -math.inf)))


def test_positions_on_a_linear_and_a_logarithmic_axis() -> None:
    linear, log = Axis(-10.0, 30.0, log=False), Axis(-1.0, 3.0, log=True)
    assert [linear.position(x) for x in (-10.0, 0.0, 30.0, -99.0, 99.0)] == [0, 25, 100, 0, 100]
    assert [log.position(x) for x in (0.1, 1.0, 10.0, 1000.0)] == [0, 25, 50, 100]
    assert [log.position(x) for x in (0.0, -5.0, 1e-9, 1e9)] == [0, 0, 0, 100]


def test_there_is_room_at_both_ends() -> None:
    axis = fit_axis((0.0, 50.0, 100.0), log=False)
    assert (axis.start, axis.stop) == pytest.approx((-7, 107))
    log = fit_axis((1.0, 100.0), log=True)
    assert (log.start, log.stop) == pytest.approx((-0.14, 2.14))


def test_a_single_value_is_in_the_middle() -> None:
    for value, log in ((0.0, False), (-4.0, False), (1e-80, True), (13.9, True)):
        assert fit_axis((value,), log=log).position(value) == pytest.approx(50, abs=0.01)


@pytest.mark.parametrize(
    ("axis", "labels"),
    [
        (Axis(0.0, 4.0, log=False), ["0", "1", "2", "3", "4"]),
        (Axis(-0.055, 0.055, log=False), ["−0.05", "0", "0.05"]),
        (Axis(0.0, 1.0, log=False), ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (Axis(1e6, 4e6, log=False), ["1,000,000", "2,000,000", "3,000,000", "4,000,000"]),
        (Axis(0.0, 2.0, log=True), ["1", "2", "5", "10", "20", "50", "100"]),
        (Axis(math.log10(0.4), math.log10(2.2), log=True), ["0.5", "1", "1.5", "2"]),
        (Axis(0.9, 4.1, log=True), ["10", "100", "1,000", "10,000"]),
        (Axis(1e7, 2e7, log=False), ["10,000,000", "", "14,000,000", "", "18,000,000", ""]),
        (Axis(0.0, 9.0, log=True), ["1", "100", "10,000", "1,000,000", "100,000,000"]),
    ],
)
def test_ticks_are_at_round_numbers(axis: Axis, labels: list[str]) -> None:
    ticks = axis.ticks()
    assert [label for _, label in ticks] == labels
    assert [place for place, _ in ticks] == sorted({place for place, _ in ticks})


@given(st.lists(SIZES, min_size=1, max_size=4), st.booleans())
def test_every_value_is_on_its_axis_in_order_and_ticks_are_few(
    values: list[float], log: bool
) -> None:
    axis = fit_axis(values, log=log)
    places = [axis.position(value) for value in sorted(values)]
    assert places == sorted(places)
    assert 0 <= places[0] <= places[-1] <= 100
    assert 1 <= len(axis.ticks()) <= 9
    assert all(0 <= place <= 100 for place, _ in axis.ticks())


@given(FIGURES, st.floats(1e-3, 1e90))
def test_a_linear_axis_has_ticks_wherever_it_is(middle: float, width: float) -> None:
    low, high = middle - width, middle + width
    if high - low > abs(middle) * 1e-9:  # below, floats cannot represent the steps
        assert 2 <= len(fit_axis((low, high), log=False).ticks()) <= 6
