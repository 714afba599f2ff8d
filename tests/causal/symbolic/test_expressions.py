"""Laws of the canonical form, checked against the values of expressions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.causal.symbolic.expressions import (
    CONSTANT,
    DIGITS_OF_DOUBLES,
    ZERO,
    ExpressionGraph,
    rounded,
)

COEFFICIENTS = st.sampled_from([-3.0, -1.0, -0.5, 0.0, 0.25, 1.0, 2.0, 7.0])
POINT = (0.7, -1.3, 2.1)
"""Values of the roots."""


def number(e: ExpressionGraph, i: int) -> float:
    """Compute the value of an id."""
    op, extra = e.op[i], e.extra[i]
    args = [number(e, parent) for parent in e.parents[i]]
    if op == "constant":
        return float(str(extra[0]))
    if op == "input":
        return POINT[int(str(extra[1]))]
    if op == "affine":
        scale, shift = (float(str(x)) for x in extra)
        return scale * args[0] + shift
    if op == "sum":
        return sum(float(str(w)) * x for w, x in zip(extra, args, strict=True))
    if op == "reciprocal":
        return 1 / args[0]
    assert op == "product"
    return math.prod(args)


@st.composite
def recipes(draw: st.DrawFn) -> list[tuple[str, int, int, float]]:
    """Draw steps, each an operation on two earlier results, which begin with 3 roots and 3 constants."""
    steps = []
    for made in range(6, 6 + draw(st.integers(1, 12))):
        operation = draw(st.sampled_from(["plus", "times", "affine", "combination", "over"]))
        places = st.integers(0, made - 1)
        steps.append((operation, draw(places), draw(places), draw(COEFFICIENTS)))
    return steps


def build(
    steps: list[tuple[str, int, int, float]],
) -> tuple[ExpressionGraph, list[int], list[float]]:
    """Apply a recipe to expressions and to numbers."""
    e = ExpressionGraph()
    ids = [e.root("input", 0, k) for k in range(3)] + [e.constant(x) for x in (0.0, 1.0, -2.0)]
    values = [*POINT, 0.0, 1.0, -2.0]
    for operation, x, y, c in steps:
        a, b = values[x], values[y]
        if operation == "plus":
            ids.append(e.plus(ids[x], ids[y], c))
            values.append(a + c * b)
        elif operation == "times":
            ids.append(e.times(ids[x], ids[y]))
            values.append(a * b)
        elif operation == "affine":
            ids.append(e.plus(e.times(ids[x], e.constant(c)), e.constant(2.0)))
            values.append(c * a + 2.0)
        elif operation == "combination":
            ids.append(e.combination([(ids[x], c), (ids[y], 1.0), (ids[x], 2.0)], 0.5))
            values.append(c * a + b + 2 * a + 0.5)
        elif abs(b) > 1e-3:
            ids.append(e.over(ids[x], ids[y]))
            values.append(a / b)
        else:
            ids.append(ZERO)
            values.append(0.0)
    return e, ids, values


@given(recipes())
def test_simplifying_preserves_values(steps: list[tuple[str, int, int, float]]) -> None:
    e, ids, values = build(steps)
    for i, value in zip(ids, values, strict=True):
        assert math.isclose(number(e, i), value, rel_tol=1e-5, abs_tol=1e-5 * _size(values))


def _size(values: list[float]) -> float:
    return max(1.0, *(abs(x) for x in values))


@given(recipes())
def test_every_id_is_an_affine_function_of_its_base(
    steps: list[tuple[str, int, int, float]],
) -> None:
    e, _, values = build(steps)
    for i in range(len(e)):
        if e.base[i] == CONSTANT:
            assert e.scale[i] == 0
            assert e.parents[i] == ()
            assert number(e, i) == e.shift[i]
        else:
            base = e.base[i]
            assert e.base[base] == base
            assert (e.scale[base], e.shift[base]) == (1.0, 0.0)
            expected = e.scale[i] * number(e, base) + e.shift[i]
            assert math.isclose(number(e, i), expected, rel_tol=1e-6, abs_tol=1e-6 * _size(values))
        assert all(parent < i for parent in e.parents[i])


@given(recipes())
def test_the_same_recipe_gives_the_same_ids(steps: list[tuple[str, int, int, float]]) -> None:
    e, ids, _ = build(steps)
    before = len(e)
    again = ids[:6]
    for operation, x, y, c in steps:
        a, b = again[x], again[y]
        if operation == "plus":
            again.append(e.plus(a, b, c))
        elif operation == "times":
            again.append(e.times(b, a))
        elif operation == "affine":
            again.append(e.plus(e.constant(2.0), a, c))
        elif operation == "combination":
            again.append(e.combination([(b, 1.0), (a, 2.0 + c)], 0.5))
        else:
            again.append(ids[len(again)])
    # There may be new constants, because of rounding, but no new variables.
    for first, second in zip(ids, again, strict=True):
        both_constant = e.is_constant(first) and e.is_constant(second)
        assert first == second or (both_constant and math.isclose(e.shift[first], e.shift[second]))
    assert all(e.is_constant(i) for i in range(before, len(e)))


@pytest.fixture
def e() -> ExpressionGraph:
    return ExpressionGraph()


def test_laws_of_zero_and_one(e: ExpressionGraph) -> None:
    x, one = e.root("input", 0, 0), e.constant(1)
    assert e.constant(0) == ZERO
    assert e.plus(x, x, -1) == ZERO
    assert e.plus(x, ZERO) == x == e.plus(ZERO, x)
    assert e.times(x, ZERO) == ZERO == e.times(ZERO, x)
    assert e.times(x, one) == x == e.times(one, x)
    assert e.over(x, one) == x
    assert e.times(e.times(x, e.constant(4)), e.constant(0.25)) == x
    assert e.plus(e.plus(x, e.constant(3)), e.constant(-3)) == x


def test_sums(e: ExpressionGraph) -> None:
    x, y, z = (e.root("input", 0, k) for k in range(3))
    assert e.plus(x, y) == e.plus(y, x)
    assert e.plus(e.plus(x, y), y, -1) != x, "sums of sums are flattened later"
    total = e.plus(x, y)
    assert e.base[e.plus(total, total)] == e.base[total]
    assert e.base[e.plus(e.times(x, e.constant(3)), y, 3)] == e.base[total], "one ratio is one sum"
    assert e.base[e.plus(x, y, 2)] != e.base[total]
    assert e.plus(total, total, -1) == ZERO
    assert e.combination([(x, 1), (y, 1), (z, 0)]) == total
    assert e.combination([(x, 1), (y, 2), (x, -1)]) == e.times(y, e.constant(2))
    assert e.combination([(x, 1), (x, -1)], 5) == e.constant(5)
    assert e.combination([]) == ZERO
    assert e.terms(total) == {x: 1.0, y: 1.0}
    assert e.terms(e.times(total, e.constant(3))) == {x: 3.0, y: 3.0}
    assert e.terms(x) == {x: 1.0}
    assert e.terms(e.constant(3)) == {}


def test_products(e: ExpressionGraph) -> None:
    x, y = (e.root("input", 0, k) for k in range(2))
    two = e.constant(2)
    assert e.times(x, y) == e.times(y, x)
    assert e.times(e.times(x, two), e.times(y, two)) == e.times(e.times(x, y), e.constant(4))
    assert e.over(e.times(x, two), e.times(y, two)) == e.over(x, y)
    assert e.times(x, e.over(e.constant(1), y)) == e.over(x, y)
    assert e.sources(e.base[e.times(x, e.plus(y, two))]) == (x, y)


def test_commuting_arguments(e: ExpressionGraph) -> None:
    x, y = (e.root("input", 0, k) for k in range(2))
    for op in ("product", "logical_xor", "bitwise_and", "gcd"):
        assert e.apply(op, (x, y)) == e.apply(op, (y, x))
    for op in ("gt", "ge", "pow", "where", "atan2"):
        assert e.apply(op, (x, y)) != e.apply(op, (y, x))
    assert e.apply("exp", (x,)) != e.apply("exp", (x,), "setting")


def test_constants(e: ExpressionGraph) -> None:
    assert e.constant(math.nan) == e.constant(math.nan)
    assert e.constant(-0.0) == e.constant(0.0)
    assert e.constant(True) == e.constant(1.0)
    assert e.constant(math.inf) != e.constant(-math.inf)
    assert e.is_constant(e.constant(2))
    assert not e.is_constant(e.root("input", 0, 0))


def test_coefficients_that_agree_up_to_rounding_are_equal(e: ExpressionGraph) -> None:
    x, y = (e.root("input", 0, k) for k in range(2))
    assert e.times(x, e.constant(0.1 + 0.2)) == e.times(x, e.constant(0.3))
    assert e.base[e.plus(x, y, 0.9**3)] == e.base[e.plus(x, y, 0.9 * 0.9 * 0.9)]
    assert e.plus(e.times(x, e.constant(0.1 + 0.2)), x, -0.3) == ZERO
    assert e.times(x, e.constant(0.301)) != e.times(x, e.constant(0.3))


def test_coefficients_of_doubles_agree_in_twelve_digits() -> None:
    e = ExpressionGraph(DIGITS_OF_DOUBLES)
    x = e.root("input", 0, 0)
    assert e.affine(x, 1.2345678901234) == e.affine(x, 1.2345678901236)
    assert e.affine(x, 1.23456789012) != e.affine(x, 1.23456789013)


@given(st.floats(1e-30, 1e30))
def test_rounding(x: float) -> None:
    assert math.isclose(rounded(x), x, rel_tol=1e-6)
    assert rounded(rounded(x)) == rounded(x)
    assert rounded(-x) == -rounded(x)
    assert rounded(x) == float(f"{x:.6e}")
