"""Checks of a drawn figure: what is cut, and what can hardly be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOLERANCE = 2.0
"""Pixels by which a letter's frame may leave the figure."""


def beyond_the_edge(figure: Figure) -> list[str]:
    """Return the texts that the edge of a figure cuts."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib has no types for it
    width, height = canvas.get_width_height()
    unseen = _labels_beyond_the_limits(figure)
    found = []
    for text in figure.findobj(Text):
        if not isinstance(text, Text) or not text.get_text().strip() or text in unseen:
            continue
        box = text.get_window_extent()
        if (
            box.x0 < -TOLERANCE
            or box.y0 < -TOLERANCE
            or box.x1 > width + TOLERANCE
            or box.y1 > height + TOLERANCE
        ):
            found.append(text.get_text())
    return found


def _labels_beyond_the_limits(figure: Figure) -> set[Text]:
    """Return the labels of ticks that are not drawn, because they are beyond the limits of their axis."""
    unseen = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low <= tick.get_loc() <= high:
                    unseen |= {tick.label1, tick.label2}
    return unseen


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = to_rgb(colour)
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio as WCAG 2.2 defines it."""
    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


DARK = "invert(0.92) hue-rotate(180deg)"
"""The report's filter for figures in dark mode, which `darkened` computes."""
_HALF_TURN = np.array([[-0.574, 1.430, 0.144], [0.426, 0.430, 0.144], [0.426, 1.430, -0.856]])
"""The matrix of hue-rotate(180deg) in the standard "Filter Effects", with cos = -1 and sin = 0."""


def darkened(colour: str) -> str:
    """Return what a colour of a figure becomes in dark mode."""
    inverted = 0.92 + (1 - 2 * 0.92) * np.array(to_rgb(colour))
    red, green, blue = np.clip(_HALF_TURN @ inverted, 0, 1).tolist()
    return to_hex((red, green, blue))


def least_contrast(text: str, ground: str) -> float:
    """Return the contrast of a text in light or in dark mode, whichever is less."""
    return min(contrast(text, ground), contrast(darkened(text), darkened(ground)))


def hard_to_read(figure: Figure) -> list[str]:
    """Return the texts with a contrast below 4.5 to their own ground or, without one, to white."""
    found = []
    for text in figure.findobj(Text):
        if not isinstance(text, Text) or not text.get_text().strip():
            continue
        frame = text.get_bbox_patch()
        ground = to_rgba("none" if frame is None else frame.get_facecolor())
        shade = to_hex(ground) if ground[3] else "#ffffff"
        if least_contrast(to_hex(text.get_color()), shade) < 4.5:
            found.append(text.get_text())
    return found


def cut_marks(axes: Axes) -> list[tuple[float, float]]:
    """Return the points whose marks an edge of the axes cuts."""
    FigureCanvasAgg(axes.figure).draw()  # type: ignore[no-untyped-call, arg-type]  # as above
    point = axes.figure.dpi / 72
    found = []
    for line in axes.lines:
        if line.get_marker() == "None" or not line.get_clip_on():
            continue
        every = line.get_markevery()
        data = np.asarray(line.get_xydata(), float)
        shown = data if every is None else data[np.asarray(every, int)]
        half = (line.get_markersize() + line.get_markeredgewidth()) / 2 * point
        for place, at in zip(shown, axes.transData.transform(shown), strict=True):
            inside = axes.bbox.x0 + half <= at[0] <= axes.bbox.x1 - half
            if not inside or not axes.bbox.y0 + half <= at[1] <= axes.bbox.y1 - half:
                found.append((float(place[0]), float(place[1])))
    return found
