"""Format numbers, intervals, durations and sizes, for the report and the terminal alike."""

from __future__ import annotations

import math
from decimal import Decimal

_PLAIN = (Decimal("0.001"), Decimal("1e9"))
_PLAIN_TRIMMED = (1e-4, 1e9)
"""Smallest and largest size that is written without a power of ten."""
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MINUTE, _HOUR = 60, 3600
_MIB, _GIB = 2**20, 2**30
_SPACE = "\N{NO-BREAK SPACE}"
NONE = "–"


def number(value: float | None) -> str:
    """Format a float with three significant digits and an int with all digits.

    None and NaN become a dash.
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


def trimmed(value: float) -> str:
    """Format all digits of a float but trailing zeros: "0.5", "−2", "1,000"."""
    if value and not _PLAIN_TRIMMED[0] <= abs(value) < _PLAIN_TRIMMED[1]:
        return number(value)
    return f"{value:,.10f}".rstrip("0").rstrip(".").replace("-", "−")


def short(value: float) -> str:
    """Format a float with at most three significant digits and no trailing zeros: "9.27", "1"."""
    return trimmed(float(f"{value:.3g}"))


def interval(
    value: float | None, low: float | None = None, high: float | None = None, unit: str = ""
) -> str:
    """Format an estimate as "13.9 [9.20, 21.0] steps", with no line break inside the brackets.

    If the data give no bound on either side, the result is "no bound". A lower end of 0 is not a bound
    when the upper end is infinite: ratios and times are positive.
    """
    if value is None or math.isnan(value):
        return NONE
    if low is None or high is None:
        return f"{number(value)} {unit}".rstrip()
    if high == math.inf and low in {0.0, -math.inf}:
        return "no bound"
    ends = f"[{number(low)},{_SPACE}{number(high)}]"
    # An open end means that censored runs make the value a bound.
    sign = "≥ " if high == math.inf else "≤ " if low in {0.0, -math.inf} and high > 0 else ""
    return f"{sign}{number(value)} {ends} {unit}".rstrip()


def allowed(value: float, low: float | None, high: float | None) -> tuple[float, float]:
    """Return the least and the most that an estimate can be: itself, unless censored runs make it a bound.

    >>> allowed(20.0, 10.2, math.inf), allowed(5.0, 0.0, 6.0), allowed(2.0, 1.0, 3.0)
    ((20.0, inf), (0.0, 5.0), (2.0, 2.0))
    """
    least = low if low in {0.0, -math.inf} and (high or 0.0) > 0 else None
    return value if least is None else least, math.inf if high == math.inf else value


def percent(share: float) -> str:
    """Format a share with one decimal: 0.048 is "4.8 %"."""
    return f"{100 * share:.1f}{_SPACE}%"


def count(many: int, thing: str) -> str:
    """Format a count with its noun: "1 case", "1,500 cases"."""
    return f"{number(many)} {thing}" if many == 1 else f"{number(many)} {thing}s"


def duration(seconds: float) -> str:
    """Format seconds as "0.42 s", "12 s", "3 min 5 s" or "2 h 4 min"."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{seconds:.2g} s" if seconds < 1 else f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def size(many: float) -> str:
    """Format bytes as "850 MiB" or "1.4 GiB"."""
    return f"{many / _MIB:.0f} MiB" if many < _GIB else f"{many / _GIB:.1f} GiB"
