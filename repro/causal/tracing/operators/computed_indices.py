"""Elements that are read or written at computed indices.

An element that was read depends on its index. If an element is written, every element that the index could
have pointed to depends on it. Whether it could is not known, so this dependence is only assumed.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from repro.causal.symbolic.expressions import ASSUMED, PLACE
from repro.causal.tracing.context import INDICATOR, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repro.causal.tracing.operators.nodes import Nodes

CHOICE = "choice"
INDEX_ARGUMENTS = frozenset({"index", "indices", "mask"})
"""Arguments that select elements, and whose own elements are not moved."""


class Write(NamedTuple):
    """A value that is written to one of several cells.

    Attributes:
        indices: nodes of the indices that decide to which.
        value: node of the value.
    """

    indices: tuple[int, ...]
    value: int


class Row(NamedTuple):
    """Cells between which indices decide.

    Attributes:
        cells: flat indices in the output, by what the index says.
        writes: to these cells, in order.
    """

    cells: Sequence[int]
    writes: Sequence[Write]


def computed_indices(nodes: Nodes) -> list[Tensor]:
    """List the index arguments that are not constant."""
    leaves = tree_leaves([x for name, x in nodes.given.items() if name in INDEX_ARGUMENTS])
    shadow = nodes.recording.shadow
    return [x for x in leaves if isinstance(x, Tensor) and not shadow.is_constant(x)]


def after_reading(nodes: Nodes, moved: Tensor) -> Tensor:
    """Make elements that were read depend on computed indices.

    Args:
        nodes: of the call.
        moved: nodes of its output, as read.
    """
    e, context = nodes.expressions, nodes.recording.context
    for index in computed_indices(nodes):
        ids = nodes.of(index)
        kinds = {i: context.kind(i) for i in set(ids.flatten().tolist())}
        if max(kinds.values()) <= Kind.INTEGER:
            continue
        places = max(kinds.values()) == Kind.PLACE
        if places and len(set(nodes.of(_table(nodes)).flatten().tolist())) == 1:
            continue
        operator = CHOICE
        if index.dtype == torch.bool and not places:
            add_limit_of_mask(nodes)
        columns = _by_output(nodes, index, ids, moved)
        if columns is None:
            operator = ASSUMED + CHOICE
            computed = tuple(sorted(i for i, kind in kinds.items() if kind > Kind.INTEGER))
            columns = [computed] * moved.numel()
        rows = zip(moved.flatten().tolist(), columns, strict=True)
        # At a place, an element is selected, unless the table only translates the place into a number.
        settings = [() if operator == CHOICE else (k,) for k in range(moved.numel())]
        made = [
            x if places and not e.is_constant(x) else e.apply(operator, (x, *by), *settings[k])
            for k, (x, by) in enumerate(rows)
        ]
        moved = torch.tensor(made, dtype=torch.int64).view(moved.shape)
    return moved


def add_limit_of_mask(nodes: Nodes) -> None:
    """Note that a computed mask decided how many elements there are."""
    nodes.recording.add_limit(
        f"{nodes.call.name} with a computed mask: the number of elements is not traced"
    )


def _table(nodes: Nodes) -> Tensor:
    tensor: Tensor = nodes.given["self"]
    return tensor


def _by_output(
    nodes: Nodes, index: Tensor, ids: Tensor, moved: Tensor
) -> list[tuple[int, ...]] | None:
    """Get the node of the index that each output element is read at; None if that is not known."""
    if index.dtype == torch.bool:
        return None
    name, given = nodes.call.name, nodes.given
    if name == "index_select":
        ids = ids.view([-1 if k == given["dim"] % moved.dim() else 1 for k in range(moved.dim())])
    elif name == "index":
        listed = [x for x in given["indices"] if x is not None]
        places = [k for k, x in enumerate(given["indices"]) if x is not None]
        if any(x.dtype == torch.bool for x in listed):
            return None
        ids = ids.expand(torch.broadcast_shapes(*(x.shape for x in listed)))
        together = places == list(range(places[0], places[-1] + 1))
        before = places[0] if together else 0
        ids = ids.view([1] * before + [*ids.shape] + [1] * (moved.dim() - before - ids.dim()))
    elif ids.shape != moved.shape:
        return None
    return [(i,) for i in ids.expand(moved.shape).flatten().tolist()]


def after_writing(nodes: Nodes, made: Tensor, rows: Iterable[Row], *, adds: bool) -> Tensor:
    """Make elements that could have been written to depend on computed indices.

    Args:
        nodes: of the call.
        made: nodes of its output, as written.
        rows: cells and writes; only rows with computed indices matter.
        adds: whether values are added to the elements.
    """
    e, context = nodes.expressions, nodes.recording.context
    flat = made.flatten().tolist()
    target = nodes.given.get("self")
    before = [0] * len(flat) if target is None else nodes.of(target).flatten().tolist()
    backward = torch._C._current_autograd_node() is not None  # noqa: SLF001 - torch has no public way to ask
    for row in rows:
        indices = {i for write in row.writes for i in write.indices}
        kind = max((context.kind(i) for i in indices), default=Kind.CONSTANT)
        if kind == Kind.OTHER:
            values = {write.value for write in row.writes}
            extra = (i for i in indices | values if not e.is_constant(i))
            arguments = tuple(sorted(set(map(e.plain, extra))))
            for cell in row.cells:
                flat[cell] = e.apply(ASSUMED + CHOICE, (flat[cell], *arguments), cell)
        elif kind == Kind.PLACE and not backward:
            numbers = [before[cell] for cell in row.cells] + [write.value for write in row.writes]
            if all(map(e.is_constant, numbers)) and all(len(x.indices) == 1 for x in row.writes):
                _write_numbers(nodes, flat, before, row, adds=adds)
    return torch.tensor(flat, dtype=torch.int64).view(made.shape)


def _write_numbers(
    nodes: Nodes, flat: list[int], before: Sequence[int], row: Row, *, adds: bool
) -> None:
    """Write numbers at places: an element tells whether its index is the place."""
    e = nodes.expressions
    # Places of different ranks in one order are different.
    places = [write.indices[0] for write in row.writes]
    different = len(set(places)) == len(places) and _in_one_order(nodes, places)
    for number, cell in enumerate(row.cells):
        i = before[cell]
        for (index,), value in row.writes:
            found = e.apply(INDICATOR, (index, e.constant(number)))
            if e.is_constant(index):
                found = e.constant(e.shift[index] == number)
            step = value if adds else e.plus(value, before[cell] if different else i, -1)
            i = e.plus(i, e.times(found, step))
        flat[cell] = i


def _in_one_order(nodes: Nodes, places: Sequence[int]) -> bool:
    e = nodes.expressions
    is_place = all(e.op[i] == PLACE for i in places)
    return is_place and len({e.parents[i] for i in places}) == 1


def rows_along(
    shape: Sequence[int], dim: int, index: Tensor, ids: Tensor, values: Tensor
) -> Iterable[Row]:
    """Get the rows of an operator that writes along a dimension.

    Args:
        shape: of the output.
        dim: the dimension.
        index: where it writes, of the shape of `values`, or [n] for all other dimensions alike.
        ids: nodes of the index, of the same shape.
        values: nodes of the values.
    """
    if not shape:
        return
    cells = torch.arange(int(torch.tensor(shape).prod())).view(*shape).movedim(dim, -1)
    values = values.movedim(dim, -1)
    ids = ids.movedim(dim, -1) if index.dim() == len(shape) else ids.expand(values.shape)
    for place in itertools.product(*(range(n) for n in values.shape[:-1])):
        writes = zip(ids[place].tolist(), values[place].tolist(), strict=True)
        yield Row(cells[place].tolist(), [Write((i,), value) for i, value in writes])


def rows_of_put(
    nodes: Nodes, shape: Sequence[int], indices: Sequence[Tensor | None], values: Tensor
) -> Iterable[Row]:
    """Get the rows of an assignment to several indices at once, such as x[i, j] = values.

    Where an index is constant, the row is known.

    Args:
        nodes: of the call.
        shape: of the output.
        indices: for each dimension; None for all of it, and for dimensions at the end.
        values: nodes of the values, of the shape of the selected elements.
    """
    flat = torch.arange(int(torch.tensor(shape).prod())).view(*shape)
    # Each selected element, with coordinates in the output.
    chosen = flat[tuple(slice(None) if x is None else x for x in indices)]
    coordinates = torch.unravel_index(chosen.flatten(), tuple(shape))
    computed = [
        k
        for k, x in enumerate(indices)
        if x is not None and not nodes.recording.shadow.is_constant(x)
    ]
    known = [k for k in range(len(shape)) if k not in computed]
    listed = [x for x in indices if x is not None]
    spread = torch.broadcast_shapes(*(x.shape for x in listed))
    used = [k for k, x in enumerate(indices) if x is not None]
    before = used[0] if used == list(range(used[0], used[-1] + 1)) else 0
    after = chosen.dim() - before - len(spread)
    columns = [
        nodes.of(x)
        .expand(spread)
        .reshape([1] * before + list(spread) + [1] * after)
        .expand(chosen.shape)
        .flatten()
        .tolist()
        for k, x in enumerate(indices)
        if x is not None and k in computed
    ]
    keys = zip(*(coordinates[k].tolist() for k in known), strict=True) if known else None
    writes: dict[tuple[int, ...], list[Write]] = {}
    for element, value in enumerate(values.flatten().tolist()):
        key = next(keys) if keys is not None else ()
        ids = tuple(column[element] for column in columns)
        writes.setdefault(key, []).append(Write(ids, value))
    for key, some in writes.items():
        place: list[slice | int] = [slice(None)] * len(shape)
        for k, number in zip(known, key, strict=True):
            place[k] = number
        yield Row(flat[tuple(place)].flatten().tolist(), some)
