"""Operators that move elements: replayed on nodes, with the operator itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from repro.causal.symbolic.expressions import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repro.causal.tracing.operators.table import Nodes

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
_PLACES = frozenset({"index", "indices", "mask"})
"""Names of arguments that say where, not what."""
_READS = frozenset({"gather", "index", "take"})
"""Operators that read an element from each place."""
_STORAGE = frozenset({"memory_format", "dtype", "layout", "device", "pin_memory", "non_blocking"})
_WHAT = frozenset({"value"})
"""Names of numbers that are written into the result."""


def move(nodes: Nodes) -> list[Tensor]:
    """Run the operator again, on nodes in place of numbers."""
    call, given = nodes.call, nodes.given
    if given.get("reduce") is not None:
        raise NotImplementedError("what is scattered to one place is combined")

    def swap(name: str) -> Any:  # noqa: ANN401 - any argument
        value = given[name]
        if name in _PLACES:
            return value
        if name == "dtype":
            return torch.int64
        if name in _WHAT and not isinstance(value, Tensor):
            return nodes.expressions.constant(value or 0)
        return tree_map(lambda x: nodes.of(x).clone() if isinstance(x, Tensor) else x, value)

    schema = call.func._schema.arguments  # noqa: SLF001 - torch has no public way to read it
    plain = [swap(a.name) for a in schema if not a.kwarg_only]
    written = [a.name for a in schema if a.kwarg_only and a.name in given]
    named = {name: swap(name) for name in written if name not in _STORAGE}
    packet = getattr(torch.ops.aten, call.name) if call.results else call.func
    moved = packet(*plain, **named)
    if moved.dtype != torch.int64:
        raise NotImplementedError("nodes were cut")
    return [_placed(nodes, moved)]


def _placed(nodes: Nodes, moved: Tensor) -> Tensor:
    """Let elements that were moved by computed places depend on these places.

    One that was read from a place depends on that place; one of a tensor that was written to depends
    on all places, for any of them might have pointed to it.
    """
    e, shadow = nodes.expressions, nodes.trace.shadow
    leaves = tree_leaves([x for name, x in nodes.given.items() if name in _PLACES])
    for places in leaves:
        if not isinstance(places, Tensor) or shadow.is_constant(places):
            continue
        ids = nodes.of(places)
        columns: list[tuple[int, ...]]
        if places.dtype == torch.bool:
            nodes.trace.limits[
                f"{nodes.call.name} by a computed condition: how many elements it takes is not followed"
            ] = None
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
    value = nodes.given.get("value", 0)
    shape = nodes.output.shape
    return [torch.tensor(nodes.column(value, shape), dtype=torch.int64).view(shape)]


def _known(nodes: Nodes) -> list[Tensor]:
    """Take what it makes for constants: sizes and types are context."""
    return [nodes.constants(output) for output in nodes.call.outputs]


def _added(nodes: Nodes, places: Tensor, values: Tensor, weight: float = 1) -> list[Tensor]:
    """Add values to the elements at flat `places`."""
    e = nodes.expressions
    terms: dict[int, list[tuple[int, float]]] = {}
    pairs = zip(places.flatten().tolist(), values.flatten().tolist(), strict=True)
    for place, value in pairs:
        terms.setdefault(place, []).append((value, weight))
    target = nodes.given.get("self")
    made = [ZERO] * nodes.output.numel() if target is None else nodes.of(target).flatten().tolist()
    for place, listed in terms.items():
        made[place] = e.combination([(made[place], 1.0), *listed])
    return [_placed(nodes, nodes.made(made))]


def _numbered(shape: Sequence[int]) -> Tensor:
    """Number the elements of a tensor."""
    return torch.arange(math.prod(shape)).view(*shape)


def _index_put(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    index = tuple(slice(None) if i is None else i for i in given["indices"])
    places = _numbered(given["self"].shape)[index]
    values = nodes.of(given["values"]).expand(places.shape)
    if given["accumulate"]:
        return _added(nodes, places, values)
    made = nodes.of(given["self"]).flatten().clone()
    made[places.flatten()] = values.flatten()
    return [_placed(nodes, made.view(nodes.output.shape))]


def _scatter_add(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    index = given["index"]
    values = nodes.of(given["src"])[tuple(slice(n) for n in index.shape)]
    return _added(nodes, _numbered(given["self"].shape).gather(given["dim"], index), values)


def _index_add(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    places = _numbered(given["self"].shape).index_select(given["dim"], given["index"])
    values = nodes.of(given["source"]).expand(places.shape)
    return _added(nodes, places, values, float(given["alpha"]))


def _unfold_backward(nodes: Nodes) -> list[Tensor]:
    """Add up the windows that an element was in."""
    given = nodes.given
    places = _numbered(given["input_sizes"]).unfold(given["dim"], given["size"], given["step"])
    return _added(nodes, places, nodes.of(given["grad_in"]))


HANDLED: dict[str, Callable[[Nodes], list[Tensor]]] = {
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
        _known,
    ),
}
