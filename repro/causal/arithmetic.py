"""Operators that compute each element by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.expression import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repro.causal.expression import Expressions
    from repro.causal.operators import Nodes


def pointwise(nodes: Nodes) -> list[Tensor]:
    """Make each output element from the elements at its place.

    Operators without a rule of their own become nodes of their name. A backward operator is a
    product with the gradient that it is given, so that a gradient of zero stays zero.
    """
    call, expressions, shape = nodes.call, nodes.expressions, nodes.output.shape
    columns: list[list[int]] = []
    settings: list[str] = []
    for name, value in nodes.given.items():
        if isinstance(value, Tensor) or (
            isinstance(value, (int, float)) and not isinstance(value, bool)
        ):
            columns.append(nodes.column(value, shape))
        elif value is not None and name not in _STORAGE:
            settings.append(f"{name}={value}")
    rule = _RULES.get(call.name)
    if rule is None or settings:
        rule = _named(call.name, settings)
    base = expressions.base
    values: list[float] | None = None
    made = []
    for place, row in enumerate(zip(*columns, strict=True)):
        if all(base[i] < 0 for i in row):
            if values is None:
                values = nodes.output.detach().to(torch.float64).flatten().tolist()
            made.append(expressions.constant(values[place]))
        else:
            made.append(rule(expressions, *row))
    return [torch.tensor(made, dtype=torch.int64).view(shape)]


_STORAGE = frozenset({"dtype", "layout", "device", "memory_format", "pin_memory", "non_blocking"})


def _multiply(nodes: Nodes) -> list[Tensor]:
    """Follow a product; where one factor is zero, as in most of a one-hot gradient, so is it."""
    e, shape = nodes.expressions, nodes.output.shape
    x, y = nodes.given["self"], nodes.given["other"]
    first, second = (torch.tensor(nodes.column(factor, shape)) for factor in (x, y))
    made = torch.zeros(shape.numel(), dtype=torch.int64)
    alive = ((first != ZERO) & (second != ZERO)).nonzero().flatten()
    pairs = zip(first[alive].tolist(), second[alive].tolist(), strict=True)
    made[alive] = torch.tensor([e.times(a, b) for a, b in pairs], dtype=torch.int64)
    return [made.view(shape)]


def _named(name: str, settings: Sequence[str]) -> Callable[..., int]:
    if name.endswith("_backward"):
        return lambda e, gradient, *rest: e.times(gradient, e.apply(name, rest, *settings))
    return lambda e, *row: e.apply(name, row, *settings)


def _choose(nodes: Nodes) -> list[Tensor]:
    """Follow `where` and `masked_fill`: a constant condition moves, a computed one selects."""
    given, shape = nodes.given, nodes.output.shape
    if nodes.call.name == "where":
        columns = [given["condition"], given["self"], given["other"]]
    else:
        columns = [given["mask"], given["value"], given["self"]]
    rows = zip(*(nodes.column(column, shape) for column in columns), strict=True)
    made = [_where(nodes, *row) for row in rows]
    return [torch.tensor(made, dtype=torch.int64).view(shape)]


def _where(nodes: Nodes, condition: int, yes: int, no: int) -> int:
    e = nodes.expressions
    if e.is_constant(condition):
        return yes if e.shift[condition] else no
    if yes == no:
        return yes
    if no == 0:
        return e.times(condition, yes)
    if yes == 0:
        return e.times(e.apply("logical_not", (condition,)), no)
    return e.apply("where", (condition, yes, no))


def _extreme(nodes: Nodes) -> list[Tensor]:
    """Follow the larger or smaller of two elements: one of the two, where neither is a constant."""
    e, shape = nodes.expressions, nodes.output.shape
    first, second = nodes.given["self"], nodes.given["other"]
    taken = (first == nodes.output).expand(shape).flatten().tolist()
    name = nodes.call.name.replace("fm", "m").replace("maximum", "max").replace("minimum", "min")
    made = []
    for x, y, is_first in zip(
        nodes.column(first, shape), nodes.column(second, shape), taken, strict=True
    ):
        if x == y:
            made.append(x)
        elif nodes.trace.strict or e.is_constant(x) or e.is_constant(y):
            made.append(e.apply(f"{name}imum", (x, y)))
        else:
            made.append(x if is_first else y)
    return [torch.tensor(made, dtype=torch.int64).view(shape)]


def _equal(nodes: Nodes) -> list[Tensor]:
    """Follow equality: which of several numbers was selected is context, unless asked otherwise."""
    if nodes.trace.strict:
        return pointwise(nodes)
    return [nodes.constants(nodes.output)]


def _convert(nodes: Nodes) -> list[Tensor]:
    """Follow a change of type: numbers stay what they are, but for cutting them to integers."""
    given, output = nodes.given["self"], nodes.output
    ids = nodes.of(given)
    if not given.is_floating_point() or output.is_floating_point():
        return [ids.clone()]
    e = nodes.expressions
    made = [i if e.is_constant(i) else e.apply("cut", (i,)) for i in ids.flatten().tolist()]
    return [torch.tensor(made, dtype=torch.int64).view(output.shape)]


def _greater(e: Expressions, x: int, y: int) -> int:
    if e.is_constant(x) and e.is_constant(y):
        return e.constant(e.shift[x] > e.shift[y])
    return e.apply("gt", (x, y))


def _power(e: Expressions, x: int, exponent: int) -> int:
    if e.is_constant(exponent):
        power = e.shift[exponent]
        if power in {1.0, 2.0, 3.0, 4.0}:
            made = x
            for _ in range(int(power) - 1):
                made = e.times(made, x)
            return made
        if power == 0.5:  # noqa: PLR2004 - a square root by another name
            return e.apply("sqrt", (x,))
        if power == -1:
            return e.over(e.constant(1), x)
    return e.apply("pow", (x, exponent))


def _scaled(e: Expressions, x: int, y: int, weight: int, sign: float = 1) -> int:
    """Get x + sign · weight · y, where `weight` may be computed."""
    if e.is_constant(weight):
        return e.plus(x, y, sign * e.shift[weight])
    return e.plus(x, e.times(weight, y), sign)


def _one(e: Expressions) -> int:
    return e.constant(1)


_RULES: dict[str, Callable[..., int]] = {
    "add": _scaled,
    "div": lambda e, x, y: e.over(x, y),
    "gt": _greater,
    "le": lambda e, x, y: e.apply("ge", (y, x)),
    "lt": lambda e, x, y: _greater(e, y, x),
    "neg": lambda e, x: e.times(x, e.constant(-1)),
    "pow": _power,
    "reciprocal": lambda e, x: e.over(_one(e), x),
    "rsqrt": lambda e, x: e.over(_one(e), e.apply("sqrt", (x,))),
    "rsub": lambda e, x, y, weight: _scaled(e, y, x, weight, -1),
    "square": lambda e, x: e.times(x, x),
    "sub": lambda e, x, y, weight: _scaled(e, x, y, weight, -1),
}

HANDLED: dict[str, Callable[[Nodes], list[Tensor]]] = {
    "_to_copy": _convert,
    "eq": _equal,
    "fmax": _extreme,
    "fmin": _extreme,
    "masked_fill": _choose,
    "maximum": _extreme,
    "minimum": _extreme,
    "mul": _multiply,
    "ne": _equal,
    "where": _choose,
}
