"""Checks of a drawn figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

if TYPE_CHECKING:
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
