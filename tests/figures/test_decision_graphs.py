"""Graphs of decisions: places, changes, what is grey, and the words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyArrowPatch

from repro.errors import UserError
from repro.figures import DecisionCell, DecisionGraph, decision_graphs, save
from repro.figures.mdp_shapes import CHANGED, GONE
from repro.figures.picture import INK

if TYPE_CHECKING:
    from pathlib import Path

    from repro.figures import Picture

TRIANGLE = DecisionGraph(
    "Triangle",
    ("A", "B", "C"),
    (("A", "B"), ("A", "C"), ("B", "C")),
    (
        DecisionCell((), "training"),
        DecisionCell(("A", "C"), "first and last of them"),
        DecisionCell(("B",), shown=False),
    ),
)
FORK = DecisionGraph("Fork", ("A", "B", "C"), (("A", "B"), ("A", "C")), (DecisionCell(()),))


def draw(*rows: DecisionGraph) -> Picture:
    return decision_graphs("g", rows or (TRIANGLE, FORK), title="Graphs", grey="not counted")


def circles(picture: Picture) -> list[Circle]:
    return [patch for patch in picture.figure.axes[0].patches if isinstance(patch, Circle)]


def test_decisions_are_in_the_columns_of_their_longest_paths() -> None:
    of = circles(draw())
    assert [one.get_label() for one in of] == ["A", "B", "C"] * 4
    places = np.array([one.center for one in of])
    (a, b, c), fork = places[:3], places[-3:]
    assert a[1] == b[1] == c[1]
    assert a[0] < b[0]
    assert b[0] - a[0] == pytest.approx(c[0] - b[0])
    assert fork[1, 0] == fork[2, 0] > fork[0, 0]
    assert fork[0, 1] == pytest.approx((fork[1, 1] + fork[2, 1]) / 2)
    assert fork[1, 1] > fork[2, 1]
    # Rows are below one another, cells side by side.
    assert fork[:, 1].max() < a[1]
    assert places[3, 0] > c[0]


def test_only_an_edge_past_a_decision_is_bent() -> None:
    arrows = [p for p in draw().figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    bent = {(p.get_label(), p.get_connectionstyle().rad != 0) for p in arrows}  # type: ignore[attr-defined] # of Arc3
    assert bent == {("A → B", False), ("A → C", True), ("B → C", False), ("A → C", False)}


def test_changed_and_grey_decisions_differ() -> None:
    looks = [
        (to_hex(one.get_edgecolor()), one.get_linestyle() == "-") for one in circles(draw())[:9]
    ]
    kept, changed = (INK, True), (CHANGED, True)
    assert looks[:6] == [kept] * 3 + [changed, kept, changed]
    assert looks[6:] == [(GONE, True), (GONE, False), (GONE, True)]


def test_captions_are_wrapped_below_their_graphs() -> None:
    texts = {text.get_text(): text for text in draw().figure.axes[0].texts}
    lines = ["training", "first and", "last of them"]
    heights = [float(texts[line].get_position()[1]) for line in lines]
    assert heights[0] == heights[1] > heights[2]
    assert heights[0] < min(float(one.center[1]) for one in circles(draw())[:3])


def test_the_words() -> None:
    assert draw().alt == (
        "Graphs. Triangle: first and last of them (A, C); 1 grey. Fork: no change in full. "
        "Grey: not counted."
    )
    labels = [text.get_text() for text in draw().figure.legends[0].get_texts()]
    assert labels == ["kept", "changed", "not counted (dashed: changed)"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"edges": (("A", "B"), ("B", "A"))}, "make a cycle"),
        ({"edges": (("A", "X"),)}, "given the decision 'X'; expected one of A, B, C"),
        ({"cells": (DecisionCell(("Y",)),)}, "given the decision 'Y'"),
        ({"cells": ()}, "given 0 cells; expected 1 to 8"),
        ({"cells": (DecisionCell(()),) * 9}, "given 9 cells"),
    ],
)
def test_faulty_graphs_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        draw(replace(TRIANGLE, **changes))


def test_no_graph_is_refused() -> None:
    with pytest.raises(UserError, match="figure g: given no graph"):
        decision_graphs("g", [], title="Graphs", grey="")


def test_the_same_figure_gives_the_same_file(tmp_path: Path) -> None:
    files = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        save(draw(), tmp_path / folder)
        files.append((tmp_path / folder / "g.svg").read_bytes())
    assert files[0] == files[1]
