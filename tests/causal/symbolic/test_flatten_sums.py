"""Flattened sums and products, and the parts that two of them share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.causal.symbolic.common_factors import shared_part
from repro.causal.symbolic.expressions import ExpressionGraph
from repro.causal.symbolic.flatten_sums import FlattenedSums
from tests.causal.symbolic.test_expressions import build, number, recipes

if TYPE_CHECKING:
    from collections.abc import Sequence

Terms = dict[int, float]


def flattened(e: ExpressionGraph, ids: Sequence[int], observed: Sequence[int] = ()) -> tuple[FlattenedSums, list[int]]:  # fmt: skip
    flat = FlattenedSums(e, ids, set(observed))
    return flat, [flat.id(i) for i in ids]


def roots(e: ExpressionGraph, n: int) -> list[int]:
    return [e.root("input", 0, k) for k in range(n)]


@given(recipes())
def test_flattening_preserves_values(steps: list[tuple[str, int, int, float]]) -> None:
    e, ids, values = build(steps)
    flat, made = flattened(e, ids)
    size = max(1.0, *(abs(x) for x in values))
    for i, value in zip(made, values, strict=True):
        assert math.isclose(number(flat.expressions, i), value, rel_tol=1e-4, abs_tol=1e-4 * size)


@given(recipes())
def test_sums_and_products_are_not_nested(
    steps: list[tuple[str, int, int, float]],
) -> None:
    e, ids, _ = build(steps)
    flat = flattened(e, ids)[0].expressions
    for i in range(len(flat)):
        if flat.op[i] == "sum":
            assert all(flat.op[parent] != "sum" for parent in flat.parents[i])
        if flat.op[i] == "product":
            for parent in flat.parents[i]:
                pure = flat.shift[parent] == 0 and not flat.is_constant(parent)
                assert not (pure and flat.op[flat.base[parent]] == "product")


@given(st.permutations(range(4)), st.permutations(range(4)), st.data())
def test_the_order_of_operations_does_not_matter(
    first: list[int], second: list[int], data: st.DataObject
) -> None:
    e = ExpressionGraph()
    x = roots(e, 4)

    def tree(places: list[int], together: str) -> int:
        if len(places) == 1:
            return x[places[0]]
        cut = data.draw(st.integers(1, len(places) - 1))
        a, b = tree(places[:cut], together), tree(places[cut:], together)
        return e.plus(a, b) if together == "plus" else e.times(a, b)

    for together in ("plus", "times"):
        _, made = flattened(e, [tree(first, together), tree(second, together)])
        assert made[0] == made[1]


def test_sums_cancel_through_sums() -> None:
    e = ExpressionGraph()
    x, y, z = roots(e, 3)
    total = e.plus(e.plus(x, y), z)
    ids = [
        e.plus(total, e.plus(x, y), -1),
        e.plus(total, e.plus(e.plus(z, y), x), -1),
        e.plus(e.times(total, e.constant(3)), e.plus(x, e.plus(y, z)), -2),
    ]
    flat, made = flattened(e, ids)
    assert made[:2] == [flat.id(z), 0]
    assert made[2] == flat.id(total)


def test_a_small_term_of_a_sum_is_no_rounding_error() -> None:
    e = ExpressionGraph()
    x, y, z = roots(e, 3)
    nested = e.plus(e.plus(x, y, 1e-4), z)
    flat, (made,) = flattened(e, [nested])
    assert flat.expressions.terms(made) == {flat.id(x): 1, flat.id(y): 1e-4, flat.id(z): 1}


def test_products_of_multiples_keep_their_factor() -> None:
    e = ExpressionGraph()
    x, y, z = roots(e, 3)
    first = e.times(e.times(e.times(x, e.constant(2)), y), e.times(z, e.constant(3)))
    second = e.times(e.times(x, z), y)
    flat, made = flattened(e, [first, second])
    assert flat.expressions.base[made[0]] == flat.expressions.base[made[1]]
    assert flat.expressions.scale[made[0]] == 6
    shifted = e.times(e.plus(x, e.constant(1)), y)
    flat, made = flattened(e, [shifted, e.times(x, y)])
    assert flat.expressions.base[made[0]] != flat.expressions.base[made[1]]


def test_observed_sums_are_not_flattened() -> None:
    e = ExpressionGraph()
    x, y, z = roots(e, 3)
    seen = e.plus(x, y)
    whole = e.plus(seen, z)
    flat, (made, again) = flattened(e, [whole, seen], [seen])
    assert len(flat.expressions.terms(made)) == 2
    assert flat.expressions.base[again] in flat.observed
    assert len(flattened(e, [whole])[0].expressions.terms(flattened(e, [whole])[1][0])) == 3


def test_origins_compute_the_same_value() -> None:
    e = ExpressionGraph()
    x, y, z = roots(e, 3)
    ids = [e.plus(e.plus(x, y), z), e.times(x, e.times(y, z)), e.apply("exp", (e.plus(x, y),))]
    flat, made = flattened(e, ids)
    bases = [flat.expressions.base[i] for i in made]
    assert [flat.origin[base] for base in bases] == [e.base[i] for i in ids]


SHARED: dict[str, tuple[Terms, Terms, Terms | None]] = {
    "nothing": ({0: 1, 1: 1}, {2: 1, 3: 1}, None),
    "one atom": ({0: 1, 1: 1}, {1: 1, 2: 1}, None),
    "two atoms": ({0: 1, 1: 1, 2: 1}, {1: 1, 2: 1, 3: 1}, {1: 1, 2: 1}),
    "all": ({0: 1, 1: 2}, {0: 1, 1: 2}, {0: 1, 1: 2}),
    "a part": ({0: 1, 1: 2, 2: 3}, {0: 1, 1: 2}, {0: 1, 1: 2}),
    "two atoms in another ratio": ({0: 1, 1: 1, 2: 1}, {1: 1, 2: 2, 3: 1}, None),
    "a multiple": ({0: 1, 1: 0.9, 2: 0.81}, {1: 1, 2: 0.9, 3: 0.81}, {1: 0.9, 2: 0.81}),
    "a negative multiple": ({0: 1, 1: -1, 2: 2}, {1: 3, 2: -6, 3: 1}, {1: -1, 2: 2}),
    "the larger of two parts": (
        {0: 1, 1: 1, 2: 1, 3: 1, 4: 1},
        {0: 1, 1: 1, 2: 3, 3: 3, 4: 3},
        {2: 1, 3: 1, 4: 1},
    ),
    "three ratios": ({0: 1, 1: 1, 2: 1}, {0: 1, 1: 2, 2: 3}, None),
    "rounded": ({0: 1, 1: 0.3}, {0: 1, 1: 0.1 + 0.2, 2: 1}, {0: 1, 1: 0.3}),
}


@pytest.mark.parametrize("case", SHARED)
@pytest.mark.parametrize("swapped", [False, True])
def test_the_shared_part_of_two_sums(case: str, swapped: bool) -> None:
    first, second, expected = SHARED[case]
    if swapped:
        first, second = second, first
    e = ExpressionGraph()
    x = roots(e, 5)
    a, b = (e.combination([(x[k], w) for k, w in terms.items()]) for terms in (first, second))
    found = shared_part(e, [e.base[a]], [e.base[b]])
    if expected is None:
        assert found is None
        return
    assert found is not None
    part, owners = found
    assert owners == (e.base[a], e.base[b])
    assert {x.index(i) for i in e.terms(part)} == set(expected)
    weights = [w / expected[x.index(i)] for i, w in e.terms(part).items()]
    assert all(math.isclose(w, weights[0], rel_tol=1e-5) for w in weights)


def test_the_shared_part_of_two_products() -> None:
    e = ExpressionGraph()
    x = roots(e, 4)

    def product(*places: int) -> int:
        return e.apply("product", tuple(x[k] for k in places))

    found = shared_part(e, [product(0, 1, 2)], [product(1, 2, 3)])
    assert found is not None
    assert found[0] == product(1, 2)
    assert shared_part(e, [product(0, 1)], [product(1, 2)]) is None
    assert shared_part(e, [product(0, 1)], [e.base[e.plus(x[0], x[1])]]) is None


def test_a_repeated_factor_is_shared() -> None:
    e = ExpressionGraph()
    x, y, z = roots(e, 3)
    first, second = (e.apply("product", tuple(sorted(p))) for p in ((x, x, y), (x, x, z)))
    found = shared_part(e, [first], [second])
    assert found is not None
    assert found[0] == e.apply("product", (x, x))
    assert shared_part(e, [first], [e.apply("product", (x, z))]) is None


def test_any_of_several_sums_can_be_shared() -> None:
    e = ExpressionGraph()
    x = roots(e, 5)
    mine = [e.plus(x[0], x[1]), e.combination([(x[2], 1), (x[3], 2), (x[4], 1)])]
    theirs = [e.plus(x[1], x[2]), e.combination([(x[2], 2), (x[3], 4)])]
    found = shared_part(e, [e.base[i] for i in mine], [e.base[i] for i in theirs])
    assert found is not None
    assert found[1] == (e.base[mine[1]], e.base[theirs[1]])
