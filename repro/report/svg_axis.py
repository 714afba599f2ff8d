"""A horizontal axis: positions in percent of its width, and its ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from repro.report.numbers import trimmed

if TYPE_CHECKING:
    from collections.abc import Iterable

_DECADE = 10.0
_STEPS = (1, 2, 5)
_PARTS = 5
"""Maximum number of intervals between ticks."""
_CHARACTERS = 36
"""Number of characters that fit in the labels of an axis on a phone."""
_PADDING = 0.07
_NARROW, _FEW = 0.8, 2.0
"""Decades up to which a logarithmic axis has evenly spaced ticks, and ticks at 1, 2 and 5."""
_LARGEST = 1e100


def drawable(value: float | None) -> TypeGuard[float]:
    """Return whether a value is a finite number small enough to draw."""
    return value is not None and abs(value) < _LARGEST


@dataclass(frozen=True)
class Axis:
    """A horizontal axis.

    Attributes:
        start: its left end; if `log`, the base-10 logarithm of it.
        stop: its right end, likewise.
        log: whether the axis is logarithmic.
    """

    start: float
    stop: float
    log: bool

    def position(self, value: float) -> float:
        """Return the position of `value` in percent of the width, clipped to the axis."""
        if self.log and value <= 0:
            return 0.0
        along = math.log10(value) if self.log else value
        share = (along - self.start) / (self.stop - self.start)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Return the ticks as positions in percent and labels; some labels are "" to save space."""
        found = [(self.position(value), trimmed(value)) for value in self._tick_values()]
        every = math.ceil(sum(len(label) for _, label in found) / _CHARACTERS)
        return tuple(
            (place, label if at % every == 0 else "") for at, (place, label) in enumerate(found)
        )

    def _tick_values(self) -> list[float]:
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
    """Make the axis that shows all `values`, with padding at both ends.

    Args:
        values: at least one, all `drawable`; positive if `log`.
        log: whether the axis is logarithmic.
    """
    along = [math.log10(value) if log else value for value in values]
    low, high = min(along), max(along)
    room = _PADDING * (high - low) or (math.log10(2) if log else abs(low) / 2 or 1.0)
    return Axis(low - room, high + room, log)


def _even(low: float, high: float) -> list[float]:
    """Return evenly spaced round numbers from `low` to `high`."""
    raw = (high - low) / _PARTS
    power = _DECADE ** math.floor(math.log10(raw))
    step = next((s * power for s in _STEPS if s * power >= raw), _DECADE * power)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
