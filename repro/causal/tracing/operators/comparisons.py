"""Operators that compare, that combine truth values, and that choose by a truth value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.symbolic import elementary
from repro.causal.tracing.context import INDICATOR, Kind
from repro.causal.tracing.operators.elementwise import pointwise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph
    from repro.causal.tracing.operators.nodes import Nodes


def _compare(nodes: Nodes) -> list[Tensor]:
    """Follow a comparison, as a function of the sign of a difference."""
    name = nodes.call.name
    columns = [nodes.column(nodes.given[side], nodes.output.shape) for side in ("self", "other")]
    if name in {"lt", "ge"}:
        columns.reverse()
    negated = name in {"ge", "le"}

    def rule(e: ExpressionGraph, x: int, y: int) -> int:
        found = elementary.greater(e, x, y)
        return elementary.negation(e, found) if negated else found

    return [nodes.map_rows(rule, columns)]


def _logic(nodes: Nodes) -> list[Tensor]:
    """Follow logical operators on truth values; those on the bits of integers are other functions."""
    if nodes.output.dtype != torch.bool:
        return pointwise(nodes)
    e, name, shape = nodes.expressions, nodes.call.name, nodes.output.shape
    columns = []
    for x in nodes.given.values():
        ids = nodes.column(x, shape)
        is_truth = isinstance(x, bool) or (isinstance(x, Tensor) and x.dtype == torch.bool)
        columns.append(ids if is_truth else [elementary.truth(e, i) for i in ids])
    return [nodes.map_rows(_LOGIC[name.partition("_")[2]], columns)]


_LOGIC: dict[str, Callable[..., int]] = {
    "and": elementary.both,
    "not": elementary.negation,
    "or": elementary.either,
    "xor": lambda e, x, y: e.apply("logical_xor", (x, y)),
}


def _equal(nodes: Nodes) -> list[Tensor]:
    """Follow equality; comparing with a selected element, or with a place, only finds a place."""
    shape, name, context = nodes.output.shape, nodes.call.name, nodes.recording.context

    def rule(e: ExpressionGraph, x: int, y: int) -> int:
        found = _is_selected(nodes, x, y)
        kinds = {i: context.kind(i) for i in (x, y)} if context.has_places else {}
        if found is None and max(kinds.values(), default=Kind.OTHER) == Kind.PLACE:
            first, second = sorted(kinds, key=lambda i: (-kinds[i], i)) if x != y else (x, x)
            found = e.apply(INDICATOR, (first, second))
        if found is None:
            found = elementary.equal(e, x, y)
        return found if name == "eq" else elementary.negation(e, found)

    columns = [nodes.column(nodes.given[side], shape) for side in ("self", "other")]
    return [nodes.map_rows(rule, columns)]


def _is_selected(nodes: Nodes, x: int, y: int) -> int | None:
    """Get whether one of two elements is where a selection found the other; None if it was not asked."""
    e, selections = nodes.expressions, nodes.recording.selections
    for selected, element in ((x, e.plain(y)), (y, e.plain(x))):
        if selected in selections and element in selections[selected][0].members:
            selection, rank = selections[selected]
            number = e.constant(selection.members.index(element))
            return e.apply(INDICATOR, (selection.place(rank, 0.0), number))
    return None


def _choose(nodes: Nodes) -> list[Tensor]:
    """Follow `where` and `masked_fill`; if the condition is constant or selects, they only move elements."""
    given = nodes.given
    if nodes.call.name == "where":
        arguments = [given["condition"], given["self"], given["other"]]
    else:
        arguments = [given["mask"], given["value"], given["self"]]
    columns = [nodes.column(x, nodes.output.shape) for x in arguments]
    return [chosen(nodes, arguments[0], list(zip(*columns, strict=True)))]


def chosen(nodes: Nodes, condition: Tensor, rows: Sequence[tuple[int, int, int]]) -> Tensor:
    """Choose one of two nodes for each element.

    Args:
        nodes: of the call.
        condition: its numbers, to be broadcast to the output.
        rows: for each element, the nodes of the condition and of the values if it is true and if not.
    """
    e, context = nodes.expressions, nodes.recording.context
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    if context.has_places:
        numbers = nodes.numbers(condition, nodes.output.shape)
        columns[0] = [
            e.constant(numbers[k]) if _selects(nodes, *row) else row[0]
            for k, row in enumerate(rows)
        ]
    return nodes.map_rows(_where, columns)


def _selects(nodes: Nodes, condition: int, yes: int, no: int) -> bool:
    """Return whether a condition selects one of two computed values, so that it is context."""
    context, is_constant = nodes.recording.context, nodes.expressions.is_constant
    return context.is_mask(condition) and not (is_constant(yes) and is_constant(no))


def _where(e: ExpressionGraph, condition: int, yes: int, no: int) -> int:
    finite = all(math.isfinite(e.shift[i]) for i in (yes, no))
    if e.is_constant(yes) and e.is_constant(no) and finite:
        return e.plus(e.times(condition, e.plus(yes, no, -1)), no)
    return elementary.choice_of(e, condition, yes, no)


RULES: dict[str, Callable[[Nodes], list[Tensor]]] = {
    **dict.fromkeys(("eq", "ne"), _equal),
    **dict.fromkeys(("ge", "gt", "le", "lt"), _compare),
    **dict.fromkeys((f"logical_{name}" for name in _LOGIC), _logic),
    **dict.fromkeys((f"bitwise_{name}" for name in _LOGIC), _logic),
    "masked_fill": _choose,
    "where": _choose,
}
