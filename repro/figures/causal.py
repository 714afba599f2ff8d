"""Draw a causal graph from left to right: conditioned nodes first, gradients last."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D

from repro.causal.graphs.graph import Role
from repro.errors import UserError
from repro.figures.boxes import Box, canvas, draw_box, draw_line, side_by_side
from repro.figures.layered import depths, route
from repro.figures.picture import INK, Picture, count, figure_style

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from repro.causal.graphs.graph import Graph

ABBREVIATED = {"temporal-difference error": "TD error"}
"""Terms that many nodes of a graph have in their labels."""
_LONG_OUTPUT = re.compile(r"^observed\(.*….*?(\w+)\[\d+\]\)")
"""The value that a network gave, written as a sum of products that is too long for a figure."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST = 60
"""Maximum number of nodes in a figure; of a larger graph, the nodes nearest to the paths are drawn."""
WITNESS = "#d55e00"
TINT = "#fff0e4"
"""Light, so that it does not look shaded in a black-and-white print."""
_TINTED: dict[str, Any] = {"mfc": TINT, "mec": WITNESS, "mew": 2.0}
LINE = "#a3a3a3"
BOXES = {
    Role.FUNCTION: Box("square", "#d6d6d6", "#6b6b6b", 0.9),
    Role.DATA: Box("round", "#d6d6d6", "#6b6b6b", 0.9),
    Role.HIDDEN: Box("round", "#ffffff", INK, 0.9),
    Role.GRADIENT: Box("hexagon", "#e1f0fa", "#0072b2", 1.2),
}
_MEANING = {
    Role.DATA: "shaded: conditioned on",
    Role.HIDDEN: "hidden",
    Role.GRADIENT: "gradient",
}


CAPTION = "Look for the highlighted path: what it starts from is shared by two gradients, so that they are not independent."
APART = "Arrows run from what is read to what is computed from it: given nodes are shaded, gradients are at the right."


def causal_graph(
    graph: Graph,
    *,
    name: str,
    title: str,
    paths: Sequence[Sequence[str]] = (),
    shared: Collection[str] = (),
    changed: Collection[str] = (),
    alt: str,
) -> Picture:
    """Draw a graph with highlighted paths; the first node of a path is also filled.

    Functions are boxes, data and hidden variables are rounded, gradients are hexagons. If the graph has
    more than `MOST` nodes, only the paths, the gradients and their nearest ancestors are drawn, and the
    title says so.

    Args:
        graph: a graph with at least one node.
        name: file name without extension.
        title: what the graph shows.
        paths: names of nodes, each a parent of the next, as in a witness.
        shared: names of further nodes to fill, because gradients share them.
        changed: names of nodes to highlight because they were replaced.
        alt: description of the figure; counts and paths are appended.

    Raises:
        UserError: if there is no node, or a path has a node or edge that is not in the graph.
    """
    if not graph.nodes:
        raise UserError(f"figure {name}: given a graph without nodes; expected at least one")
    for path in (*paths, *([node] for node in (*shared, *changed))):
        _check(name, graph, path)
    shown = _nearest(graph, paths)
    parents = {
        node: tuple(p for p in graph.nodes[node].parents if p in shown)
        for node in graph.nodes
        if node in shown
    }
    depth = depths(parents, [node for node in parents if graph.nodes[node].role is Role.GRADIENT])
    order = sorted(parents, key=lambda node: (depth[node], _natural(graph.nodes[node].label)))
    parents = {node: parents[node] for node in order}
    labels = {node: written(graph.nodes[node].label) for node in parents}
    columns = side_by_side(parents, depth, labels)
    part = f"{len(parents)} of {len(graph.nodes)} nodes"
    bright = {edge for path in paths for edge in pairwise(path)}
    with figure_style():
        figure, axes = canvas(
            columns, title + (f" ({part})" if len(parents) < len(graph.nodes) else "")
        )
        for child, above in parents.items():
            for parent in above:
                colour, width = (WITNESS, 2.2) if (parent, child) in bright else (LINE, 0.7)
                draw_line(axes, columns, route((parent, child), depth), colour=colour, width=width)
        for node in parents:
            box = _box(graph.nodes[node].role, node, paths)
            if node in changed or (node in shared and graph.nodes[node].role is Role.HIDDEN):
                box = box._replace(fill=TINT, outline=WITNESS, width=2.0)
            draw_box(axes, columns, (node, depth[node]), box)
        roles = {graph.nodes[node].role for node in parents}
        tight: dict[str, Any] = {"fontsize": 9, "columnspacing": 1.5, "handletextpad": 0.6}
        handles = _legend(roles, bright=bool(bright), filled=bool(shared))
        if changed:
            handles.append(Line2D([], [], ls="", marker="s", ms=10, label="replaced", **_TINTED))
        figure.legend(handles=handles, loc="lower center", ncols=4, **tight)
    return Picture(name, _in_words(alt, graph, paths, part), figure, CAPTION if paths else APART)


def _check(name: str, graph: Graph, path: Sequence[str]) -> None:
    """Refuse a path that is not in the graph."""
    for node in path:
        if node not in graph.nodes:
            raise UserError(
                f"figure {name}: a path goes through {node!r}, which is not in the graph; "
                "expected paths of a witness of this graph"
            )
    for parent, child in pairwise(path):
        if parent not in graph.nodes[child].parents:
            raise UserError(
                f"figure {name}: a path goes from {parent!r} to {child!r}, where the graph has no "
                f"edge; the parents of {child!r} are {', '.join(graph.nodes[child].parents) or 'none'}"
            )


def _nearest(graph: Graph, paths: Sequence[Sequence[str]]) -> frozenset[str]:
    """Choose the nodes to draw: paths, then gradients, then ancestors by distance."""
    on_paths = [node for path in paths for node in path]
    queue = list(dict.fromkeys([*on_paths, *graph.of(Role.GRADIENT)]))
    known = set(queue)
    for node in queue:  # the loop appends to it
        fresh = [parent for parent in graph.nodes[node].parents if parent not in known]
        known.update(fresh)
        queue += fresh
    rest = [node for node in graph.nodes if node not in known]
    return frozenset([*queue, *rest][:MOST])


def written(label: str) -> str:
    """Write a node's label: "f^1" with a raised 1, long terms abbreviated, names as they are in the code."""
    label = _LONG_OUTPUT.sub(r"observed output of \1", label)
    for term, brief in ABBREVIATED.items():
        label = label.replace(term, brief)
    return re.sub(r"\^(\d+)", lambda power: power[1].translate(_RAISED), label)


def _natural(label: str) -> list[str | int]:
    """Return a sort key that puts bids[2] before bids[10]."""
    pieces = re.split(r"(\d+)", label)  # every second piece is a number
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)]


def _box(role: Role, node: str, paths: Sequence[Sequence[str]]) -> Box:
    """Return a node's look: outlined on a path, also filled if hidden and first on a path."""
    box = BOXES[role]
    if not any(node in path for path in paths):
        return box
    begins = role is Role.HIDDEN and any(path[0] == node for path in paths if path)
    return box._replace(fill=TINT if begins else box.fill, outline=WITNESS, width=2.0)


def _legend(roles: Iterable[Role], *, bright: bool, filled: bool) -> list[Line2D]:
    """Return entries for what is drawn; `filled` says that nodes are shared apart from that of the paths."""
    present = {Role.DATA if role is Role.FUNCTION else role for role in roles}
    handles: list[Line2D] = []
    for role, meaning in _MEANING.items():
        if role in present:
            box = BOXES[role]
            look: dict[str, Any] = {
                "marker": "h" if box.shape == "hexagon" else "o",
                "ms": 10,
                "ls": "",
            }
            edge: dict[str, Any] = {"mfc": box.fill, "mec": box.outline, "mew": box.width}
            handles.append(Line2D([], [], label=meaning, **look, **edge))
    if filled:
        both: dict[str, Any] = {"marker": "o", "ms": 10, "label": "shared, and paths of one"}
        handles.append(Line2D([], [], color=WITNESS, lw=2.2, **both, **_TINTED))
    elif bright:
        handles.append(Line2D([], [], color=WITNESS, lw=2.2, label="shared: path of the witness"))
    return handles


def _in_words(alt: str, graph: Graph, paths: Sequence[Sequence[str]], part: str) -> str:
    """Append the number of nodes of each kind, and the paths, to `alt`."""
    if not alt.strip():
        return alt  # `Picture` refuses it
    given = len(graph.of(Role.FUNCTION)) + len(graph.of(Role.DATA))
    hidden, gradients = len(graph.of(Role.HIDDEN)), len(graph.of(Role.GRADIENT))
    text = f"{alt.rstrip('. ')}. {count(len(graph.nodes), 'node')}: {given} conditioned on, {hidden} hidden, "
    text += f"{count(gradients, 'gradient')}."
    if len(graph.nodes) > MOST:
        text += f" Drawn: {part}."
    walks = [" → ".join(graph.nodes[node].label for node in path) for path in paths if path]
    return text + (f" Highlighted: {'; '.join(walks)}." if walks else "")
