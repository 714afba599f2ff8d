"""Operators that write elements at indices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.symbolic.expressions import ZERO
from repro.causal.tracing.operators.comparisons import chosen
from repro.causal.tracing.operators.computed_indices import (
    Row,
    Write,
    add_limit_of_mask,
    after_writing,
    computed_indices,
    rows_along,
    rows_of_put,
)
from repro.causal.tracing.operators.indexing import move

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from repro.causal.tracing.operators.nodes import Nodes


def _write_along(nodes: Nodes) -> list[Tensor]:
    """Follow an operator that writes along a dimension."""
    (moved,) = move(nodes)
    rows = _rows_along(nodes) if computed_indices(nodes) else ()
    return [after_writing(nodes, moved, rows, adds=False)]


def _write_anywhere(nodes: Nodes) -> list[Tensor]:
    """Follow an operator that writes where nothing is known about the indices."""
    (moved,) = move(nodes)
    rows = _one_row(nodes) if computed_indices(nodes) else ()
    return [after_writing(nodes, moved, rows, adds=False)]


def _rows_along(nodes: Nodes, values: Tensor | None = None) -> Iterable[Row]:
    """Get the rows of an operator that writes along a dimension."""
    given, shape = nodes.given, nodes.output.shape
    index = given["index"]
    alike = index.dim() != len(shape)
    if values is None:
        value = given.get("src", given.get("source", given.get("value", 0.0)))
        size = list(index.shape)
        if alike:
            size = list(shape)
            size[given["dim"]] = index.numel()
        if isinstance(value, Tensor) and value.dim() == len(shape):
            values = nodes.of(value)[tuple(slice(n) for n in size)]
        else:
            values = torch.tensor(nodes.column(value, torch.Size(size))).view(size)
    return rows_along(shape, given["dim"], index, nodes.of(index), values)


def _one_row(nodes: Nodes) -> Iterable[Row]:
    """Get one row with all cells, if nothing is known about the indices."""
    indices = computed_indices(nodes)
    if any(index.dtype == torch.bool for index in indices):
        add_limit_of_mask(nodes)
    ids = tuple(i for index in indices for i in nodes.of(index).flatten().tolist())
    values = nodes.given.get("source", nodes.given.get("values"))
    written = nodes.of(values).flatten().tolist() if isinstance(values, Tensor) else [ZERO]
    yield Row(range(nodes.output.numel()), [Write(ids, value) for value in written])


def _add_at(
    nodes: Nodes, index: Tensor, values: Tensor, rows: Iterable[Row] = (), weight: float = 1
) -> list[Tensor]:
    """Add values to the elements at flat indices."""
    e = nodes.expressions
    terms: dict[int, list[tuple[int, float]]] = {}
    pairs = zip(index.flatten().tolist(), values.flatten().tolist(), strict=True)
    for i, value in pairs:
        terms.setdefault(i, []).append((value, weight))
    target = nodes.given.get("self")
    made = [ZERO] * nodes.output.numel() if target is None else nodes.of(target).flatten().tolist()
    for i, added in terms.items():
        made[i] = e.combination([(made[i], 1.0), *added])
    return [after_writing(nodes, nodes.as_output(made), rows, adds=True)]


def _flat_indices(shape: Sequence[int]) -> Tensor:
    """Number the elements of a tensor."""
    return torch.arange(math.prod(shape)).view(*shape)


def _index_put(nodes: Nodes) -> list[Tensor]:
    """Follow an assignment; with a computed mask and one value for all elements, it is a choice of two."""
    given = nodes.given
    indices = given["indices"]
    index = tuple(slice(None) if i is None else i for i in indices)
    flat = _flat_indices(given["self"].shape)[index]
    values = nodes.of(given["values"]).expand(flat.shape)
    rows: Iterable[Row] = ()
    if computed_indices(nodes):
        masked = _put_by_mask(nodes)
        if masked is not None:
            return [masked]
        if any(i is not None and i.dtype == torch.bool for i in indices):
            rows = _one_row(nodes)
        else:
            rows = rows_of_put(nodes, nodes.output.shape, indices, values)
    if given["accumulate"]:
        return _add_at(nodes, flat, values, rows)
    made = nodes.of(given["self"]).flatten().clone()
    made[flat.flatten()] = values.flatten()
    return [after_writing(nodes, made.view(nodes.output.shape), rows, adds=False)]


def _put_by_mask(nodes: Nodes) -> Tensor | None:
    """Follow x[mask] = value, if each element would get the same value; otherwise return None."""
    given, e = nodes.given, nodes.expressions
    used = [(k, x) for k, x in enumerate(given["indices"]) if x is not None]
    if len(used) != 1 or used[0][1].dtype != torch.bool:
        return None
    (before, mask), target = used[0], given["self"]
    after = target.dim() - before - mask.dim()
    values = nodes.of(given["values"])
    if values.dim() > after:  # several values: are they all the same?
        along = values.dim() - after - 1
        if values.shape[along] < 2 or not (values == values.narrow(along, 0, 1)).all():  # noqa: PLR2004 - one could be the only one by chance
            return None
        values = values.narrow(along, 0, 1)
        values = values.reshape(
            *values.shape[:along], *[1] * mask.dim(), *values.shape[along + 1 :]
        )
    shape = target.shape
    wide = nodes.of(mask).reshape(*[1] * before, *mask.shape, *[1] * after).expand(shape)
    columns = [x.expand(shape).flatten().tolist() for x in (wide, values, nodes.of(target))]
    mask = nodes.value(mask).reshape(*[1] * before, *mask.shape, *[1] * after)
    made = []
    for condition, value, old in zip(*columns, strict=True):
        new = e.plus(old, value) if given["accumulate"] else value
        made.append((condition, new, old))
    return chosen(nodes, mask, made)


def _scatter_add(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    index = given["index"]
    values = nodes.of(given["src"])[tuple(slice(n) for n in index.shape)]
    flat = _flat_indices(given["self"].shape).gather(given["dim"], index)
    rows = _rows_along(nodes, values) if computed_indices(nodes) else ()
    return _add_at(nodes, flat, values, rows)


def _index_add(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    flat = _flat_indices(given["self"].shape).index_select(given["dim"], given["index"])
    values = nodes.of(given["source"]).expand(flat.shape)
    rows = _rows_along(nodes, values) if computed_indices(nodes) else ()
    return _add_at(nodes, flat, values, rows, float(given["alpha"]))


def _unfold_backward(nodes: Nodes) -> list[Tensor]:
    """Add up the gradients of all windows that contain an element."""
    given = nodes.given
    flat = _flat_indices(given["input_sizes"]).unfold(given["dim"], given["size"], given["step"])
    return _add_at(nodes, flat, nodes.of(given["grad_in"]))


RULES: dict[str, Callable[[Nodes], list[Tensor]]] = {
    **dict.fromkeys(("index_copy", "index_fill", "scatter"), _write_along),
    "index_add": _index_add,
    "index_put": _index_put,
    "masked_scatter": _write_anywhere,
    "scatter_add": _scatter_add,
    "unfold_backward": _unfold_backward,
}
