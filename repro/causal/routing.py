"""Operators that move elements: replayed on nodes, with the operator itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.causal.operators import Nodes

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
    "unfold_backward",
    "unfold_copy",
    "view_copy",
)
_PLACES = frozenset({"index", "indices", "mask"})
"""Names of arguments that say where, not what."""
_WHAT = frozenset({"value"})
"""Names of numbers that are written into the result."""


def _move(nodes: Nodes) -> list[Tensor]:
    """Run the operator again, on nodes in place of numbers."""
    call, given = nodes.call, nodes.given
    where = [given[name] for name in given if name in _PLACES]
    if call.name == "scatter" and given.get("reduce") is not None:
        return _scattered_by(nodes, given["reduce"])

    def swap(name: str, value: Any) -> Any:  # noqa: ANN401 - any argument
        if name in _PLACES:
            return value
        if isinstance(value, Tensor):
            return nodes.of(value).clone()
        if isinstance(value, (list, tuple)) and value and isinstance(value[0], Tensor):
            return [nodes.of(x).clone() for x in value]
        if name in _WHAT:
            return nodes.expressions.constant(value or 0)
        return value

    schema = call.func._schema.arguments  # noqa: SLF001 - torch has no public way to read it
    storage = {"memory_format", "dtype", "layout", "device", "pin_memory"}
    plain = [swap(a.name, given[a.name]) for a in schema if not a.kwarg_only]
    named = {a.name: swap(a.name, given[a.name]) for a in schema if a.kwarg_only}
    named = {k: v for k, v in named.items() if k not in storage and k != "out"}
    moved = call.func(*plain, **named)
    return [
        _chosen(nodes, moved, [x for x in _tensors(where) if not nodes.trace.shadow.is_constant(x)])
    ]


def _tensors(values: list[Any]) -> list[Tensor]:
    flat = [x for value in values for x in (value if isinstance(value, (list, tuple)) else [value])]
    return [x for x in flat if isinstance(x, Tensor)]


def _chosen(nodes: Nodes, moved: Tensor, computed: list[Tensor]) -> Tensor:
    """Let elements that were moved by computed places depend on these places."""
    if not computed:
        return moved
    e = nodes.expressions
    for places in computed:
        ids = nodes.of(places)
        columns: list[tuple[int, ...]]
        if places.dtype == torch.bool:
            nodes.trace.limits[
                f"{nodes.call.name} by a computed condition: how many elements it takes is not followed"
            ] = None
        if ids.shape == moved.shape:
            columns = [(i,) for i in ids.flatten().tolist()]
        else:
            columns = [tuple(sorted(set(ids.flatten().tolist())))] * moved.numel()
            if len(columns[0]) > 1:
                nodes.trace.approximated[nodes.call.name] = None
        made = [
            e.apply("choice", (x, *by))
            for x, by in zip(moved.flatten().tolist(), columns, strict=True)
        ]
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


def _accumulate(nodes: Nodes, places: Tensor, values: Tensor, weight: float = 1) -> list[Tensor]:
    """Add values to the elements at flat `places`."""
    e, shape = nodes.expressions, nodes.output.shape
    added: dict[int, list[tuple[int, float]]] = {}
    pairs = zip(places.flatten().tolist(), values.flatten().tolist(), strict=True)
    for place, value in pairs:
        added.setdefault(place, []).append((value, weight))
    made = nodes.of(nodes.given["self"]).flatten().tolist()
    for place, terms in added.items():
        made[place] = e.combination([(made[place], 1.0), *terms])
    return [torch.tensor(made, dtype=torch.int64).view(shape)]


def _numbered(nodes: Nodes) -> Tensor:
    """Number the elements of the tensor that is written to."""
    target: Tensor = nodes.given["self"]
    return torch.arange(target.numel()).view(target.shape)


def _index_put(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    index = tuple(slice(None) if i is None else i for i in given["indices"])
    places = _numbered(nodes)[index]
    values = nodes.of(given["values"]).expand(places.shape)
    if given["accumulate"]:
        return _accumulate(nodes, places, values)
    made = nodes.of(given["self"]).flatten().clone()
    made[places.flatten()] = values.flatten()
    computed = [x for x in _tensors([given["indices"]]) if not nodes.trace.shadow.is_constant(x)]
    return [_chosen(nodes, made.view(nodes.output.shape), computed)]


def _scatter_add(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    index = given["index"]
    values = nodes.of(given["src"])[tuple(slice(n) for n in index.shape)]
    made = _accumulate(nodes, _numbered(nodes).gather(given["dim"], index), values)
    computed = [] if nodes.trace.shadow.is_constant(index) else [index]
    return [_chosen(nodes, made[0], computed)]


def _scattered_by(nodes: Nodes, reduce: str) -> list[Tensor]:
    if reduce != "add":
        raise NotImplementedError(f"scatter with reduce={reduce}")
    return _scatter_add(nodes)


def _index_add(nodes: Nodes) -> list[Tensor]:
    given = nodes.given
    places = _numbered(nodes).index_select(given["dim"], given["index"])
    values = nodes.of(given["source"]).expand(places.shape)
    return _accumulate(nodes, places, values, float(given["alpha"]))


def _nonzero(nodes: Nodes) -> list[Tensor]:
    nodes.trace.limits["nonzero of computed values: which elements it names is not followed"] = None
    return _known(nodes)


HANDLED: dict[str, Callable[[Nodes], list[Tensor]]] = {
    **dict.fromkeys(_MOVES, _move),
    "copy": _copy,
    "fill": _fill,
    "index_add": _index_add,
    "index_put": _index_put,
    "nonzero": _nonzero,
    "scatter_add": _scatter_add,
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
            "ones_like",
            "zeros_like",
        ),
        _known,
    ),
}
