"""Lay out a graph in columns by depth, with few crossings and straight lines.

After Sugiyama, Tagawa and Toda (1981). A point is (node, column): the node itself in its own column, and
its wire in each later column that an edge from it passes. All edges from a node share one wire, so that
many long edges are drawn as one line until they reach their children.
"""

from __future__ import annotations

import bisect
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Point = tuple[str, int]
Parents = dict[Point, tuple[Point, ...]]
"""For each point, the connected points of the previous column."""

SWEEPS = 25
"""Number of passes, alternating in direction; the last one goes from left to right."""
_STRAIGHT = 4.0
"""Weight of a wire relative to a node: wires should be straight."""
_LOOSEST = 1.7
"""Maximum factor by which the distances in a short column are stretched."""


class Layout(NamedTuple):
    """The points of a layout.

    Attributes:
        columns: the points of each column from top to bottom; columns from left to right.
        joined: for each point, the connected points of the previous column.
        heights: for each point, its distance from the top.
    """

    columns: tuple[tuple[Point, ...], ...]
    joined: Parents
    heights: dict[Point, float]


def depths(parents: Mapping[str, Sequence[str]], last: Collection[str]) -> dict[str, int]:
    """Return the column of each node: the length of the longest path to it.

    Args:
        parents: parents of every node, in topological order.
        last: nodes to put in the last column, unless they have children.
    """
    depth: dict[str, int] = {}
    for name, above in parents.items():
        depth[name] = 1 + max((depth[parent] for parent in above), default=-1)
    inner = {parent for above in parents.values() for parent in above}
    rightmost = max(depth.values(), default=0)
    return depth | {name: rightmost for name in last if name not in inner}


def route(edge: tuple[str, str], depth: Mapping[str, int]) -> tuple[Point, ...]:
    """Return the points that an edge passes, from parent to child."""
    parent, child = edge
    wire = [(parent, column) for column in range(depth[parent], depth[child])]
    return (*wire, (child, depth[child]))


def arrange(
    parents: Mapping[str, Sequence[str]],
    depth: Mapping[str, int],
    room: Mapping[str, float],
    *,
    wire: float,
) -> Layout:
    """Order all columns but the last by barycentres, then choose heights that keep lines straight.

    Args:
        parents: parents of every node, in topological order, without duplicates. The last column keeps
            this order.
        depth: column of every node, greater than those of its parents.
        room: height of each node, including the distance to others.
        wire: height of a wire.
    """
    joined: dict[Point, list[Point]] = {(name, depth[name]): [] for name in parents}
    for child, above in parents.items():
        for parent in above:
            for before, point in pairwise(route((parent, child), depth)):
                known = joined.setdefault(point, [])
                if before not in known:
                    known.append(before)
    fixed = {point: tuple(before) for point, before in joined.items()}
    columns: list[list[Point]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for point in fixed:
        columns[point[1]].append(point)
    ordered = _fewest_crossings(columns, fixed)
    wires = {point for point in fixed if point[1] != depth[point[0]]}
    apart = {point: wire if point in wires else room[point[0]] for point in fixed}
    return Layout(tuple(map(tuple, ordered)), fixed, _heights(ordered, fixed, apart, wires))


def crossings(left: Sequence[Point], right: Sequence[Point], joined: Parents) -> int:
    """Count the crossings between two neighbouring columns."""
    place = {point: number for number, point in enumerate(left)}
    seen: list[int] = []
    count = 0
    for point in right:
        ends = sorted(place[before] for before in joined[point])
        count += sum(len(seen) - bisect.bisect_right(seen, end) for end in ends)
        for end in ends:
            bisect.insort(seen, end)
    return count


def _fewest_crossings(columns: list[list[Point]], joined: Parents) -> list[list[Point]]:
    """Sort columns by the mean position of their neighbours, back and forth; return the best result.

    The last column is not sorted, so that gradients always have the same order.
    """
    after = _reversed(joined)
    best, fewest = columns, _total(columns, joined)
    for sweep in range(SWEEPS):
        columns = [list(column) for column in columns]
        forwards = sweep % 2 == 0
        order = range(1, len(columns) - 1) if forwards else range(len(columns) - 2, -1, -1)
        for number in order:
            other = columns[number - 1 if forwards else number + 1]
            place = {point: at for at, point in enumerate(other)}
            span = max(len(other) - 1, 1) / max(len(columns[number]) - 1, 1)
            columns[number] = _by_barycentre(
                columns[number], joined if forwards else after, place, span
            )
        total = _total(columns, joined)
        if total < fewest:
            best, fewest = columns, total
    return best


def _by_barycentre(
    column: list[Point], near: Parents, place: Mapping[Point, int], span: float
) -> list[Point]:
    """Sort by the mean position of neighbours; a point without any keeps its own, scaled by `span`."""

    def mean(at: int) -> float:
        around = near[column[at]]
        return sum(place[p] for p in around) / len(around) if around else at * span

    return [column[at] for at in sorted(range(len(column)), key=mean)]


def _total(columns: list[list[Point]], joined: Parents) -> int:
    return sum(crossings(left, right, joined) for left, right in pairwise(columns))


def _reversed(joined: Parents) -> Parents:
    after: dict[Point, list[Point]] = {point: [] for point in joined}
    for point, before in joined.items():
        for other in before:
            after[other].append(point)
    return {point: tuple(behind) for point, behind in after.items()}


def _heights(
    columns: list[list[Point]],
    joined: Parents,
    apart: Mapping[Point, float],
    wires: Collection[Point],
) -> dict[Point, float]:
    """Move points towards the mean height of their neighbours, keeping order and minimum distances."""
    after = _reversed(joined)
    offsets = _offsets(columns, apart)
    weights = {point: _STRAIGHT if point in wires else 1.0 for point in joined}
    height: dict[Point, float] = {}
    for column, offset in zip(columns, offsets, strict=True):
        height |= {p: at - offset[-1] / 2 for p, at in zip(column, offset, strict=True)}
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        for number in range(len(columns)) if forwards else reversed(range(len(columns))):
            column, offset = columns[number], offsets[number]
            wanted = []
            for point in column:
                near = joined[point] if forwards else after[point]
                wanted.append(sum(height[p] for p in near) / len(near) if near else height[point])
            free = [want - shift for want, shift in zip(wanted, offset, strict=True)]
            moved = nondecreasing(free, [weights[point] for point in column])
            height |= {p: at + shift for p, at, shift in zip(column, moved, offset, strict=True)}
    return _without_voids(height, apart)


def _offsets(columns: Sequence[Sequence[Point]], apart: Mapping[Point, float]) -> list[list[float]]:
    """Return the minimum heights in each column, from 0; short columns are stretched."""
    packed = []
    for column in columns:
        heights = [0.0]
        for above, below in pairwise(column):
            heights.append(heights[-1] + (apart[above] + apart[below]) / 2)
        packed.append(heights)
    tallest = max((heights[-1] for heights in packed), default=0.0)
    loose = [min(tallest / heights[-1], _LOOSEST) if heights[-1] else 1.0 for heights in packed]
    return [[at * factor for at in heights] for heights, factor in zip(packed, loose, strict=True)]


def _without_voids(
    height: Mapping[Point, float], apart: Mapping[Point, float]
) -> dict[Point, float]:
    """Remove horizontal bands without any point, as between unconnected parts."""
    tops = {point: at - apart[point] / 2 for point, at in height.items()}
    low = shift = min(tops.values(), default=0.0)
    moved: dict[Point, float] = {}
    for point in sorted(height, key=tops.__getitem__):
        shift += max(tops[point] - low, 0.0)
        low = max(low, tops[point] + apart[point])
        moved[point] = height[point] - shift
    return moved


def nondecreasing(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the nondecreasing values nearest in weighted least squares (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        mean, mass, size = value, weight, 1
        while pools and pools[-1][0] > mean:
            other, more, count = pools.pop()
            mean = (mean * mass + other * more) / (mass + more)
            mass, size = mass + more, size + count
        pools.append((mean, mass, size))
    return [mean for mean, _, size in pools for _ in range(size)]
