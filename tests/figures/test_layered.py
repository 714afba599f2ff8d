"""Columns, order and heights of a layered graph."""

from __future__ import annotations

import itertools
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from repro.figures.layered import arrange, crossings, depths, nondecreasing, route

if TYPE_CHECKING:
    from random import Random

    from repro.figures.layered import Layout, Parents, Point

Family = dict[str, tuple[str, ...]]
ROOM, WIRE = 20.0, 6.0


@st.composite
def families(draw: st.DrawFn) -> Family:
    """Parents of every node of a random graph, in topological order."""
    size = draw(st.integers(1, 12))
    made: Family = {}
    for number in range(size):
        before = [f"n{other}" for other in range(number)]
        made[f"n{number}"] = (
            tuple(draw(st.lists(st.sampled_from(before), unique=True, max_size=3)))
            if before
            else ()
        )
    return made


def laid_out(parents: Family, last: tuple[str, ...] = ()) -> Layout:
    depth = depths(parents, last)
    return arrange(parents, depth, dict.fromkeys(parents, ROOM), wire=WIRE)


def crossed(left: list[Point], right: list[Point], joined: Parents) -> int:
    """Count crossings by comparing all pairs of lines."""
    lines = [(left.index(b), right.index(p)) for p in right for b in joined[p]]
    pairs = itertools.combinations(lines, 2)
    return sum((a - c) * (b - d) < 0 for (a, b), (c, d) in pairs)


def test_depth_is_the_longest_path_and_last_nodes_share_a_column() -> None:
    """The graph is x → h → k → d and x → e; k has a child, so it is not moved."""
    parents = {"x": (), "h": ("x",), "e": ("x",), "k": ("h", "x"), "d": ("k",)}
    assert depths(parents, ()) == {"x": 0, "h": 1, "e": 1, "k": 2, "d": 3}
    assert depths(parents, ("d", "e", "k")) == {"x": 0, "h": 1, "e": 3, "k": 2, "d": 3}


@pytest.mark.slow
@given(families())
def test_every_edge_goes_right_one_column_at_a_time(parents: Family) -> None:
    depth = depths(parents, tuple(parents)[-2:])
    for child, above in parents.items():
        for parent in above:
            points = route((parent, child), depth)
            assert points[0] == (parent, depth[parent])
            assert points[-1] == (child, depth[child])
            assert all(right[1] == left[1] + 1 for left, right in pairwise(points))
            assert all(name == parent for name, _ in points[:-1])


def test_long_edges_of_a_node_share_one_wire() -> None:
    """Edges from x to d and e pass h and k as one wire."""
    parents = {"x": (), "h": ("x",), "k": ("h",), "d": ("k", "x"), "e": ("k", "x")}
    layout = laid_out(parents)
    assert [len(column) for column in layout.columns] == [1, 2, 2, 2]
    assert layout.joined["x", 1] == (("x", 0),)
    assert set(layout.joined["d", 3]) == set(layout.joined["e", 3]) == {("k", 2), ("x", 2)}


@pytest.mark.slow
@given(families())
def test_crossings_equal_the_count_over_all_pairs(parents: Family) -> None:
    layout = laid_out(parents)
    for left, right in pairwise(layout.columns):
        expected = crossed(list(left), list(right), layout.joined)
        assert crossings(left, right, layout.joined) == expected


def test_crossings_of_known_drawings() -> None:
    left = [("a", 0), ("b", 0)]
    right = [("c", 1), ("d", 1)]
    straight: Parents = {("c", 1): (("a", 0),), ("d", 1): (("b", 0),)}
    swapped: Parents = {("c", 1): (("b", 0),), ("d", 1): (("a", 0),)}
    full: Parents = dict.fromkeys(right, (("a", 0), ("b", 0)))
    assert [crossings(left, right, one) for one in (straight, swapped, full)] == [0, 1, 1]


@pytest.mark.parametrize("order", list(itertools.permutations("efgh")))
def test_avoidable_crossings_are_avoided(order: tuple[str, ...]) -> None:
    """Inputs e and f lead to a, g and h to b, in any given order."""
    parents: Family = dict.fromkeys(order, ()) | {"a": ("e", "f"), "b": ("g", "h")}
    layout = laid_out(parents)
    left, right = layout.columns
    assert crossings(left, right, layout.joined) == 0


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_an_input_is_not_between_two_with_a_common_child(order: tuple[str, ...]) -> None:
    parents: Family = dict.fromkeys(order, ()) | {"y": ("a", "c"), "z": ("b",)}
    layout = laid_out(parents)
    left, right = layout.columns
    assert crossings(left, right, layout.joined) == 0


@pytest.mark.slow
@given(families(), st.randoms(use_true_random=False))
def test_the_last_column_keeps_its_order(parents: Family, random: Random) -> None:
    depth = depths(parents, ())
    names = list(parents)
    random.shuffle(names)
    shuffled = {name: parents[name] for name in sorted(names, key=depth.__getitem__)}
    *_, column = laid_out(shuffled).columns
    last = max(depth.values())
    assert [name for name, _ in column] == [name for name in shuffled if depth[name] == last]


@pytest.mark.slow
@given(families())
def test_columns_have_every_node_and_minimum_distances(parents: Family) -> None:
    layout = laid_out(parents)
    points = [point for column in layout.columns for point in column]
    assert len(points) == len(set(points)) == len(layout.heights)
    assert {name for name, _ in points} == set(parents)
    depth = depths(parents, ())
    for number, column in enumerate(layout.columns):
        assert all(at == number for _, at in column)
        room = [ROOM if depth[name] == at else WIRE for name, at in column]
        for (a, b), (c, d) in zip(pairwise(column), pairwise(room), strict=True):
            assert layout.heights[b] - layout.heights[a] >= (c + d) / 2 - 1e-9


@pytest.mark.slow
@given(families())
def test_the_layout_starts_at_the_top_and_has_no_empty_band(parents: Family) -> None:
    layout = laid_out(parents)
    depth = depths(parents, ())
    ends = sorted(
        (at - half, at + half)
        for (name, column), at in layout.heights.items()
        for half in [(ROOM if depth[name] == column else WIRE) / 2]
    )
    assert ends[0][0] == pytest.approx(0, abs=1e-9)
    low = 0.0
    for top, bottom in ends:
        assert top <= low + 1e-6
        low = max(low, bottom)


def test_a_chain_is_horizontal_and_a_parent_is_between_its_children() -> None:
    layout = laid_out({"a": (), "b": ("a",), "c": ("b",), "d": ("c",), "e": ("c",)})
    heights = {name: at for (name, _), at in layout.heights.items()}
    assert heights["a"] == heights["b"] == heights["c"]
    assert heights["c"] == pytest.approx((heights["d"] + heights["e"]) / 2)


def test_an_empty_graph_has_no_column() -> None:
    assert arrange({}, {}, {}, wire=WIRE) == ((), {}, {})


@pytest.mark.slow
@given(families())
def test_the_same_graph_has_the_same_layout(parents: Family) -> None:
    assert laid_out(parents) == laid_out(dict(parents))


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(0.1, 10)), min_size=1, max_size=12))
def test_nondecreasing_is_isotonic_regression(pairs: list[tuple[float, float]]) -> None:
    values, weights = map(list, zip(*pairs, strict=True))
    expected = isotonic_regression(values, weights=weights).x
    assert nondecreasing(values, weights) == pytest.approx(expected, abs=1e-6)


def test_nondecreasing_by_hand() -> None:
    assert nondecreasing([1, 3, 2, 2, 5], [1, 1, 1, 1, 1]) == pytest.approx(
        [1, 7 / 3, 7 / 3, 7 / 3, 5]
    )
    assert nondecreasing([3, 0], [2, 1]) == pytest.approx([2, 2])
