"""Operators that select one of several elements, or return its index.

By default the result is the selected element itself, and the index is context: the selection is absorbed
into the edges (talk:204-206). In a strict trace the result is a hidden variable, the r-th largest element,
and it is the same variable whichever operator computes it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.symbolic import elementary
from repro.causal.tracing.operators.axes import dims_of, groups_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph
    from repro.causal.tracing.operators.nodes import Nodes
    from repro.causal.tracing.selection import Selection

ORDER_STATISTIC = "order statistic"
"""The operator in strict traces; its setting is the rank, 1 for the largest."""


def order_statistic(e: ExpressionGraph, members: Sequence[int], rank: int, value: float) -> int:
    """Get the node of the `rank`-th largest of some elements.

    A maximum of maxima is the maximum of all their elements; the same holds for minima.

    Args:
        e: the nodes.
        members: the elements.
        rank: 1 for the largest.
        value: the result, used if all elements are constants.
    """
    if all(e.is_constant(i) for i in members):
        return e.constant(value)
    listed = list(members)
    for extreme in (rank == 1, rank == len(members)):
        if extreme:
            listed = sorted({part for i in members for part in _parts(e, i, smallest=rank != 1)})
            rank = 1 if rank == 1 else len(listed)
            break
    if len(listed) == 1:
        return listed[0]
    return e.apply(ORDER_STATISTIC, tuple(sorted(listed)), rank)


def _parts(e: ExpressionGraph, i: int, *, smallest: bool) -> Sequence[int]:
    if e.op[i] != ORDER_STATISTIC or e.base[i] != i:
        return (i,)
    (rank,) = e.extra[i]
    return e.parents[i] if rank == (len(e.parents[i]) if smallest else 1) else (i,)


def _along(nodes: Nodes) -> list[Tensor]:
    """Follow operators that return elements along a dimension, with their indices."""
    given, (values, indices) = nodes.given, nodes.call.outputs
    tensor, dim = given["self"], given["dim"]
    ids = nodes.of(tensor)
    if ids.dim() == 0:
        return [ids.clone(), nodes.constants(indices)]
    if nodes.call.name == "mode" and nodes.recording.strict:
        raise NotImplementedError("the most frequent value is not an order statistic")
    keeps = values.dim() == tensor.dim()
    where = indices if keeps else indices.unsqueeze(dim)
    laid = [x.movedim(dim, -1) for x in (ids, where, values if keeps else values.unsqueeze(dim))]
    found = [made.movedim(-1, dim) for made in _ranked(nodes, *laid)]
    return [x if keeps else x.squeeze(dim) for x in found]


def _ranked(nodes: Nodes, ids: Tensor, where: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Make nodes of each order statistic and of its place."""
    e, given, name = nodes.expressions, nodes.given, nodes.call.name
    n, count = ids.shape[-1], where.shape[-1]
    strict = nodes.recording.strict
    values, places, selections = [], [], []
    rows = zip(
        ids.reshape(-1, n).tolist(),
        where.reshape(-1, count).tolist(),
        numbers.reshape(-1, count).tolist(),
        strict=True,
    )
    for row, row_places, row_numbers in rows:
        whole = nodes.recording.selection(row)
        for k in range(count):
            members, rank = _rank(name, given, row, k)
            found = row[row_places[k]]
            values.append(order_statistic(e, members, rank, row_numbers[k]) if strict else found)
            selection = whole if len(members) == n else nodes.recording.selection(members)
            places.append(selection.place(rank, row_places[k]))
            selections.append((selection, rank))
    made = [torch.tensor(x, dtype=torch.int64).view(where.shape) for x in (values, places)]
    return mark_selected(nodes, made[0], selections), made[1]


def mark_selected(
    nodes: Nodes, found: Tensor, selections: Iterable[tuple[Selection, int]]
) -> Tensor:
    """Note that selections returned some elements; return aliases of their nodes.

    Args:
        nodes: of the call that selects.
        found: nodes of the selected elements.
        selections: for each, where it was selected from, and its rank, 1 for the largest.
    """
    recording, e = nodes.recording, nodes.expressions
    if recording.strict:
        return found
    made = []
    for i, (selection, rank) in zip(found.flatten().tolist(), selections, strict=True):
        if e.is_constant(i):
            made.append(i)
            continue
        alias = e.alias(e.plain(i), selection.mark, rank)
        recording.selections[alias] = (selection, rank)
        made.append(alias)
    return torch.tensor(made, dtype=torch.int64).view(found.shape)


def _rank(
    name: str, given: dict[str, object], row: Sequence[int], k: int
) -> tuple[Sequence[int], int]:
    """Get the elements that the k-th result is selected from, and its rank, 1 for the largest."""
    n = len(row)
    if name in {"cummax", "cummin"}:
        return row[: k + 1], 1 if name == "cummax" else k + 1
    if name == "kthvalue":
        return row, n - int(str(given["k"])) + 1
    if name in {"median", "nanmedian"}:
        return row, n - (n - 1) // 2
    if name == "mode":
        return row, 0
    largest = given.get("largest", given.get("descending", name != "min"))
    return row, k + 1 if largest else n - k


def _of_groups(nodes: Nodes) -> list[Tensor]:
    """Follow the largest, smallest or median element of each group."""
    given, e, output = nodes.given, nodes.expressions, nodes.output
    tensor, name = given["self"], nodes.call.name
    dims = dims_of(given.get("dim"), tensor)
    groups = groups_of(nodes.of(tensor), dims)
    n = groups.shape[1]
    rank = {"max": 1, "min": n}.get(name.removeprefix("a"), n - (n - 1) // 2)
    if nodes.recording.strict:
        rows = zip(groups.tolist(), output.flatten().tolist(), strict=True)
        return [nodes.as_output([order_statistic(e, row, rank, value) for row, value in rows])]
    same = groups_of(nodes.value(tensor), dims) == output.reshape(-1, 1)
    where = same.to(torch.uint8).argmax(1, keepdim=True)
    found = groups.gather(1, where).view(output.shape)
    return [
        mark_selected(nodes, found, [(nodes.recording.selection(x), rank) for x in groups.tolist()])
    ]


def _max_or_min(nodes: Nodes) -> list[Tensor]:
    return _along(nodes) if len(nodes.call.outputs) > 1 else _of_groups(nodes)


def _of_two(nodes: Nodes) -> list[Tensor]:
    """Follow the larger or smaller of two elements; with a constant it is a computed value."""
    e, shape = nodes.expressions, nodes.output.shape
    first, second = nodes.given["self"], nodes.given["other"]
    taken = (nodes.value(first) == nodes.output).expand(shape).flatten().tolist()
    rank = 1 if "max" in nodes.call.name else 2
    rows = zip(
        nodes.column(first, shape),
        nodes.column(second, shape),
        taken,
        nodes.output.flatten().tolist(),
        strict=True,
    )
    made, selections = [], []
    for x, y, is_first, value in rows:
        selections.append((nodes.recording.selection((x, y)), rank))
        if nodes.recording.strict or (e.is_constant(x) and e.is_constant(y)):
            made.append(order_statistic(e, (x, y), rank, value))
        elif e.is_constant(x) or e.is_constant(y):
            element, bound = (y, x) if e.is_constant(x) else (x, y)
            low, high = e.constant(-math.inf), e.constant(math.inf)
            bounds = (bound, high) if rank == 1 else (low, bound)
            made.append(elementary.clamp(e, element, *bounds))
        else:
            made.append(x if is_first else y)
    return [mark_selected(nodes, nodes.as_output(made), selections)]


def _index(nodes: Nodes) -> list[Tensor]:
    """Follow argmax and argmin."""
    tensor, output = nodes.given["self"], nodes.output
    dim, ids, name = nodes.given.get("dim"), nodes.of(tensor), nodes.call.name
    groups = groups_of(ids, dims_of(dim, tensor)).tolist()
    made = []
    for row, value in zip(groups, output.flatten().tolist(), strict=True):
        made.append(
            nodes.recording.selection(row).place(1 if name == "argmax" else len(row), value)
        )
    return [nodes.as_output(made)]


RULES: dict[str, Callable[[Nodes], list[Tensor]]] = {
    **dict.fromkeys(("amax", "amin", "max", "min", "median"), _max_or_min),
    **dict.fromkeys(("cummax", "cummin", "kthvalue", "mode", "sort", "topk"), _along),
    **dict.fromkeys(("argmax", "argmin"), _index),
    **dict.fromkeys(("fmax", "fmin", "maximum", "minimum"), _of_two),
}
