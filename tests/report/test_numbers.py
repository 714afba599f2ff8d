"""Formats of numbers, intervals, durations and sizes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.report.numbers import allowed, duration, interval, number, short, size, trimmed

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (13.94, "13.9"),
        (1.0, "1.00"),
        (0.5, "0.500"),
        (9.996, "10.0"),
        (0.01234, "0.0123"),
        (0.001, "0.00100"),
        (0.00099949, "9.99 × 10⁻⁴"),
        (0.00099999, "0.00100"),
        (1234.5, "1,230"),
        (14_745_600.0, "14,700,000"),
        (999_600_000.0, "1.00 × 10⁹"),
        (6.02214e23, "6.02 × 10²³"),
        (-2.346, "−2.35"),
        (-2e-12, "−2.00 × 10⁻¹²"),
        (0.0, "0"),
        (-0.0, "0"),
        (INF, "∞"),
        (-INF, "−∞"),
        (NAN, "–"),
        (None, "–"),
        (0, "0"),
        (4096, "4,096"),
        (1_234_567, "1,234,567"),
        (-12, "−12"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


@given(st.floats(1e-3, 1e8))
def test_three_digits_are_right(value: float) -> None:
    read = float(number(value).replace(",", ""))
    assert abs(read - value) <= 0.005 * value * (1 + 1e-9)
    assert number(-value) == "−" + number(value)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((13.9, 9.2, 21.0, "times"), "13.9 [9.20,\xa021.0] times"),
        ((13.9, 9.2, 21.0), "13.9 [9.20,\xa021.0]"),
        ((13.9,), "13.9"),
        ((13.9, None, 21.0, "steps"), "13.9 steps"),
        ((13.9, 9.2, INF), "≥ 13.9 [9.20,\xa0∞]"),
        ((0.5, 0.0, 0.7), "≤ 0.500 [0,\xa00.700]"),
        ((-1.0, -INF, 2.0), "≤ −1.00 [−∞,\xa02.00]"),
        ((1.0, 0.0, INF, "times"), "no bound"),
        ((1.0, -INF, INF), "no bound"),
        ((None, 1.0, 2.0), "–"),
        ((NAN, 1.0, 2.0, "times"), "–"),
    ],
)
def test_intervals(given: tuple[float, ...], text: str) -> None:
    assert interval(*given) == text  # type: ignore[arg-type]  # the unit comes last


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.4234, "0.42 s"),
        (12.4, "12 s"),
        (59.4, "59 s"),
        (59.7, "1 min 0 s"),
        (185.0, "3 min 5 s"),
        (3599.8, "1 h 0 min"),
        (7440.0, "2 h 4 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("many", "written"),
    [(0, "0 MiB"), (850 * 2**20, "850 MiB"), (2**30, "1.0 GiB"), (1.4 * 2**30, "1.4 GiB")],
)
def test_sizes(many: float, written: str) -> None:
    assert size(many) == written


@pytest.mark.parametrize(
    ("value", "written", "shortly"),
    [
        (0.0, "0", "0"),
        (13.9, "13.9", "13.9"),
        (9.2666666, "9.2666666", "9.27"),
        (-0.05, "−0.05", "−0.05"),
        (1234.5, "1,234.5", "1,230"),
        (1.0, "1", "1"),
        (2e-5, "2.00 × 10⁻⁵", "2.00 × 10⁻⁵"),
        (3e8, "300,000,000", "300,000,000"),
        (3e9, "3.00 × 10⁹", "3.00 × 10⁹"),
        (0.1 + 0.2, "0.3", "0.3"),
    ],
)
def test_figures_are_written_without_trailing_zeros(
    value: float, written: str, shortly: str
) -> None:
    assert (trimmed(value), short(value)) == (written, shortly)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.0, 3.0, (2.0, 2.0)),
        (1.0, INF, (2.0, INF)),
        (0.0, 3.0, (0.0, 2.0)),
        (-INF, 3.0, (-INF, 2.0)),
        (0.0, INF, (0.0, INF)),
        (-INF, -1.0, (2.0, 2.0)),
        (None, None, (2.0, 2.0)),
    ],
)
def test_censored_runs_leave_an_end_of_an_estimate_open(
    low: float | None, high: float | None, expected: tuple[float, float]
) -> None:
    assert allowed(2.0, low, high) == expected
