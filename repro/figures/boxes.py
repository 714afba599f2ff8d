"""Draw a layered graph: labelled boxes in columns, and the lines between them.

All lengths are in points. The report scales figures to its width, so wide ones have smaller letters.
"""

from __future__ import annotations

import textwrap
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from repro.figures.layered import arrange
from repro.figures.picture import INK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

    from repro.figures.layered import Point

_SIZE, _LINE, _PAD, _TIP, _APART, _WIRE = 9.0, 11.0, 8.0, 7.0, 8.0, 9.0
_NARROWEST, _WIDEST = 446.0, 600.0
_GAPS, _SLOPE = (40.0, 120.0), 0.4
# Labels have at most two lines. The first of these line lengths that fits the figure's width is used.
_LETTERS = (36, 30, 25, 21, 18, 15)
_LONGEST_NAME = 24
_EDGE, _TITLE, _LEGEND = 10.0, 15.0, 34.0


class Box(NamedTuple):
    """The look of a box; `shape` is "round", "square" or "hexagon", `width` that of the outline."""

    shape: str
    fill: str
    outline: str
    width: float


class Columns(NamedTuple):
    """Positions and sizes of boxes and lines.

    Attributes:
        heights: of each point of the layout, its distance from the top.
        labels: of each node, its label in one or two lines.
        sizes: of each node, the width and height of its box.
        middles: of each column, the distance of its middle from the left.
        halves: of each column, half its width.
        width: total width.
        height: height of the tallest column.
    """

    heights: Mapping[Point, float]
    labels: Mapping[str, str]
    sizes: Mapping[str, tuple[float, float]]
    middles: tuple[float, ...]
    halves: tuple[float, ...]
    width: float
    height: float


def side_by_side(
    parents: Mapping[str, Sequence[str]], depth: Mapping[str, int], labels: Mapping[str, str]
) -> Columns:
    """Place columns side by side, with labels as long as the width allows.

    Args:
        parents: parents of every node, in topological order.
        depth: column of each node.
        labels: full label of each node.
    """
    short, sizes, widths = _fitted(depth, labels)
    room = {name: height + _APART for name, (_, height) in sizes.items()}
    layout = arrange(parents, depth, room, wire=_WIRE)
    heights = layout.heights
    gaps = []
    for right in layout.columns[1:]:
        steepest = max(abs(heights[p] - heights[b]) for p in right for b in layout.joined[p] or [p])
        gaps.append(min(max(_SLOPE * steepest, _GAPS[0]), _GAPS[1]))
    spare = max(_NARROWEST - 2 * _EDGE - sum(widths) - sum(gaps), 0.0)
    gaps = [min(gap + spare / len(gaps), _GAPS[1]) for gap in gaps]
    starts = [sum(widths[:number]) + sum(gaps[:number]) for number in range(len(widths))]
    middles = tuple(start + width / 2 for start, width in zip(starts, widths, strict=True))
    bottom = max(at + room.get(name, _WIRE) / 2 for (name, _), at in heights.items())
    halves = tuple(width / 2 for width in widths)
    return Columns(heights, short, sizes, middles, halves, starts[-1] + widths[-1], bottom)


def _fitted(
    depth: Mapping[str, int], labels: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, tuple[float, float]], list[float]]:
    """Shorten labels until all columns fit; return labels, sizes of boxes and widths of columns."""
    for letters in _LETTERS:
        short = {name: in_lines(label, letters) for name, label in labels.items()}
        sizes = {name: _size(label) for name, label in short.items()}
        widths = [0.0] * (1 + max(depth.values()))
        for name, (width, _) in sizes.items():
            widths[depth[name]] = max(widths[depth[name]], width)
        if sum(widths) + _GAPS[0] * (len(widths) - 1) <= _WIDEST:
            break
    return short, sizes, widths


def in_lines(label: str, letters: int) -> str:
    """Break a label longer than `letters` into two similar lines; cut it if it does not fit.

    Names of tensors and parameters stay whole, so that they can be read off.
    """
    letters = max(letters, *(len(word) for word in label.split() if len(word) <= _LONGEST_NAME), 1)
    wrapped = textwrap.TextWrapper(letters, max_lines=2, placeholder=" …", break_on_hyphens=False)
    if len(label) > letters:
        whole = textwrap.TextWrapper(break_on_hyphens=False, break_long_words=False)
        for width in range(len(label) // 2, letters):
            whole.width = width
            lines = whole.wrap(label)
            if len(lines) <= 2 and max(map(len, lines)) <= letters:  # noqa: PLR2004 - lines
                return "\n".join(lines)
    return "\n".join(wrapped.wrap(label)) or " "


def _size(label: str) -> tuple[float, float]:
    lines = label.split("\n")
    width = max((_width(line) for line in lines if line.strip()), default=0.0)
    return width + 2 * _PAD, _LINE * len(lines) + _APART


@cache
def _width(line: str) -> float:
    """Measure a line of a label; each is measured once, because columns are tried with several lengths."""
    return float(TextPath((0, 0), _plain(line), size=_SIZE).get_extents().x1)


def canvas(columns: Columns, title: str) -> tuple[Figure, Axes]:
    """Make a figure that fits the columns; one unit is one point, and y points down."""
    wide = max(columns.width, _NARROWEST - 2 * _EDGE)
    lines = textwrap.wrap(title, int(wide / 6))
    size = (wide + 2 * _EDGE, columns.height + _TITLE * (len(lines) + 1) + _LEGEND)
    figure = Figure(figsize=(size[0] / 72, size[1] / 72))
    place = (_EDGE / size[0], _LEGEND / size[1], wide / size[0], columns.height / size[1])
    axes = figure.add_axes(place)
    spare = (wide - columns.width) / 2
    axes.set(xlim=(-spare, columns.width + spare), ylim=(columns.height, 0))
    axes.set_title(_plain("\n".join(lines)), loc="left")
    axes.set_axis_off()
    return figure, axes


def draw_box(axes: Axes, columns: Columns, point: Point, box: Box) -> None:
    """Draw a node with its label."""
    node, column = point
    x, y = columns.middles[column], columns.heights[point]
    half, rise = (length / 2 for length in columns.sizes[node])
    style: dict[str, Any] = {
        "fc": box.fill,
        "ec": box.outline,
        "lw": box.width,
        "zorder": 3,
        "label": node,
    }
    patch: Patch
    if box.shape == "hexagon":
        right, left = (x + half, x + half - _TIP), (x - half, x - half + _TIP)
        corners = [(left[0], y), (left[1], y - rise), (right[1], y - rise)]
        corners += [(right[0], y), (right[1], y + rise), (left[1], y + rise)]
        patch = Polygon(corners, closed=True, clip_on=False, **style)
    else:
        rounding = f"round,pad=0,rounding_size={_LINE - 2 if box.shape == 'round' else 1.5}"
        corner = (x - half, y - rise)
        patch = FancyBboxPatch(corner, 2 * half, 2 * rise, rounding, clip_on=False, **style)
    axes.add_patch(patch)
    centre: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "fontsize": _SIZE,
        "linespacing": 1.05,
        "zorder": 4,
    }
    axes.text(x, y, _plain(columns.labels[node]), color=INK, **centre)


def draw_line(
    axes: Axes, columns: Columns, route: Sequence[Point], *, colour: str, width: float
) -> None:
    """Draw an edge through its points, horizontal at each of them, with an arrowhead at its end."""
    (start, first), (end, last) = route[0], route[-1]
    vertices = [(columns.middles[first] + columns.sizes[start][0] / 2, columns.heights[route[0]])]
    codes = [Path.MOVETO]
    for before, point in pairwise(route):
        x, y = columns.middles[before[1]] + columns.halves[before[1]], columns.heights[before]
        into, there = columns.middles[point[1]] - columns.halves[point[1]], columns.heights[point]
        into -= _TIP if point == route[-1] else 0.0
        middle = (x + into) / 2
        vertices += [(x, y), (middle, y), (middle, there), (into, there)]
        codes += [Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    border = columns.middles[last] - columns.sizes[end][0] / 2
    vertices.append((border, columns.heights[route[-1]]))
    codes.append(Path.LINETO)
    axes.add_patch(
        FancyArrowPatch(
            path=Path(vertices, codes),
            arrowstyle=f"-|>,head_length={3.5 + width},head_width={1.4 + width / 2}",
            mutation_scale=1,
            color=colour,
            lw=width,
            joinstyle="miter",
            capstyle="butt",
            zorder=1 + width / 10,
            label=f"{start} → {end}",
        )
    )


def _plain(text: str) -> str:
    """Escape dollar signs, which would start a formula."""
    return text.replace("$", r"\$")
