"""Operators that move elements; the operator itself is run on the nodes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from repro.causal.symbolic import elementary
from repro.causal.symbolic.expressions import ZERO
from repro.causal.tracing.operators.computed_indices import (
    INDEX_ARGUMENTS,
    Row,
    Write,
    add_limit_of_mask,
    after_reading,
    after_writing,
    computed_indices,
    rows_along,
    rows_of_put,
)
from repro.causal.tracing.operators.nodes import STORAGE_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from repro.causal.tracing.operators.nodes import Nodes

_MOVES = (
    "_reshape_copy",
    "alias_copy",
    "as_strided_scatter",
    "cat",
    "clone",
    "constant_pad_nd",
    "contiguous",
    "diag_embed",
    "diagonal_backward",
    "diagonal_scatter",
    "expand_copy",
    "flip",
    "gather",
    "index",
    "index_copy",
    "index_fill",
    "index_select",
    "lift_fresh",
    "lift_fresh_copy",
    "masked_scatter",
    "masked_select",
    "permute_copy",
    "pixel_shuffle",
    "repeat",
    "roll",
    "rot90",
    "scatter",
    "select_backward",
    "select_scatter",
    "slice_backward",
    "slice_scatter",
    "stack",
    "take",
    "tril",
    "triu",
    "unfold_copy",
    "view_copy",
)
_READS = frozenset({"gather", "index", "index_select", "masked_select", "take"})
"""Operators that read elements at indices."""
_WRITES = frozenset({"index_copy", "index_fill", "scatter"})
"""Operators that write elements at indices along a dimension."""


def move(nodes: Nodes) -> list[Tensor]:
    """Run the operator again, on nodes instead of numbers."""
    call, given = nodes.call, nodes.given
    if given.get("reduce") is not None:
        raise NotImplementedError("elements with equal indices are combined")

    def swap(name: str) -> Any:  # noqa: ANN401 - any argument
        value = given[name]
        if name in INDEX_ARGUMENTS:
            return value
        if name == "dtype":
            return torch.int64
        if name == "value" and not isinstance(value, Tensor):
            return nodes.expressions.constant(value or 0)
        return tree_map(lambda x: nodes.of(x).clone() if isinstance(x, Tensor) else x, value)

    schema = call.func._schema.arguments  # noqa: SLF001 - torch has no public way to read it
    plain = [swap(a.name) for a in schema if not a.kwarg_only]
    written = [a.name for a in schema if a.kwarg_only and a.name in given]
    named = {name: swap(name) for name in written if name not in STORAGE_OPTIONS}
    packet = getattr(torch.ops.aten, call.name) if call.results else call.func
    moved = packet(*plain, **named)
    if moved.dtype != torch.int64:
        raise NotImplementedError("ids were converted")
    if not computed_indices(nodes):
        return [moved]
    if call.name in _READS:
        return [after_reading(nodes, moved)]
    if call.name in _WRITES:
        return [after_writing(nodes, moved, _rows_along(nodes), adds=False)]
    return [after_writing(nodes, moved, _one_row(nodes), adds=False)]


def _rows_along(nodes: Nodes, values: Tensor | None = None) -> Iterable[Row]:
    """Get the rows of an operator that writes along a dimension."""
    given, shape = nodes.given, nodes.output.shape
    index = given["index"]
    alike = index.dim() != len(shape)
    if values is None:
        value = given.get("src", given.get("source", given.get("value")))
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


def _copy(nodes: Nodes) -> list[Tensor]:
    source = nodes.given["src"] if "src" in nodes.given else nodes.given["source"]
    return [nodes.of(source).expand(nodes.output.shape).clone()]


def _fill(nodes: Nodes) -> list[Tensor]:
    column = nodes.column(nodes.given.get("value", 0), nodes.output.shape)
    return [nodes.as_output(column)]


def _constant(nodes: Nodes) -> list[Tensor]:
    """Follow operators whose results depend only on sizes and types, which are context."""
    return [nodes.constants(output) for output in nodes.call.outputs]


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
    made = []
    for condition, value, old in zip(*columns, strict=True):
        new = e.plus(old, value) if given["accumulate"] else value
        made.append(elementary.choice_of(e, condition, new, old))
    return nodes.as_output(made)


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
    **dict.fromkeys(_MOVES, move),
    "copy": _copy,
    "fill": _fill,
    "index_add": _index_add,
    "index_put": _index_put,
    "scatter_add": _scatter_add,
    "unfold_backward": _unfold_backward,
    "zero": _fill,
    **dict.fromkeys(
        (
            "empty_like",
            "full_like",
            "new_empty",
            "new_empty_strided",
            "new_full",
            "new_ones",
            "new_zeros",
            "nonzero",
            "ones_like",
            "zeros_like",
        ),
        _constant,
    ),
}
