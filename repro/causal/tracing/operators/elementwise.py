"""Operators that compute each element separately."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.symbolic import elementary
from repro.causal.symbolic.expressions import ZERO
from repro.causal.tracing.operators.nodes import STORAGE_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph
    from repro.causal.tracing.operators.nodes import Nodes


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
    x, y = nodes.given["self"], nodes.given["other"]
    return [multiplied(nodes, x, y, nodes.output.shape)]


def multiplied(
    nodes: Nodes,
    x: Tensor | float,
    y: Tensor | float,
    shape: torch.Size,
    ids: Sequence[Tensor] = (),
) -> Tensor:
    """Follow a product; it is zero where one factor is, as in most of a one-hot gradient.

    Args:
        nodes: of the call.
        x: the first factors, to be broadcast to `shape`.
        y: the second factors, likewise.
        shape: of the products.
        ids: nodes of both, if they are no arguments of the call.
    """
    e, context = nodes.expressions, nodes.recording.context
    first, second = (
        (i.expand(shape).flatten().tolist() for i in ids)
        if ids
        else (nodes.column(x, shape), nodes.column(y, shape))
    )
    rows = list(zip(first, second, strict=True))
    if not context.given and not context.has_places:
        made = [ZERO if ZERO in (a, b) else e.times(a, b) for a, b in rows]
        return torch.tensor(made, dtype=torch.int64).view(shape)
    made = [ZERO] * len(rows)
    numbers, others = nodes.numbers(x, shape), nodes.numbers(y, shape)
    for element, (a, b) in enumerate(rows):
        if ZERO in (a, b):
            continue
        selects = context.is_factor(a), context.is_factor(b)
        if selects == (True, False) and not e.is_constant(b):
            context.note_factor(a)
            made[element] = e.times(b, e.constant(numbers[element]))
        elif selects == (False, True) and not e.is_constant(a):
            context.note_factor(b)
            made[element] = e.times(a, e.constant(others[element]))
        else:
            made[element] = e.times(a, b)
            context.add_function(made[element], (a, b))
    return torch.tensor(made, dtype=torch.int64).view(shape)


def _divide(nodes: Nodes) -> list[Tensor]:
    """Follow a quotient; dividing by an integer of an input is context."""
    if nodes.given.get("rounding_mode") is not None:
        return pointwise(nodes)
    e, shape, context = nodes.expressions, nodes.output.shape, nodes.recording.context
    columns = [nodes.column(nodes.given[name], shape) for name in ("self", "other")]
    if context.given:
        numbers = nodes.numbers(nodes.given["other"], shape)
        for k, (x, i) in enumerate(zip(*columns, strict=True)):
            if context.is_integer(i) and not context.is_integer(x):
                context.note_factor(i)
                columns[1][k] = e.constant(numbers[k])
    return [nodes.map_rows(lambda e, x, y: e.over(x, y), columns)]


def _convert(nodes: Nodes) -> list[Tensor]:
    """Follow a change of type; a number is truncated if the new type cannot represent it."""
    source, target = nodes.given["self"].dtype, nodes.output.dtype
    ids = nodes.of(nodes.given["self"])
    both_real = source.is_floating_point and target.is_floating_point
    if both_real or torch.promote_types(source, target) == target:
        return [ids.clone()]
    column = ids.flatten().tolist()
    if target == torch.bool:
        return [nodes.map_rows(elementary.truth, [column])]
    return [nodes.map_rows(lambda e, x: e.apply(f"cut to {target}", (x,)), [column])]


def _scaled(e: ExpressionGraph, x: int, y: int, weight: int, sign: float = 1) -> int:
    """Get x + sign · weight · y, where `weight` may be computed."""
    if e.is_constant(weight):
        return e.plus(x, y, sign * e.shift[weight])
    return e.plus(x, e.times(weight, y), sign)


def _with_parity(op: str, e: ExpressionGraph, x: int) -> int:
    return elementary.with_parity(e, op, x)


def _exponential(nodes: Nodes) -> list[Tensor]:
    """Follow an exponential; a number that was masked by adding a large negative one has no effect."""
    e = nodes.expressions
    ids = nodes.of(nodes.given["self"]).flatten().tolist()
    if any(e.shift[i] < _MASKED for i in ids):
        values = nodes.output.detach().to(torch.float64).flatten().tolist()
        pairs = zip(ids, values, strict=True)
        ids = [e.constant(-math.inf) if e.shift[i] < _MASKED and not x else i for i, x in pairs]
    return [nodes.map_rows(elementary.exponential, [ids])]


def _one_plus(e: ExpressionGraph, x: int) -> int:
    return e.plus(e.constant(1), x)


def _sigmoid(e: ExpressionGraph, x: int) -> int:
    """Get the sigmoid of x; that of -x is 1 minus it."""
    if e.shift[x] == 0 and e.scale[x] < 0:
        return elementary.negation(e, _sigmoid(e, e.times(x, e.constant(-1))))
    return e.apply("sigmoid", (x,))


def _softplus(e: ExpressionGraph, x: int, beta: int, _threshold: int) -> int:
    """Follow softplus; beyond the threshold it differs from the logarithm only by rounding."""
    return e.over(e.apply("softplus", (e.times(x, beta),)), beta)


def _clamp(nodes: Nodes) -> list[Tensor]:
    """Follow operators that bound each element from below, from above, or both."""
    given, shape = nodes.given, nodes.output.shape
    low, high = (given.get(name, given.get(f"{name}_val")) for name in ("min", "max"))
    if nodes.call.name == "relu":
        low = 0.0
    columns = [
        nodes.column(given["self"], shape),
        nodes.column(-math.inf if low is None else low, shape),
        nodes.column(math.inf if high is None else high, shape),
    ]
    return [nodes.map_rows(elementary.clamp, columns)]


_MASKED = -5000.0
"""A constant below this makes an exponential zero, whatever it is added to."""
_LOG_2 = math.log(2)
_FORMULAS: dict[str, Callable[..., int]] = {
    **{op: partial(_with_parity, op) for op in elementary.ODD | elementary.EVEN},
    "add": _scaled,
    "exp2": lambda e, x: elementary.exponential(e, e.times(x, e.constant(_LOG_2))),
    "expm1": lambda e, x: e.plus(e.constant(-1), elementary.exponential(e, x)),
    "hypot": elementary.hypotenuse,
    "log": elementary.logarithm,
    "log10": lambda e, x: e.over(elementary.logarithm(e, x), e.constant(math.log(10))),
    "log1p": lambda e, x: elementary.logarithm(e, _one_plus(e, x)),
    "log2": lambda e, x: e.over(elementary.logarithm(e, x), e.constant(_LOG_2)),
    "logaddexp": elementary.log_add_exp,
    "logaddexp2": lambda e, x, y: e.over(
        elementary.log_add_exp(e, e.times(x, e.constant(_LOG_2)), e.times(y, e.constant(_LOG_2))),
        e.constant(_LOG_2),
    ),
    "neg": lambda e, x: e.times(x, e.constant(-1)),
    "pow": elementary.power,
    "reciprocal": lambda e, x: e.over(e.constant(1), x),
    "rsqrt": lambda e, x: e.over(e.constant(1), e.apply("sqrt", (x,))),
    "rsub": lambda e, x, y, weight: _scaled(e, y, x, weight, -1),
    "sgn": elementary.sign,
    "sigmoid": _sigmoid,
    "sign": elementary.sign,
    "silu": lambda e, x: e.times(x, _sigmoid(e, x)),
    "softplus": _softplus,
    "sqrt": lambda e, x: e.apply("sqrt", (x,)),
    "square": lambda e, x: e.times(x, x),
    "sub": lambda e, x, y, weight: _scaled(e, x, y, weight, -1),
    "xlogy": lambda e, x, y: e.times(x, elementary.logarithm(e, y)),
}


def _log_sigmoid(nodes: Nodes) -> list[Tensor]:
    """Follow log-sigmoid, -softplus(-x); its second output is only for the backward pass."""

    def rule(e: ExpressionGraph, x: int) -> int:
        minus = e.constant(-1)
        return e.times(e.apply("softplus", (e.times(x, minus),)), minus)

    column = nodes.of(nodes.given["self"]).flatten().tolist()
    return [nodes.map_rows(rule, [column]), nodes.constants(nodes.call.outputs[1])]


RULES: dict[str, Callable[[Nodes], list[Tensor]]] = {
    "_to_copy": _convert,
    **dict.fromkeys(("clamp", "clamp_max", "clamp_min", "hardtanh", "relu"), _clamp),
    "div": _divide,
    "exp": _exponential,
    "log_sigmoid_forward": _log_sigmoid,
    "mul": _multiply,
}
