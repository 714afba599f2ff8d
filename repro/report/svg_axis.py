"""A horizontal axis: where a figure lies on it, in percent of the width, and its ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from repro.report.numbers import number

if TYPE_CHECKING:
    from collections.abc import Iterable

_DECADE = 10.0
_STEPS = (1, 2, 5)
_PARTS = 5
"""Into how many steps an axis is cut at most."""
_CHARACTERS = 36
"""How many there is room for in the labels of an axis on a phone."""
_PADDING = 0.07
_NARROW, _FEW = 0.8, 2.0
"""Decades below which a logarithmic axis has evenly spaced ticks, and ticks at 1, 2 and 5."""
_LARGEST = 1e100
_PLAIN = (1e-4, 1e9)


def drawable(value: float | None) -> TypeGuard[float]:
    """Tell whether a figure can stand on an axis: a number, finite, and of a size that is one."""
    return value is not None and abs(value) < _LARGEST


@dataclass(frozen=True)
class Axis:
    """A horizontal axis.

    Attributes:
        start: its left end; the logarithm to base 10 of it if `log`.
        stop: its right end, likewise.
        log: whether equal distances are equal ratios.
    """

    start: float
    stop: float
    log: bool

    def position(self, value: float) -> float:
        """Find `value` on the axis, in percent of its width; beyond an end is at the end."""
        if self.log and value <= 0:
            return 0.0
        along = math.log10(value) if self.log else value
        share = (along - self.start) / (self.stop - self.start)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Find the places of round numbers, in percent, with their labels; "" where room is short."""
        found = [(self.position(value), plain(value)) for value in self._round()]
        every = math.ceil(sum(len(label) for _, label in found) / _CHARACTERS)
        return tuple(
            (place, label if at % every == 0 else "") for at, (place, label) in enumerate(found)
        )

    def _round(self) -> list[float]:
        decades = self.stop - self.start
        if not self.log:
            return _even(self.start, self.stop)
        if decades < _NARROW:
            return [x for x in _even(_DECADE**self.start, _DECADE**self.stop) if x > 0]
        powers = range(math.floor(self.start), math.floor(self.stop) + 1)
        if decades <= _FEW:
            found = [step * _DECADE**power for power in powers for step in _STEPS]
        else:
            every = math.ceil(decades / _PARTS)
            found = [_DECADE**power for power in powers if power % every == 0]
        return [x for x in found if self.start <= math.log10(x) <= self.stop]


def fit_axis(values: Iterable[float], *, log: bool) -> Axis:
    """Make the axis on which all of `values` lie, with some room at both ends.

    Args:
        values: at least one, all `drawable`; above 0 if `log`.
        log: whether equal distances are to be equal ratios.
    """
    along = [math.log10(value) if log else value for value in values]
    low, high = min(along), max(along)
    room = _PADDING * (high - low) or (math.log10(2) if log else abs(low) / 2 or 1.0)
    return Axis(low - room, high + room, log)


def plain(value: float) -> str:
    """Write a figure without trailing zeros, as "0.5", "−2" or "1,000"."""
    if value and not _PLAIN[0] <= abs(value) < _PLAIN[1]:
        return number(value)
    text = f"{value:,.10f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def short(value: float) -> str:
    """Write a figure with three significant digits and no trailing zeros, as "9.27" or "1"."""
    return plain(float(f"{value:.3g}"))


def _even(low: float, high: float) -> list[float]:
    """Find round numbers from `low` to `high`, evenly spaced."""
    raw = (high - low) / _PARTS
    power = _DECADE ** math.floor(math.log10(raw))
    step = next((s * power for s in _STEPS if s * power >= raw), _DECADE * power)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
