"""Operators that move elements; the operator itself is run on the nodes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from repro.causal.symbolic.expressions import ZERO
from repro.causal.tracing.operators.nodes import STORAGE_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
_INDICES = frozenset({"index", "indices", "mask"})
"""Arguments that select elements, and whose own elements are not moved."""
_READS = frozenset({"gather", "index", "take"})
"""Operators that read one element for each index."""


def move(nodes: Nodes) -> list[Tensor]:
    """Run the operator again, on nodes instead of numbers."""
    call, given = nodes.call, nodes.given
    if given.get("reduce") is not None:
        raise NotImplementedError("elements with equal indices are combined")

    def swap(name: str) -> Any:  # noqa: ANN401 - any argument
        value = given[name]
        if name in _INDICES:
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
    return [_with_indices(nodes, moved)]


def _with_indices(nodes: Nodes, moved: Tensor) -> Tensor:
    """Make moved elements depend on computed indices.

    An element that was read depends on its index. An element of a tensor that was written to depends on
    all indices, because each of them could have pointed to it.
    """
    e, recording = nodes.expressions, nodes.recording
    leaves = tree_leaves([x for name, x in nodes.given.items() if name in _INDICES])
    for index in leaves:
        if not isinstance(index, Tensor) or recording.shadow.is_constant(index):
            continue
        ids = nodes.of(index)
        columns: list[tuple[int, ...]]
        if index.dtype == torch.bool:
            recording.add_limit(
                f"{nodes.call.name} with a computed mask: the number of elements is not traced"
            )
        if nodes.call.name in _READS and ids.shape == moved.shape:
            columns = [(i,) for i in ids.flatten().tolist()]
        else:
            computed = {i for i in ids.flatten().tolist() if not e.is_constant(i)}
            columns = [tuple(sorted(computed))] * moved.numel()
        rows = zip(moved.flatten().tolist(), columns, strict=True)
        made = [e.apply("choice", (x, *by)) for x, by in rows]
        moved = torch.tensor(made, dtype=torch.int64).view(moved.shape)
    return moved


def _copy(nodes: Nodes) -> list[Tensor]:
    source = nodes.given["src"] if "src" in nodes.given else nodes.given["source"]
    return [nodes.of(source).expand(nodes.output.shape).clone()]


def _fill(nodes: Nodes) -> list[Tensor]:
    column = nodes.column(nodes.given.get("value", 0), nodes.output.shape)
    return [nodes.as_output(column)]


def _constant(nodes: Nodes) -> list[Tensor]:
    """Follow operators whose results depend only on sizes and types, which are context."""
    return [nodes.constants(output) for output in nodes.call.outputs]


def _add_at(nodes: Nodes, index: Tensor, values: Tensor, weight: float = 1) -> list[Tensor]:
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
    return [_with_indices(nodes, nodes.as_output(made))]


def _flat_indices(shape: Sequence[int]) -> Tensor:
    """Number the elements of a tensor."""
    return torch.arange(math.prod(shape)).view(*shape)


def _index_put(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    index = tuple(slice(None) if i is None else i for i in given["indices"])
    flat = _flat_indices(given["self"].shape)[index]
    values = nodes.of(given["values"]).expand(flat.shape)
    if given["accumulate"]:
        return _add_at(nodes, flat, values)
    made = nodes.of(given["self"]).flatten().clone()
    made[flat.flatten()] = values.flatten()
    return [_with_indices(nodes, made.view(nodes.output.shape))]


def _scatter_add(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    index = given["index"]
    values = nodes.of(given["src"])[tuple(slice(n) for n in index.shape)]
    return _add_at(nodes, _flat_indices(given["self"].shape).gather(given["dim"], index), values)


def _index_add(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    flat = _flat_indices(given["self"].shape).index_select(given["dim"], given["index"])
    values = nodes.of(given["source"]).expand(flat.shape)
    return _add_at(nodes, flat, values, float(given["alpha"]))


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
