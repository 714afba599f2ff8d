"""Numbers as people read them: three significant digits, open ends named."""

from __future__ import annotations

import math
from decimal import Decimal

_PLAIN = (Decimal("0.001"), Decimal("1e9"))
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MINUTE, _HOUR = 60, 3600
_MIB, _GIB = 2**20, 2**30
_JOIN = "\N{NO-BREAK SPACE}"
NONE = "–"


def number(value: float | None) -> str:
    """Write a figure with three significant digits, a count (an int) with all of its digits.

    What is missing or not a number is a dash.
    """
    if value is None or math.isnan(value):
        return NONE
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    rounded = Decimal(f"{value:.2e}")
    if value == 0 or _PLAIN[0] <= abs(rounded) < _PLAIN[1]:
        return "0" if value == 0 else f"{rounded:,f}".replace("-", "−")
    digits, _, power = f"{rounded:.2e}".replace("e+", "e").partition("e")
    return f"{digits} × 10".replace("-", "−") + power.translate(_RAISED)


def interval(
    value: float | None, low: float | None = None, high: float | None = None, unit: str = ""
) -> str:
    """Write "13.9 [9.20, 21.0] steps", unbroken in the brackets; "no bound" where the data bound neither side.

    A lower end of 0 beside an open upper end bounds nothing: ratios and times are positive anyway.
    """
    if value is None or math.isnan(value):
        return NONE
    if low is None or high is None:
        return f"{number(value)} {unit}".rstrip()
    if high == math.inf and low in {0.0, -math.inf}:
        return "no bound"
    return f"{bound_sign(low, high)}{number(value)} [{number(low)},{_JOIN}{number(high)}] {unit}".rstrip()


def bound_sign(low: float, high: float) -> str:
    """Say by an open end that censored runs make a figure a bound: "≥ ", "≤ " or nothing."""
    if high == math.inf:
        return "≥ "
    return "≤ " if low in {0.0, -math.inf} and high > 0 else ""


def count(many: int, thing: str) -> str:
    """Write "1 case", "1,500 cases"."""
    return f"{number(many)} {thing}" if many == 1 else f"{number(many)} {thing}s"


def duration(seconds: float) -> str:
    """Write "0.42 s", "12 s", "3 min 5 s", "2 h 4 min"."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{seconds:.2g} s" if seconds < 1 else f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def size(many: float) -> str:
    """Write bytes as "850 MiB" or "1.4 GiB"."""
    if many < _GIB:
        return f"{many / _MIB:.0f} MiB"
    return f"{many / _GIB:.1f} GiB"
