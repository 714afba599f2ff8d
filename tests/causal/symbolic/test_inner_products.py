"""Inner products: their values, what they have in common with other nodes, and their order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.causal.auditing.dependence import DependenceGraph
from repro.causal.symbolic.canonical_order import CanonicalOrder
from repro.causal.symbolic.common_factors import shared_part
from repro.causal.symbolic.expressions import INNER, ExpressionGraph
from repro.causal.symbolic.flatten_sums import FlattenedSums
from repro.causal.symbolic.inner_products import (
    factors_of,
    inner_product,
    products_of,
    repeated,
    size,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUES = (0.5, -1.5, 2.0, 0.75, -0.25, 1.25, 3.0, -2.0)


def value(e: ExpressionGraph, i: int) -> float:
    """Calculate a number, where input k is `VALUES[k]`."""
    base = e.base[i]
    if e.is_constant(i):
        return e.shift[i]
    if e.op[base] == "input":
        x = VALUES[int(str(e.extra[base][1]))]
    elif e.op[base] == "product":
        x = math.prod(value(e, k) for k in e.parents[base])
    elif e.op[base] == INNER:
        x = sum(w * math.prod(value(e, k) for k in ks) for ks, w in products_of(e, base))
    else:
        x = sum(w * value(e, k) for k, w in e.terms(base).items())
    return e.scale[i] * x + e.shift[i]


def roots(e: ExpressionGraph) -> list[int]:
    return [e.root("input", 0, k) for k in range(len(VALUES))]


def inner(e: ExpressionGraph, rows: Sequence[int], columns: Sequence[int]) -> int:
    """Get an inner product of ids that are multiples of bases, or have a shift."""
    lists = []
    for ids in (rows, columns):
        scaled = [e.shift[i] == 0 for i in ids]
        products = [(e.base[i] if s else i,) for i, s in zip(ids, scaled, strict=True)]
        weights = [e.scale[i] if s else 1.0 for i, s in zip(ids, scaled, strict=True)]
        lists.append(factors_of(e, products, weights))
    (first, a), (second, b) = lists
    return e.affine(inner_product(e, first, second), a * b)


FACTORS = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.integers(0, 7),
        st.sampled_from(["x", "xy", "rest", "shift", "constant"]),
    ),
    min_size=6,
    max_size=6,
)


@given(FACTORS, st.booleans())
def test_flattening_preserves_values(drawn: list[tuple[int, int, str]], together: object) -> None:
    """Factors are inputs, products, and sums of which a multiple of one input or only a constant is left."""
    e = ExpressionGraph()
    x = roots(e)

    def factor(i: int, j: int, kind: str) -> int:
        if kind == "xy":
            return e.times(x[i], x[j])
        if kind == "shift":
            return e.plus(x[i], e.constant(2), 3.0)
        if kind == "rest" and i != j:
            return e.plus(e.plus(x[i], x[j], 2.0), x[i], -1.0)
        if kind == "constant" and i != j:
            nothing = e.plus(e.plus(e.plus(x[i], x[j]), x[i], -1.0), x[j], -1.0)
            return e.plus(nothing, e.constant(i % 3))
        return e.affine(x[i], -3.0)

    made = [factor(*one) for one in drawn]
    total = inner(e, made[:3], made[3:])
    if together:
        total = e.plus(total, e.times(made[0], made[3]), -1.0)
    flat = FlattenedSums(e, [total], ())
    assert value(flat.expressions, flat.id(total)) == pytest.approx(value(e, total))


def test_a_sum_of_which_a_multiple_is_left_flattens_to_an_inner_product_with_weights() -> None:
    """Y - (x + 2 y) / 2 is -x / 2."""
    e = ExpressionGraph()
    x, y, *z = roots(e)
    left = e.plus(y, e.plus(x, y, 2.0), -0.5)
    total = inner(e, [left, z[0], z[1]], z[2:5])
    flat = FlattenedSums(e, [total], ())
    made = flat.id(total)
    assert flat.expressions.op[flat.expressions.base[made]] == INNER
    assert value(flat.expressions, made) == pytest.approx(value(e, total))


def test_a_product_that_is_subtracted_again_is_left_out() -> None:
    """In x₀ y₀ + x₁ y₁ + x₂ y₂ - (x₀ y₀), neither x₀ nor y₀ has an effect, and so in a difference of two."""
    e = ExpressionGraph()
    x = roots(e)
    one, other = inner(e, x[:3], x[3:6]), inner(e, [x[0], x[6], x[2]], [x[3], x[7], x[5]])
    for total, left in (
        (e.plus(one, e.times(x[0], x[3]), -1.0), {1, 2, 4, 5}),
        (e.plus(one, other, -1.0), {1, 4, 6, 7}),
    ):
        flat = FlattenedSums(e, [total], ())
        graph = DependenceGraph(flat.expressions, {"a": [flat.id(total)], "b": []})
        assert {flat.expressions.extra[i][1] for i in graph.roots("a")} == left


def test_products_that_occur_twice_are_found() -> None:
    """A product in two inner products, twice in one, or in one and by itself; the order of factors has no effect."""
    e = ExpressionGraph()
    x = roots(e)
    one = inner(e, x[:3], x[3:6])
    two = inner(e, [x[6], x[4], x[7]], [x[0], x[1], x[2]])
    assert repeated(e, [one, two]) == {one: [1], two: [1]}
    assert repeated(e, [one]) == {}
    alone = e.times(x[5], x[2])
    assert repeated(e, [one, alone]) == {one: [2]}
    twice = inner(e, [x[0], x[1], x[2]], [x[1], x[0], x[3]])
    assert repeated(e, [twice]) == {twice: [0, 1]}


def test_nodes_are_counted_as_if_all_products_had_one() -> None:
    """Two inner products of three products, of which one is the same: 8 inputs, 2 sums, 5 products."""
    e = ExpressionGraph()
    x = roots(e)
    one, two = inner(e, x[:3], x[3:6]), inner(e, [x[6], x[4], x[7]], x[:3])
    assert size(e, one) == 3
    graph = DependenceGraph(e, {"a": [one], "b": [two]})
    assert graph.size == 8 + 2 + 5
    assert graph.connected() == {("a", "b")}
    assert len(graph.hidden("a")) == 2  # the sum, and the product that occurs twice


def test_keys_do_not_depend_on_the_order_of_products_and_factors() -> None:
    e = ExpressionGraph()
    x = roots(e)
    shifted = e.plus(x[5], e.constant(1), 2.0)
    half = [e.affine(x[0], 0.5), x[1], x[2]]
    one = inner(e, half, [x[3], x[4], shifted])
    other = inner(e, [x[4], shifted, x[3]], [x[1], x[2], e.affine(x[0], 0.5)])
    assert one != other
    key = CanonicalOrder(e)
    assert key(e.base[one]) == key(e.base[other])
    others = (
        inner(e, x[:3], [x[3], x[4], shifted]),
        inner(e, half, [x[3], x[4], x[5]]),
        inner(e, half, [x[3], x[4], e.plus(x[5], e.constant(1), 3.0)]),
        inner(e, half, [x[4], x[3], shifted]),
    )
    keys = {key(e.base[i]) for i in (one, *others)}
    assert len(keys) == 5


@pytest.mark.parametrize("count", [3, 1200])
def test_a_sum_in_an_inner_product_is_shared(count: int) -> None:
    """Gradients w Σ x y and v Σ x y share a sum of products, unless there are too many to look for one."""
    e = ExpressionGraph()
    first, second = ([e.root("input", n, k) for k in range(count)] for n in (0, 1))
    gradients = []
    for k in (0, 1):
        own = e.root("input", 2, k)
        gradients.append(inner(e, [e.times(own, i) for i in first], second))
    flat = FlattenedSums(e, gradients, ())
    bases = [flat.expressions.base[flat.id(i)] for i in gradients]
    assert all(flat.expressions.op[i] == INNER for i in bases)
    found = shared_part(flat.expressions, bases[:1], bases[1:])
    assert found is not None
    made = flat.expressions.op[found[0]]
    # Of many products, any two gradients still share a single one: x₀ y₀.
    assert made == ("sum" if count < 1000 else "product")


def test_reciprocals_of_given_numbers_are_no_hidden_variables() -> None:
    """Two rows divided by the same inputs share nothing."""
    e = ExpressionGraph()
    x = roots(e)
    row = [e.over(e.constant(1), i) for i in x[:3]]
    gradients = {"a": [inner(e, row, x[3:6])], "b": [inner(e, row, [x[6], x[7], x[3]])]}
    graph = DependenceGraph(e, gradients)
    assert graph.connected() == set()
    assert graph.roots("a") == set(x[:6])


def _shared(e: ExpressionGraph, first: int, second: int) -> tuple[str, int]:
    """Get what two ids can share: a sum or a product, and of how many."""
    flat = FlattenedSums(e, [first, second], ())
    bases = [flat.expressions.base[flat.id(i)] for i in (first, second)]
    assert flat.expressions.op[bases[0]] == INNER
    found = shared_part(flat.expressions, bases[:1], bases[1:])
    assert found is not None
    return flat.expressions.op[found[0]], len(flat.expressions.parents[found[0]])


def test_a_shared_sum_has_the_weights_of_both() -> None:
    """In u (x y + 2 x' y' - x'' y''), products have other weights than in v (x y + 2 x' y' + 3 x'' y'')."""
    e = ExpressionGraph()
    u, v, *x = roots(e)
    made = []
    for own, weights in ((u, (1, 2, -1)), (v, (1, 2, 3))):
        row = [e.affine(e.times(own, i), w) for i, w in zip(x[:3], weights, strict=True)]
        made.append(inner(e, row, x[3:6]))
    assert _shared(e, *made) == ("sum", 2)


def test_a_shared_sum_may_be_taken_out_of_sums_with_a_common_term() -> None:
    """(u + v) x + (u + w) y + z p contains u (x + y), and the other gradient v (x + y)."""
    e = ExpressionGraph()
    u, v, w, x, y, z, p, q = roots(e)
    first = inner(e, [e.plus(u, v), e.plus(u, w), z], [x, y, p])
    second = e.plus(e.plus(e.times(q, x), e.times(q, y)), z)
    assert _shared(e, first, second) == ("sum", 2)
