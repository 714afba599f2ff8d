"""Operators that move elements; the operator itself is run on the nodes.

Those that write at indices are in `writing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from repro.causal.tracing.operators.computed_indices import INDEX_ARGUMENTS, after_reading
from repro.causal.tracing.operators.nodes import STORAGE_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

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
    "index_select",
    "lift_fresh",
    "lift_fresh_copy",
    "masked_select",
    "permute_copy",
    "pixel_shuffle",
    "repeat",
    "roll",
    "rot90",
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
    if call.name in _READS:
        moved = after_reading(nodes, moved)
    return [moved]


def _copy(nodes: Nodes) -> list[Tensor]:
    source = nodes.given["src"] if "src" in nodes.given else nodes.given["source"]
    return [nodes.of(source).expand(nodes.output.shape).clone()]


def _fill(nodes: Nodes) -> list[Tensor]:
    column = nodes.column(nodes.given.get("value", 0), nodes.output.shape)
    return [nodes.as_output(column)]


def _constant(nodes: Nodes) -> list[Tensor]:
    """Follow operators whose results depend only on sizes and types, which are context."""
    return [nodes.constants(output) for output in nodes.call.outputs]


RULES: dict[str, Callable[[Nodes], list[Tensor]]] = {
    **dict.fromkeys(_MOVES, move),
    "copy": _copy,
    "fill": _fill,
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
