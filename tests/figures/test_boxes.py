"""Labels are cut, boxes fit their labels, and lines connect boxes."""

from __future__ import annotations

import pytest
from matplotlib.patches import FancyArrowPatch
from matplotlib.textpath import TextPath

from repro.figures.boxes import Box, Columns, canvas, draw_box, draw_line, in_lines, side_by_side
from repro.figures.layered import depths, route

LONG = "reward plus discounted value of the next state less value of this one"
CHAIN = {"x": (), "h": ("x",), "d": ("h", "x")}


def columns(labels: dict[str, str] | None = None) -> tuple[Columns, dict[str, int]]:
    depth = depths(CHAIN, ())
    return side_by_side(CHAIN, depth, labels or dict.fromkeys(CHAIN, "name")), depth


@pytest.mark.parametrize(
    ("label", "letters", "lines"),
    [
        ("log-sum-exp", 20, "log-sum-exp"),
        ("twelve chars", 12, "twelve chars"),
        ("mean over steps 9", 15, "mean over\nsteps 9"),
        ("r[0] + 0.99 r[1] - b", 15, "r[0] + 0.99\nr[1] - b"),
        ("one two three four five six", 9, "one two\nthree …"),
        ("abcdefghijklmnopqrstuvwxyz", 8, "abcdefgh\n…"),
        ("log-sum-exp of bids", 12, "log-sum-exp\nof bids"),
        ("actor_a.0.weight", 15, "actor_a.0.weight"),
        ("gradient of actor_a.0.weight", 15, "gradient of\nactor_a.0.weight"),
        (" ", 12, " "),
    ],
)
def test_labels_in_lines(label: str, letters: int, lines: str) -> None:
    assert in_lines(label, letters) == lines


def test_labels_fit_their_boxes() -> None:
    made, _ = columns({"x": "name", "h": LONG, "d": "δ[A]"})
    for node, label in made.labels.items():
        width, height = made.sizes[node]
        lines = label.split("\n")
        assert all(TextPath((0, 0), line, size=9).get_extents().x1 < width for line in lines)
        assert height >= 9 * len(lines)
    assert made.labels["h"].count("\n") == 1
    assert made.sizes["h"][1] > made.sizes["x"][1]


def test_columns_do_not_overlap() -> None:
    made, depth = columns({"x": "name", "h": LONG, "d": "δ[A]"})
    for node, column in depth.items():
        assert made.sizes[node][0] <= 2 * made.halves[column] + 1e-9
    edges = [(m - h, m + h) for m, h in zip(made.middles, made.halves, strict=True)]
    assert edges[0][0] == 0
    assert edges[0][1] + 40 <= edges[1][0]
    assert edges[1][1] + 40 <= edges[2][0]
    assert edges[2][1] == pytest.approx(made.width)


def test_long_labels_are_cut_if_there_are_many_columns() -> None:
    parents: dict[str, tuple[str, ...]] = {"n0": ()}
    parents |= {f"n{i}": (f"n{i - 1}",) for i in range(1, 8)}
    many = side_by_side(parents, depths(parents, ()), dict.fromkeys(parents, LONG))
    few, _ = columns(dict.fromkeys(CHAIN, LONG))
    assert many.labels["n1"].endswith("…")
    assert len(many.labels["n1"]) < len(few.labels["x"])


def test_the_figure_has_room_for_all_and_one_unit_is_a_point() -> None:
    made, _ = columns()
    figure, axes = canvas(made, "A title " * 20)
    box = axes.get_position()
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    size = figure.get_size_inches() * 72
    assert right - left == pytest.approx(box.width * size[0])
    assert bottom - top == pytest.approx(box.height * size[1])
    assert left <= 0
    assert right >= made.width
    assert axes.get_title("left").count("\n") >= 1


@pytest.mark.parametrize("shape", ["round", "square", "hexagon"])
def test_a_box_is_at_its_point(shape: str) -> None:
    made, depth = columns()
    _, axes = canvas(made, "title")
    draw_box(axes, made, ("h", 1), Box(shape, "#ffffff", "#000000", 1))
    (patch,) = axes.patches
    extents = patch.get_path().get_extents(patch.get_patch_transform())
    width, height = made.sizes["h"]
    assert (extents.width, extents.height) == pytest.approx((width, height), abs=0.01)
    middle = ((extents.x0 + extents.x1) / 2, (extents.y0 + extents.y1) / 2)
    assert middle == pytest.approx((made.middles[depth["h"]], made.heights["h", 1]))
    (text,) = axes.texts
    assert text.get_text() == "name"
    assert text.get_position() == pytest.approx(middle)


def test_dollar_signs_are_escaped() -> None:
    made, _ = columns({"x": "$a$", "h": "h", "d": "d"})
    _, axes = canvas(made, "of $1 or $2")
    draw_box(axes, made, ("x", 0), Box("round", "#ffffff", "#000000", 1))
    assert axes.texts[0].get_text() == r"\$a\$"
    assert axes.get_title("left") == r"of \$1 or \$2"


@pytest.mark.parametrize("edge", [("x", "h"), ("x", "d")])
def test_a_line_connects_borders_through_its_points(edge: tuple[str, str]) -> None:
    made, depth = columns()
    _, axes = canvas(made, "title")
    points = route(edge, depth)
    draw_line(axes, made, points, colour="#123456", width=2)
    (arrow,) = axes.patches
    assert isinstance(arrow, FancyArrowPatch)
    assert arrow.get_label() == " → ".join(edge)
    assert arrow.get_linewidth() == 2
    vertices = arrow._path_original.vertices  # type: ignore[attr-defined]  # the path as given
    parent, child = edge
    start = (made.middles[depth[parent]] + made.sizes[parent][0] / 2, made.heights[points[0]])
    end = (made.middles[depth[child]] - made.sizes[child][0] / 2, made.heights[points[-1]])
    assert tuple(vertices[0]) == pytest.approx(start)
    assert tuple(vertices[-1]) == pytest.approx(end)
    assert all(x <= y + 1e-9 for x, y in zip(vertices[:-1, 0], vertices[1:, 0], strict=True))
    for point in points[1:-1]:
        level = made.heights[point]
        assert [v for v in vertices if v[1] == pytest.approx(level)]
