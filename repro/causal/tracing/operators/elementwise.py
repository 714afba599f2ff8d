"""Operators that compute each element separately."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.symbolic.expressions import ZERO
from repro.causal.tracing.operators.nodes import STORAGE_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.causal.symbolic.expressions import ExpressionGraph
    from repro.causal.tracing.operators.nodes import Nodes

_LARGEST_SHIFT = 700.0
"""e to this power is still finite."""


def pointwise(nodes: Nodes) -> list[Tensor]:
    """Compute each output element from the elements at the same index.

    Operators without a formula become nodes with the operator's name.
    """
    columns, settings = _columns(nodes)
    # A sum of booleans is a boolean, not a number.
    boolean_sum = nodes.output.dtype == torch.bool and nodes.call.name in {"add", "sub", "rsub"}
    rule = None if settings or boolean_sum else _FORMULAS.get(nodes.call.name)
    if rule is None:
        names = ",".join(columns)

        def rule(e: ExpressionGraph, *row: int) -> int:
            return e.apply(nodes.call.name, row, names, *settings)

    return [nodes.map_rows(rule, columns.values())]


def backward(nodes: Nodes) -> list[Tensor]:
    """Follow a backward operator as a product: the incoming gradient times a derivative.

    A gradient of zero stays zero, whatever the derivative is.
    """
    call, e = nodes.call, nodes.expressions
    columns, settings = _columns(nodes)
    name, gradient = next(iter(columns.items()))
    rest = list(columns.values())[1:]
    ones = torch.ones_like(nodes.given[name])
    derivative = call.func(ones, *call.args[1:], **call.kwargs).expand(nodes.output.shape)
    numbers = derivative.detach().to(torch.float64).flatten().tolist()
    made = []
    for i, row, number in zip(gradient, zip(*rest, strict=True), numbers, strict=True):
        made.append(e.times(i, nodes.node(call.name, row, number, *settings)) if i else ZERO)
    return [nodes.as_output(made)]


def _columns(nodes: Nodes) -> tuple[dict[str, list[int]], list[str]]:
    """Split arguments into columns, with a node for each output element, and settings."""
    columns: dict[str, list[int]] = {}
    settings: list[str] = []
    for name, value in nodes.given.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if isinstance(value, Tensor) or number:
            columns[name] = nodes.column(value, nodes.output.shape)
        elif value is not None and name not in STORAGE_OPTIONS:
            settings.append(f"{name}={value}")
    return columns, settings


def _multiply(nodes: Nodes) -> list[Tensor]:
    """Follow a product; it is zero where one factor is, as in most of a one-hot gradient."""
    e, shape = nodes.expressions, nodes.output.shape
    x, y = nodes.given["self"], nodes.given["other"]
    first, second = (torch.tensor(nodes.column(x, shape)), torch.tensor(nodes.column(y, shape)))
    made = torch.zeros(shape.numel(), dtype=torch.int64)
    nonzero = ((first != ZERO) & (second != ZERO)).nonzero().flatten()
    pairs = zip(first[nonzero].tolist(), second[nonzero].tolist(), strict=True)
    made[nonzero] = torch.tensor([e.times(a, b) for a, b in pairs], dtype=torch.int64)
    return [made.view(shape)]


def _choose(nodes: Nodes) -> list[Tensor]:
    """Follow `where` and `masked_fill`; with a constant condition they only move elements."""
    given = nodes.given
    if nodes.call.name == "where":
        arguments = [given["condition"], given["self"], given["other"]]
    else:
        arguments = [given["mask"], given["value"], given["self"]]
    return [nodes.map_rows(_where, [nodes.column(x, nodes.output.shape) for x in arguments])]


def _where(e: ExpressionGraph, condition: int, yes: int, no: int) -> int:
    if e.is_constant(condition):
        return yes if e.shift[condition] else no
    if yes == no:
        return yes
    if no == ZERO:
        return e.times(condition, yes)
    if yes == ZERO:
        return e.times(e.apply("logical_not", (condition,)), no)
    return e.apply("where", (condition, yes, no))


def _convert(nodes: Nodes) -> list[Tensor]:
    """Follow a change of type; a number is truncated if the new type cannot represent it."""
    source, target = nodes.given["self"].dtype, nodes.output.dtype
    ids = nodes.of(nodes.given["self"])
    both_real = source.is_floating_point and target.is_floating_point
    if both_real or torch.promote_types(source, target) == target:
        return [ids.clone()]
    column = ids.flatten().tolist()
    return [nodes.map_rows(lambda e, x: e.apply(f"cut to {target}", (x,)), [column])]


def _greater(e: ExpressionGraph, x: int, y: int) -> int:
    return e.apply("gt", (x, y))


def _power(e: ExpressionGraph, x: int, exponent: int) -> int:
    if e.is_constant(exponent):
        power = e.shift[exponent]
        if power in {1.0, 2.0, 3.0, 4.0}:
            made = x
            for _ in range(int(power) - 1):
                made = e.times(made, x)
            return made
        if power == 0.5:  # noqa: PLR2004 - a square root
            return e.apply("sqrt", (x,))
        if power == -1:
            return e.over(e.constant(1), x)
    return e.apply("pow", (x, exponent))


def _exponential(e: ExpressionGraph, x: int) -> int:
    """Get e^(x + c) as a multiple of e^x, so that a constant that was subtracted has no effect."""
    base = e.base[x]
    # Outside this range the factor is wrong, but equal shifts still give equal factors.
    shift = min(max(e.shift[x], -_LARGEST_SHIFT), _LARGEST_SHIFT)
    return e.affine(e.apply("exp", (e.affine(base, e.scale[x]),)), math.exp(shift))


def _logarithm(e: ExpressionGraph, x: int) -> int:
    """Get log(a x) as log(x) plus a constant."""
    if e.shift[x] != 0 or e.scale[x] <= 0:
        return e.apply("log", (x,))
    return e.affine(e.apply("log", (e.base[x],)), 1.0, math.log(e.scale[x]))


def _scaled(e: ExpressionGraph, x: int, y: int, weight: int, sign: float = 1) -> int:
    """Get x + sign · weight · y, where `weight` may be computed."""
    if e.is_constant(weight):
        return e.plus(x, y, sign * e.shift[weight])
    return e.plus(x, e.times(weight, y), sign)


def _one(e: ExpressionGraph) -> int:
    return e.constant(1)


_FORMULAS: dict[str, Callable[..., int]] = {
    "add": _scaled,
    "div": lambda e, x, y: e.over(x, y),
    "exp": _exponential,
    "ge": lambda e, x, y: e.apply("ge", (x, y)),
    "gt": _greater,
    "le": lambda e, x, y: e.apply("ge", (y, x)),
    "log": _logarithm,
    "logical_not": lambda e, x: e.apply("logical_not", (x,)),
    "lt": lambda e, x, y: _greater(e, y, x),
    "neg": lambda e, x: e.times(x, e.constant(-1)),
    "pow": _power,
    "reciprocal": lambda e, x: e.over(_one(e), x),
    "rsqrt": lambda e, x: e.over(_one(e), e.apply("sqrt", (x,))),
    "rsub": lambda e, x, y, weight: _scaled(e, y, x, weight, -1),
    "sqrt": lambda e, x: e.apply("sqrt", (x,)),
    "square": lambda e, x: e.times(x, x),
    "sub": lambda e, x, y, weight: _scaled(e, x, y, weight, -1),
}

RULES: dict[str, Callable[[Nodes], list[Tensor]]] = {
    "_to_copy": _convert,
    "masked_fill": _choose,
    "mul": _multiply,
    "where": _choose,
}
