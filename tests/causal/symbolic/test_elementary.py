"""Elementary functions: each identity as an equality of nodes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from repro.causal.symbolic import elementary as f
from repro.causal.symbolic.expressions import ExpressionGraph

if TYPE_CHECKING:
    from collections.abc import Callable

E = ExpressionGraph


def roots(count: int) -> tuple[ExpressionGraph, list[int]]:
    e = ExpressionGraph()
    return e, [e.root("input", 0, k) for k in range(count)]


def _minus(e: E, x: int) -> int:
    return e.times(x, e.constant(-1))


EQUAL: dict[str, tuple[Callable[[E, int, int], int], Callable[[E, int, int], int]]] = {
    "sign of the negative": (
        f.sign,
        lambda e, x, y: _minus(e, f.sign(e, y, x)),
    ),
    "sign of a multiple": (
        f.sign,
        lambda e, x, y: f.sign(e, e.times(x, e.constant(3)), e.times(y, e.constant(3))),
    ),
    "equality": (f.equal, lambda e, x, y: f.equal(e, y, x)),
    "double negation": (
        f.greater,
        lambda e, x, y: f.negation(e, f.negation(e, f.greater(e, x, y))),
    ),
    "or of one": (
        f.greater,
        lambda e, x, y: f.either(e, f.greater(e, x, y), f.greater(e, x, y)),
    ),
    "sigmoid of a difference": (
        lambda e, x, y: f.sigmoid(e, e.plus(x, y, -1)),
        lambda e, x, y: e.over(
            f.exponential(e, x), e.plus(f.exponential(e, x), f.exponential(e, y))
        ),
    ),
    "softplus of a difference": (
        lambda e, x, y: f.softplus(e, e.plus(x, y, -1)),
        lambda e, x, y: e.plus(f.log_add_exp(e, x, y), y, -1),
    ),
    "inverse square root": (
        lambda e, x, _: f.power(e, x, e.constant(-0.5)),
        lambda e, x, _: e.over(e.constant(1), f.power(e, x, e.constant(0.5))),
    ),
    "power of a constant": (
        lambda e, x, _: f.power(e, e.constant(2), x),
        lambda e, x, _: f.exponential(e, e.times(x, e.constant(math.log(2)))),
    ),
    "odd": (
        lambda e, x, _: _minus(e, f.with_parity(e, "tanh", x)),
        lambda e, x, _: f.with_parity(e, "tanh", _minus(e, x)),
    ),
    "even": (
        lambda e, x, _: f.with_parity(e, "cos", x),
        lambda e, x, _: f.with_parity(e, "cos", _minus(e, x)),
    ),
    "flattened reciprocal": (
        lambda e, x, _: f.flattened(
            e, "reciprocal", (e.plus(e.constant(3), f.exponential(e, x), 2),), ()
        ),
        lambda e, x, _: e.over(
            f.sigmoid(e, e.plus(e.constant(-math.log(2 / 3)), x, -1)), e.constant(3)
        ),
    ),
    "flattened sign": (
        lambda e, x, y: f.flattened(e, f.SIGN, (e.plus(x, y),), ((1.0,), 0.0)),
        lambda e, x, y: f.sign(e, x, _minus(e, y)),
    ),
}


@pytest.mark.parametrize("name", EQUAL)
def test_identities(name: str) -> None:
    first, second = EQUAL[name]
    e, (x, y) = roots(2)
    assert first(e, x, y) == second(e, x, y)


def test_comparisons_of_constants_are_constants() -> None:
    e, (x, _) = roots(2)
    two, five = e.constant(2), e.constant(5)
    assert f.greater(e, five, two) == e.constant(1)
    assert f.equal(e, five, two) == e.constant(0)
    assert f.sign(e, x, x) == e.constant(0)
    assert f.greater(e, x, e.constant(-math.inf)) == e.constant(1)


def test_a_sign_is_shared_and_its_difference_is_no_node() -> None:
    e, (x, y) = roots(2)
    first, second = f.greater(e, x, y), f.greater(e, y, x)
    assert first != second
    assert e.sources(first) == e.sources(second)
    (sign,) = e.sources(first)
    assert e.op[sign] == f.SIGN
    assert set(e.sources(sign)) == {x, y}


def test_choices() -> None:
    e, (x, y) = roots(2)
    condition = f.greater(e, x, y)
    assert f.choice_of(e, condition, x, x) == x
    assert f.choice_of(e, e.constant(1), x, y) == x
    assert f.choice_of(e, condition, x, 0) == e.times(condition, x)
    assert f.choice_of(e, f.negation(e, condition), x, y) == f.choice_of(e, condition, y, x)
