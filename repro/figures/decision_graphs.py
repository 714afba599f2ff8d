"""Draw small graphs of decisions in rows: each graph, then the ways in which its decisions can change."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch

from repro.errors import UserError
from repro.figures.mdp_shapes import CHANGED, GONE, TINT
from repro.figures.picture import INK, Picture, figure_style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

# Lengths are in points.
_PAGE, _CELL, _RADIUS = 446.0, 55.0, 5.6
_ACROSS, _DOWN = 17.0, 15.0
_TITLE, _HEAD, _GAP, _LINE, _FOOT = 22.0, 18.0, 6.0, 8.0, 26.0
_LETTERS = 13
"""Characters per line of a caption."""


CAPTION = "Look which decisions differ between training and transfer."


@dataclass(frozen=True)
class DecisionCell:
    """A graph with the decisions that change in one transfer.

    Attributes:
        changed: decisions that change; none: the training.
        caption: a few words below it.
        shown: whether it is drawn in full; otherwise it is grey.
    """

    changed: tuple[str, ...]
    caption: str = ""
    shown: bool = True


@dataclass(frozen=True)
class DecisionGraph:
    """One row of the figure.

    Attributes:
        title: what the graph is.
        decisions: names of the nodes, a letter each.
        edges: pairs of decisions of which the second follows the first, without cycles.
        cells: what is drawn of it from left to right, at least one.
    """

    title: str
    decisions: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    cells: tuple[DecisionCell, ...]


def decision_graphs(name: str, rows: Sequence[DecisionGraph], *, title: str, grey: str) -> Picture:
    """Draw graphs from left to right, each in the columns that its longest paths give.

    Args:
        name: file name without extension.
        rows: at least one.
        title: title of the figure.
        grey: what it means that a graph is grey.

    Raises:
        UserError: if there is no graph, a row has no cell or more than fit, edges make a cycle, or a
            change or an edge names an unknown decision.
    """
    if not rows:
        raise UserError(f"figure {name}: given no graph; expected at least one")
    places = [_places(name, row) for row in rows]
    below = [_GAP + _LINE * max(len(_wrapped(cell)) for cell in row.cells) for row in rows]
    heights = [
        _HEAD + _DOWN * (1 + 2 * max(y for _, y in at.values())) + under
        for at, under in zip(places, below, strict=True)
    ]
    height = _TITLE + sum(heights) + _FOOT
    with figure_style():
        figure = Figure(figsize=(_PAGE / 72, height / 72))
        figure.text(2 / _PAGE, 1 - 14 / height, title, fontsize=11)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, _PAGE), ylim=(0, height))  # one unit is one point
        axes.set_axis_off()
        top = height - _TITLE
        for row, at, tall, under in zip(rows, places, heights, below, strict=True):
            axes.text(2, top - 2, row.title, fontsize=9, weight="bold", va="top")
            middle = (top - _HEAD + top - tall + under) / 2
            for number, cell in enumerate(row.cells):
                left = 4 + _CELL * number
                points = {
                    k: (left + 8 + _ACROSS * x, middle - _DOWN * y) for k, (x, y) in at.items()
                }
                _draw(axes, row, cell, points)
                _caption(axes, cell, left, top - tall + under)
            top -= tall
        handles = [
            _dot(INK, "white", "kept"),
            _dot(CHANGED, TINT, "changed"),
            _dot(GONE, "white", f"{grey} (dashed: changed)"),
        ]
        figure.legend(handles=handles, loc="lower center", ncols=3, fontsize=8, handletextpad=0.3)
    return Picture(name, _in_words(title, rows, grey), figure, CAPTION)


def _places(name: str, row: DecisionGraph) -> dict[str, tuple[float, float]]:
    """Return the column and the row of each decision, the middle row being 0."""
    where = f"figure {name}, {row.title}"
    graph = nx.DiGraph()
    graph.add_nodes_from(row.decisions)
    for what in (
        *(end for edge in row.edges for end in edge),
        *(k for c in row.cells for k in c.changed),
    ):
        if what not in row.decisions:
            raise UserError(
                f"{where}: given the decision {what!r}; expected one of {', '.join(row.decisions)}"
            )
    graph.add_edges_from(row.edges)
    if not nx.is_directed_acyclic_graph(graph):
        raise UserError(f"{where}: the edges make a cycle; expected a graph without one")
    most = int((_PAGE - 4) // _CELL)
    if not 1 <= len(row.cells) <= most:
        raise UserError(
            f"{where}: given {len(row.cells)} cells; expected 1 to {most}, as many as fit"
        )
    columns: dict[int, list[str]] = {}
    for column, found in enumerate(nx.topological_generations(graph)):
        columns[column] = sorted(found)
    return {
        decision: (float(column), place - (len(found) - 1) / 2)
        for column, found in columns.items()
        for place, decision in enumerate(found)
    }


def _draw(
    axes: Axes, row: DecisionGraph, cell: DecisionCell, points: Mapping[str, tuple[float, float]]
) -> None:
    """Draw a graph's decisions as circles and its edges as arrows; long edges are bent."""
    for before, after in row.edges:
        start, end = points[before], points[after]
        bent = end[0] - start[0] > 1.5 * _ACROSS
        axes.add_patch(
            FancyArrowPatch(
                start,
                end,
                arrowstyle="-|>,head_length=3,head_width=1.6",
                connectionstyle=f"arc3,rad={-0.5 if bent else 0}",
                mutation_scale=1,
                shrinkA=_RADIUS,
                shrinkB=_RADIUS,
                color=INK if cell.shown else GONE,
                lw=0.9,
                label=f"{before} → {after}",
            )
        )
    for decision, at in points.items():
        changed = decision in cell.changed
        strong = CHANGED if changed else INK
        look: dict[str, Any] = {"fc": TINT if changed and cell.shown else "white", "zorder": 4}
        look |= {"ec": strong if cell.shown else GONE, "lw": 1.5 if changed else 0.9}
        look |= {"ls": (0, (1.5, 1)) if changed and not cell.shown else "-"}
        axes.add_patch(Circle(at, _RADIUS, label=decision, **look))
        ink = strong if cell.shown else GONE
        text: dict[str, Any] = {"ha": "center", "va": "center_baseline", "zorder": 5}
        axes.text(*at, decision, fontsize=7, color=ink, **text)


def _caption(axes: Axes, cell: DecisionCell, left: float, top: float) -> None:
    for line, words in enumerate(_wrapped(cell)):
        axes.text(left, top - _LINE * line, words, fontsize=7, va="top")


def _wrapped(cell: DecisionCell) -> list[str]:
    return textwrap.wrap(cell.caption, _LETTERS)


def _dot(edge: str, fill: str, label: str) -> Line2D:
    look: dict[str, Any] = {"marker": "o", "ms": 8, "ls": "", "mec": edge, "mfc": fill, "mew": 1.2}
    return Line2D([], [], label=label, **look)


def _in_words(title: str, rows: Sequence[DecisionGraph], grey: str) -> str:
    """List the changes that are drawn in full, and count the grey ones."""
    sentences = [title]
    for row in rows:
        full = [cell for cell in row.cells if cell.shown and cell.changed]
        named = [f"{cell.caption or 'unnamed'} ({', '.join(cell.changed)})" for cell in full]
        rest = sum(not cell.shown for cell in row.cells)
        words = f"{row.title}: {', '.join(named) or 'no change in full'}"
        sentences.append(f"{words}; {rest} grey" if rest else words)
    return " ".join(f"{words.rstrip('.')}." for words in (*sentences, f"Grey: {grey}"))
