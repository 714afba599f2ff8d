"""A claim's interval, drawn over the margin it was expected in; and both in words.

Horizontal places are percentages, so that a drawing fills whatever width it is given and its labels
keep their size. Colours are the style sheet's.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from repro.report.svg_axis import Axis, drawable, fit_axis, short

if TYPE_CHECKING:
    from repro.verdicts.evidence import Margin
    from repro.verdicts.results import Measured

_HEIGHT, _LOW_HEIGHT = 62, 16
_LEFT, _RIGHT = "M9 -6L0 0L9 6z", "M-9 -6L0 0L-9 6z"
"""Heads of arrows, their tips at the origin."""
_HIDDEN = Markup('aria-hidden="true"')
_FLOOR = 40
"""Where the axis runs; the labels of its ticks are below."""


class Reach(NamedTuple):
    """A figure and its interval; an end that nothing bounds is infinite, one that is not known None."""

    value: float
    low: float | None
    high: float | None


def interval_bar(measured: Measured, margin: Margin | None) -> Markup:
    """Draw a figure with its interval over its margin, on an axis; "" where there is no figure.

    The axis is logarithmic where all that stands on it is positive.
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
    return drawing("interval-bar", _HEIGHT, body, _told(reach, measured.unit, margin))


def sparkline(measured: Measured, margin: Margin | None) -> Markup:
    """Draw the same small, without an axis and for the eye alone, beside the figure in words."""
    reach = _reach(measured)
    if reach is None:
        return Markup()
    axis = _axis(reach, margin)
    return drawing(
        "sparkline", _LOW_HEIGHT, _margin(axis, margin, 1, 15) + _interval(axis, reach, 8, 3.5)
    )


def margin_words(margin: Margin) -> str:
    """Write a margin as "9.27 to 20.9" or "above 1"."""
    if math.isinf(margin.low):
        return f"below {short(margin.high)}"
    if math.isinf(margin.high):
        return f"above {short(margin.low)}"
    return f"{short(margin.low)} to {short(margin.high)}"


def drawing(name: str, height: int, body: Markup, label: str = "") -> Markup:
    """Wrap shapes as a picture with `label` as its text alternative; without one it is hidden."""
    words = Markup('role="img" aria-label="{}"').format(label) if label else _HIDDEN
    return Markup('<svg class="{}" width="100%" height="{}" {}>{}</svg>').format(
        name, height, words, body
    )


def line(name: str, start: float, stop: float, top: float, bottom: float) -> Markup:
    """Draw a line; horizontally in percent, vertically in pixels."""
    return Markup('<line class="{}" x1="{}%" x2="{}%" y1="{}" y2="{}"/>').format(
        name, start, stop, top, bottom
    )


def arrow(name: str, place: float, middle: float, path: str) -> Markup:
    """Draw `path`, in pixels around the point at `place` percent and `middle` pixels."""
    # A path knows no percentages; the picture around it does.
    return Markup('<svg x="{}%" y="{}" overflow="visible"><path class="{}" d="{}"/></svg>').format(
        place, middle, name, path
    )


def grid(axis: Axis, top: float, bottom: float) -> Markup:
    """Draw a faint line at each tick."""
    return Markup().join(line("grid", x, x, top, bottom) for x, _ in axis.ticks())


def scale(axis: Axis, floor: float) -> Markup:
    """Draw the axis with its ticks and their labels."""
    text = Markup('<text x="{}%" y="{}">{}</text>')
    marks = [
        line("axis", x, x, floor, floor + 5) + (text.format(x, floor + 18, label) if label else "")
        for x, label in axis.ticks()
    ]
    return line("axis", 0, 100, floor, floor) + Markup().join(marks)


def _reach(measured: Measured) -> Reach | None:
    if not drawable(measured.value):
        return None
    low, high = (None if x is None or math.isnan(x) else x for x in (measured.low, measured.high))
    # The lower end of a ratio or a time that nothing bounds is written 0.
    if low == 0 and measured.value > 0 and high is not None:
        low = -math.inf
    return Reach(measured.value, low, high)


def _told(reach: Reach, unit: str, margin: Margin | None) -> str:
    """Say in words what the drawing shows."""
    value, low, high = reach
    said = f"Measured {short(value)} {unit}".rstrip()
    if low is None or high is None:
        said += "."
    elif math.isinf(low) and math.isinf(high):
        said = "Measured: the runs bound it on neither side."
    else:
        left = "with no lower bound" if math.isinf(low) else f"from {short(low)}"
        right = "with no upper bound" if math.isinf(high) else f"to {short(high)}"
        said += f", 95 % interval {left} {right}."
    if margin is None:
        return said
    talk = "" if margin.target is None else f", by the talk {short(margin.target)}"
    return f"{said} Expected {margin_words(margin)}{talk}."


def _axis(reach: Reach, margin: Margin | None) -> Axis:
    margins = () if margin is None else (margin.low, margin.high, margin.target)
    values = [value for value in (*reach, *margins) if drawable(value)]
    return fit_axis(values, log=min(values) > 0)


def _margin(axis: Axis, margin: Margin | None, top: float, bottom: float) -> Markup:
    if margin is None:
        return Markup()
    left = axis.position(margin.low) if math.isfinite(margin.low) else 0.0
    right = axis.position(margin.high) if math.isfinite(margin.high) else 100.0
    band = Markup('<rect class="band" x="{}%" width="{}%" y="{}" height="{}"/>').format(
        left, round(right - left, 2), top, bottom - top
    )
    ends = ((left, margin.low), (right, margin.high))
    lines = [line("edge", x, x, top, bottom) for x, value in ends if math.isfinite(value)]
    if margin.target is not None:
        x = axis.position(margin.target)
        lines.append(line("target", x, x, top, bottom))
    return band + Markup().join(lines)


def _interval(axis: Axis, reach: Reach, middle: float, radius: float) -> Markup:
    value, low, high = reach
    point = Markup('<circle class="point" cx="{}%" cy="{}" r="{}"/>').format(
        axis.position(value), middle, radius
    )
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
