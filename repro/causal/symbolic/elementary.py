"""Elementary functions of nodes, in a form that does not depend on which of several programs computes them.

Two programs for one function, such as a softmax of two bids and a sigmoid of their difference, must share
their intermediate results. Functions are therefore written with few others: sums, products, reciprocals,
exponentials, logarithms, square roots and signs. Identities beyond these are not known: two programs that
only such an identity relates count as different.

The graph of the code as written keeps one node for each operator that runs, because its arguments are what the
code computed. `flattened` replaces it by the simpler functions in the flattened graph.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from repro.causal.symbolic.expressions import ZERO, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from repro.causal.symbolic.expressions import ExpressionGraph

SIGN = "sign"
"""Operator with the weights of its arguments and a constant as settings: the sign of a linear form."""
ODD = frozenset(
    {"asin", "asinh", "atan", "atanh", "erf", "sin", "sinh", "tan", "tanh", "round", "trunc"}
)
"""Functions with f(-x) = -f(x)."""
EVEN = frozenset({"abs", "cos", "cosh"})
"""Functions with f(-x) = f(x)."""
_LARGEST_SHIFT = 700.0
"""e to this power is still finite."""
_MOST_FACTORS = 4
"""Up to this power, a power is written as a product."""


def exponential(e: ExpressionGraph, x: int) -> int:
    """Get e^(x + c) as a multiple of e^x, so that a constant that was subtracted has no effect."""
    if e.is_constant(x):
        return e.constant(_exp(e.shift[x]))
    # Outside this range the factor is wrong, but equal shifts still give equal factors.
    return e.affine(e.apply("exp", (e.affine(e.base[x], e.scale[x]),)), _exp(e.shift[x]))


def _exp(shift: float) -> float:
    return math.exp(min(max(shift, -_LARGEST_SHIFT), _LARGEST_SHIFT))


def logarithm(e: ExpressionGraph, x: int) -> int:
    """Get log(a x) as log(x) plus a constant."""
    if e.is_constant(x) and e.shift[x] > 0:
        return e.constant(math.log(e.shift[x]))
    if e.shift[x] != 0 or e.scale[x] <= 0:
        return e.apply("log", (x,))
    return e.affine(e.apply("log", (e.base[x],)), 1.0, math.log(e.scale[x]))


def power(e: ExpressionGraph, x: int, exponent: int) -> int:
    """Get x to a power; whole powers are products, and a power of a constant is an exponential."""
    if e.is_constant(exponent):
        number = e.shift[exponent]
        if number in range(1, _MOST_FACTORS + 1):
            made = x
            for _ in range(int(number) - 1):
                made = e.times(made, x)
            return made
        if number in {0.5, -0.5}:
            root = e.apply("sqrt", (x,))
            return root if number > 0 else e.over(e.constant(1), root)
        if -number in range(1, _MOST_FACTORS + 1):
            return e.over(e.constant(1), power(e, x, e.constant(-number)))
    elif e.is_constant(x) and e.shift[x] > 0:
        return exponential(e, e.times(exponent, e.constant(math.log(e.shift[x]))))
    return e.apply("pow", (x, exponent))


def log_add_exp(e: ExpressionGraph, x: int, y: int) -> int:
    """Get log(e^x + e^y), the log-sum-exp of two."""
    return logarithm(e, e.plus(exponential(e, x), exponential(e, y)))


def sigmoid(e: ExpressionGraph, x: int) -> int:
    """Get 1 / (1 + e^-x) as e^p / (e^p + e^n), where x = p - n: a softmax of two."""
    p, n = _parts(e, x)
    raised = exponential(e, p)
    return e.over(raised, e.plus(raised, exponential(e, n)))


def softplus(e: ExpressionGraph, x: int) -> int:
    """Get log(1 + e^x) as log(e^p + e^n) - n, where x = p - n: a log-sum-exp of two."""
    p, n = _parts(e, x)
    return e.plus(log_add_exp(e, p, n), n, -1)


def with_parity(e: ExpressionGraph, op: str, x: int) -> int:
    """Get an odd or even function, such that f(-x) is written with f(x)."""
    if e.shift[x] == 0 and e.scale[x] < 0:
        made = e.apply(op, (e.affine(e.base[x], -e.scale[x]),))
        return made if op in EVEN else e.affine(e.base[made], -e.scale[made])
    return e.apply(op, (x,))


def clamp(e: ExpressionGraph, x: int, low: int, high: int) -> int:
    """Get x, but at least `low` and at most `high`."""
    return e.apply("clamp", (x, low, high))


def _parts(e: ExpressionGraph, x: int) -> tuple[int, int]:
    """Write a linear form as a difference of forms with positive weights; the constant is in the first."""
    terms = e.terms(x).items()
    return (
        e.combination([(base, w) for base, w in terms if w > 0], e.shift[x]),
        e.combination([(base, -w) for base, w in terms if w < 0]),
    )


def hypotenuse(e: ExpressionGraph, x: int, y: int) -> int:
    """Get the square root of x² + y²."""
    return e.apply("sqrt", (e.plus(e.times(x, x), e.times(y, y)),))


def sign(e: ExpressionGraph, x: int, y: int = ZERO) -> int:
    """Get the sign of x - y, -1, 0 or 1.

    Comparisons are functions of the sign of a difference, so those of one pair of numbers share it,
    whatever the order of the pair. Comparing does not compute the difference, so the difference is no node.
    """
    terms: dict[int, float] = {}
    for i, factor in ((x, 1.0), (y, -1.0)):
        if not e.is_constant(i):
            terms[e.base[i]] = terms.get(e.base[i], 0.0) + factor * e.scale[i]
    return _sign(e, terms, e.shift[x] - e.shift[y])


def _sign(e: ExpressionGraph, weights: Mapping[int, float], shift: float) -> int:
    """Get the sign of a linear form."""
    terms = sorted((base, weight) for base, weight in weights.items() if weight)
    if not terms or math.isinf(shift):
        return e.constant(math.copysign(1, shift) if shift else 0.0)
    lead = terms[0][1]
    relative = tuple(rounded(weight / lead, e.digits) for _, weight in terms)
    bases = tuple(base for base, _ in terms)
    node = e.apply(SIGN, bases, relative, rounded(shift / lead, e.digits))
    return e.affine(node, math.copysign(1, lead))


def flattened(
    e: ExpressionGraph, op: str, arguments: tuple[int, ...], extra: tuple[object, ...]
) -> int:
    """Get an operator's node in a flattened graph, where functions are written with simpler ones.

    Args:
        e: flattened expressions.
        op: the operator, in the graph of the code as written.
        arguments: its arguments in `e`.
        extra: its settings.
    """
    if op == SIGN:
        weights, shift = extra
        terms = zip(arguments, weights, strict=True)  # type: ignore[call-overload]  # floats
        form = e.combination(terms, shift)  # type: ignore[arg-type]  # a float
        return _sign(e, e.terms(form), e.shift[form])
    simple = _SIMPLER.get(op)
    return e.apply(op, arguments, *extra) if simple is None else simple(e, arguments[0])


def _of_one_plus(e: ExpressionGraph, x: int) -> tuple[float, int] | None:
    """Write x as c (1 + e^z), where c > 0 is constant; None if it is not of this form."""
    scale, shift = e.scale[x], e.shift[x]
    if scale <= 0 or shift <= 0 or e.op[e.base[x]] != "exp":
        return None
    (z,) = e.parents[e.base[x]]
    return shift, e.plus(z, e.constant(math.log(scale / shift)))


def _flattened_log(e: ExpressionGraph, x: int) -> int:
    found = _of_one_plus(e, x)
    if found is None:
        return logarithm(e, x)
    return e.plus(softplus(e, found[1]), e.constant(math.log(found[0])))


def _flattened_reciprocal(e: ExpressionGraph, x: int) -> int:
    found = _of_one_plus(e, x)
    if found is None:
        return e.apply("reciprocal", (x,))
    return e.over(sigmoid(e, e.times(found[1], e.constant(-1))), e.constant(found[0]))


_SIMPLER: dict[str, Callable[[ExpressionGraph, int], int]] = {
    "log": _flattened_log,
    "reciprocal": _flattened_reciprocal,
    "sigmoid": sigmoid,
    "softplus": softplus,
}
"""Functions of one number that are written with simpler ones."""


def greater(e: ExpressionGraph, x: int, y: int) -> int:
    """Get whether x > y, as 0 or 1."""
    found = sign(e, x, y)
    if e.is_constant(found):
        return e.constant(e.shift[found] > 0)
    return e.apply("positive", (found,))


def equal(e: ExpressionGraph, x: int, y: int) -> int:
    """Get whether x = y, as 0 or 1."""
    found = sign(e, x, y)
    if e.is_constant(found):
        return e.constant(e.shift[found] == 0)
    return e.apply("zero", (e.base[found],))


def negation(e: ExpressionGraph, truth: int) -> int:
    """Get 1 - x for a truth value x, which is 0 or 1."""
    return e.plus(e.constant(1), truth, -1)


def truth(e: ExpressionGraph, x: int) -> int:
    """Get whether a number is not zero, as 0 or 1."""
    return negation(e, equal(e, x, ZERO))


def both(e: ExpressionGraph, x: int, y: int) -> int:
    """Get whether two truth values are 1."""
    return x if x == y else e.times(x, y)


def either(e: ExpressionGraph, x: int, y: int) -> int:
    """Get whether one of two truth values is 1."""
    return negation(e, both(e, negation(e, x), negation(e, y)))


def choice_of(e: ExpressionGraph, condition: int, yes: int, no: int) -> int:
    """Get one of two values by a truth value."""
    if e.is_constant(condition):
        return yes if e.shift[condition] else no
    if yes == no:
        return yes
    if no == ZERO:
        return e.times(condition, yes)
    if yes == ZERO:
        return e.times(negation(e, condition), no)
    if e.scale[condition] < 0:  # a negation
        return e.apply("where", (negation(e, condition), no, yes))
    return e.apply("where", (condition, yes, no))
