"""Draw a claim's interval over its margin as SVG, with a text alternative.

Marks are those of `repro.figures`: a diamond is the figure that decides the verdict, a circle that of a control;
filled is an estimate, open a bound.

Horizontal positions are percentages, so that a drawing fills the available width and its labels keep
their size. The style sheet sets the colours.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from repro.report.numbers import short
from repro.report.svg_axis import Axis, drawable, fit_axis

if TYPE_CHECKING:
    from repro.verdicts import Margin, Measured

_HEIGHT, _LOW_HEIGHT = 62, 16
_LEFT, _RIGHT = "M9 -6L0 0L9 6z", "M-9 -6L0 0L-9 6z"
"""Arrowheads with their tips at the origin."""
_HIDDEN = Markup('aria-hidden="true"')
_OUTER = 96
"""Position in percent from which a label would leave the drawing."""
_FLOOR = 40
"""Height of the axis, in pixels from the top; tick labels are below it."""


class Reach(NamedTuple):
    """An estimate and its interval; an open end is infinite, an unknown one None."""

    value: float
    low: float | None
    high: float | None


def interval_bar(measured: Measured, margin: Margin | None) -> Markup:
    """Draw an estimate and its interval over its margin, on an axis; "" if there is no estimate.

    The axis is logarithmic if all values on it are positive.
    """
    reach = _reach(measured)
    if reach is None:
        return Markup()
    axis = _axis(reach, margin)
    body = (
        grid(axis, 6, _FLOOR)
        + _margin(axis, margin, 6, _FLOOR)
        + _interval(axis, reach, 23, 5)
        + scale(axis, _FLOOR)
    )
    return drawing("interval-bar", _HEIGHT, body, _text(reach, measured.unit, margin))


def sparkline(
    measured: Measured, margin: Margin | None, shared: Axis | None = None, *, decides: bool = True
) -> Markup:
    """Draw the same without labels, small; screen readers skip it and read the figure next to it.

    Args:
        measured: the estimate and its interval.
        margin: drawn behind it.
        shared: the axis of all drawings that it is compared with, whose ticks are faint lines; None for its own.
        decides: whether it is the claim's own figure, not that of a control.
    """
    reach = _reach(measured)
    if reach is None:
        return Markup()
    axis = shared or _axis(reach, margin)
    lines = grid(axis, 1, 15) if shared else Markup()
    return drawing(
        "sparkline",
        _LOW_HEIGHT,
        _margin(axis, margin, 1, 15) + lines + _interval(axis, reach, 8, 3.5, decides=decides),
    )


def estimate_words(margin: Margin) -> str:
    """Format where the estimate itself must lie: "9.27 to 20.9"; "" if only the interval has a margin."""
    return "" if margin.estimate is None else " to ".join(map(short, margin.estimate))


def margin_words(margin: Margin) -> str:
    """Format a margin as "9.27 to 20.9" or "above 1"."""
    if math.isinf(margin.low):
        return f"below {short(margin.high)}"
    if math.isinf(margin.high):
        return f"above {short(margin.low)}"
    return f"{short(margin.low)} to {short(margin.high)}"


def drawing(name: str, height: int, body: Markup, label: str = "") -> Markup:
    """Wrap shapes in an SVG element with a text alternative; without one, hide it from screen readers."""
    words = Markup('role="img" aria-label="{}"').format(label) if label else _HIDDEN
    return Markup('<svg class="{}" width="100%" height="{}" {}>{}</svg>').format(
        name, height, words, body
    )


def line(name: str, start: float, stop: float, top: float, bottom: float) -> Markup:
    """Draw a line; x is in percent, y in pixels."""
    return Markup('<line class="{}" x1="{}%" x2="{}%" y1="{}" y2="{}"/>').format(
        name, start, stop, top, bottom
    )


def arrow(name: str, place: float, middle: float, path: str) -> Markup:
    """Draw `path`, in pixels relative to the point at `place` percent and `middle` pixels."""
    # A path cannot use percentages, the svg element around it can.
    return Markup('<svg x="{}%" y="{}" overflow="visible"><path class="{}" d="{}"/></svg>').format(
        place, middle, name, path
    )


def grid(axis: Axis, top: float, bottom: float) -> Markup:
    """Draw a faint line at each tick."""
    return Markup().join(line("grid", x, x, top, bottom) for x, _ in axis.ticks())


def scale(axis: Axis, floor: float) -> Markup:
    """Draw the axis with its ticks and their labels."""
    text = Markup('<text x="{}%" y="{}"{}>{}</text>')
    outer = Markup(' class="outer"')  # ends at its tick, so that it stays inside the page
    marks = [
        line("axis", x, x, floor, floor + 5)
        + (text.format(x, floor + 18, outer if x > _OUTER else "", label) if label else "")
        for x, label in axis.ticks()
    ]
    return line("axis", 0, 100, floor, floor) + Markup().join(marks)


def _reach(measured: Measured) -> Reach | None:
    if not drawable(measured.value):
        return None
    low, high = (None if x is None or math.isnan(x) else x for x in (measured.low, measured.high))
    # 0 as the lower end of a ratio or a time means that the data give no lower bound.
    if low == 0 and measured.value > 0 and high is not None:
        low = -math.inf
    return Reach(measured.value, low, high)


def _text(reach: Reach, unit: str, margin: Margin | None) -> str:
    """Describe the drawing."""
    value, low, high = reach
    text = f"Measured {short(value)} {unit}".rstrip()
    if low is None or high is None:
        text += "."
    elif math.isinf(low) and math.isinf(high):
        text = "Measured: the runs give no bound on either side."
    else:
        left = "with no lower bound" if math.isinf(low) else f"from {short(low)}"
        right = "with no upper bound" if math.isinf(high) else f"to {short(high)}"
        text += f", 95 % interval {left} {right}."
    if margin is None:
        return text
    talk = "" if margin.target is None else f", the talk says {short(margin.target)}"
    of = estimate_words(margin)
    where = (
        f"{of} for the estimate and {margin_words(margin)} for its interval"
        if of
        else margin_words(margin)
    )
    return f"{text} Expected {where}{talk}."


def _axis(reach: Reach, margin: Margin | None) -> Axis:
    margins = () if margin is None else (margin.low, margin.high, margin.target)
    values = [value for value in (*reach, *margins) if drawable(value)]
    return fit_axis(values, log=min(values) > 0)


def _margin(axis: Axis, margin: Margin | None, top: float, bottom: float) -> Markup:
    if margin is None:
        return Markup()
    bands = [(margin.low, margin.high, "band")]
    if margin.estimate is not None:
        bands.append((*margin.estimate, "band inner"))
    shapes = [_band(axis, low, high, name, top, bottom) for low, high, name in bands]
    if margin.target is not None:
        x = axis.position(margin.target)
        shapes.append(line("target", x, x, top, bottom))
    return Markup().join(shapes)


def _band(axis: Axis, low: float, high: float, name: str, top: float, bottom: float) -> Markup:
    """Draw the part of the axis from `low` to `high`, with a line at each finite end."""
    left = axis.position(low) if math.isfinite(low) else 0.0
    right = axis.position(high) if math.isfinite(high) else 100.0
    band = Markup('<rect class="{}" x="{}%" width="{}%" y="{}" height="{}"/>').format(
        name, left, round(right - left, 2), top, bottom - top
    )
    ends = ((left, low), (right, high))
    return band + Markup().join(
        line("edge", x, x, top, bottom) for x, value in ends if math.isfinite(value)
    )


def is_bound(measured: Measured) -> bool:
    """Whether a figure is only a bound, because an end of its interval is open."""
    reach = _reach(measured)
    return reach is not None and _is_open(reach)


def _is_open(reach: Reach) -> bool:
    return any(end is not None and math.isinf(end) for end in (reach.low, reach.high))


def _point(place: float, middle: float, size: float, *, decides: bool, bound: bool) -> Markup:
    """Draw the mark of an estimate, as `repro.figures.ratios` does."""
    name = f"point{' open' * bound}"
    if not decides:
        circle = Markup('<circle class="{}" cx="{}%" cy="{}" r="{}"/>')
        return circle.format(name, place, middle, size)
    s = 1.3 * size  # a diamond as large as the circle
    diamond = Markup(
        '<svg class="{0}" x="{1}%" y="{2}" overflow="visible"><path d="M0 -{3}L{3} 0L0 {3}L-{3} 0z"/></svg>'
    )
    return diamond.format(name, place, middle, round(s, 2))


def _interval(
    axis: Axis, reach: Reach, middle: float, radius: float, *, decides: bool = True
) -> Markup:
    value, low, high = reach
    point = _point(axis.position(value), middle, radius, decides=decides, bound=_is_open(reach))
    if low is None or high is None:
        return point
    left = 0.0 if math.isinf(low) else axis.position(low)
    right = 100.0 if math.isinf(high) else axis.position(high)
    shapes = [line("reach", left, right, middle, middle)]
    for place, end, head in ((left, low, _LEFT), (right, high, _RIGHT)):
        if math.isinf(end):
            shapes.append(arrow("head", place, middle, head))
        else:
            shapes.append(line("reach", place, place, middle - radius, middle + radius))
    if math.isfinite(low) or math.isfinite(high):
        shapes.append(point)
    return Markup().join(shapes)
