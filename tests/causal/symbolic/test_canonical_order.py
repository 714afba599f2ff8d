"""An order of nodes that does not depend on the order of the code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repro.causal.symbolic.canonical_order import CanonicalOrder
from repro.causal.symbolic.expressions import ExpressionGraph

OPERATIONS = ("exp", "sin", "product", "sum", "order statistic", "gt")


@st.composite
def recipes(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    steps = []
    for made in range(3, 3 + draw(st.integers(1, 8))):
        places = st.integers(0, made - 1)
        steps.append((draw(st.sampled_from(OPERATIONS)), draw(places), draw(places)))
    return steps


def build(steps: list[tuple[str, int, int]], order: list[int]) -> tuple[ExpressionGraph, list[int]]:
    """Make the nodes of a recipe in a given order."""
    e = ExpressionGraph()
    made: dict[int, int] = {}

    def node(place: int) -> int:
        if place not in made:
            if place < 3:
                made[place] = e.root("input", 0, place)
            else:
                operation, first, second = steps[place - 3]
                made[place] = compute(operation, first, second)
        return made[place]

    def compute(operation: str, first: int, second: int) -> int:
        if operation in {"exp", "sin"}:
            return e.apply(operation, (node(first),))
        # The arguments are made in an order that depends on the drawn one.
        x, y = (node(first), node(second)) if order[0] % 2 else (node(second), node(first))[::-1]
        if operation == "sum":
            return e.plus(x, y, -2.0)
        if operation == "product":
            return e.times(x, y)
        return e.apply(operation, (x, y), 1)

    for place in order:
        node(place)
    return e, [made[place] for place in range(3 + len(steps))]


@given(recipes(), st.data())
def test_keys_and_ranks_do_not_depend_on_the_order_of_creation(
    steps: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    places = list(range(3 + len(steps)))
    first, mine = build(steps, places)
    second, theirs = build(steps, data.draw(st.permutations(places)))
    one, two = CanonicalOrder(first), CanonicalOrder(second)
    bases = [
        (first.base[a], second.base[b])
        for a, b in zip(mine, theirs, strict=True)
        if not first.is_constant(a)
    ]
    assert [one(a) for a, _ in bases] == [two(b) for _, b in bases]
    ranks, others = one.ranks({a for a, _ in bases}), two.ranks({b for _, b in bases})
    assert [ranks[a] for a, _ in bases] == [others[b] for _, b in bases]


@given(recipes())
def test_different_nodes_have_different_keys(steps: list[tuple[str, int, int]]) -> None:
    e, _ = build(steps, list(range(3 + len(steps))))
    order = CanonicalOrder(e)
    bases = {e.base[i] for i in range(len(e)) if not e.is_constant(i)}
    assert len({order(base) for base in bases}) == len(bases)


def test_inputs_are_in_order_and_constants_last() -> None:
    e = ExpressionGraph()
    late, early = e.root("input", 1, 0), e.root("input", 0, 5)
    assert sorted([late, early], key=CanonicalOrder(e)) == [early, late]
    made = e.apply("exp", (early,))
    assert sorted([late, made], key=CanonicalOrder(e)) == [made, late]
    assert CanonicalOrder(e).of_id(e.constant(2)) > CanonicalOrder(e).of_id(late)
    assert CanonicalOrder(e).of_id(e.affine(early, 2.0)) != CanonicalOrder(e).of_id(early)


def test_sums_of_the_same_inputs_differ_by_their_terms() -> None:
    e = ExpressionGraph()
    x, y = e.root("input", 0, 0), e.root("input", 0, 1)
    sums = [e.plus(e.apply(operation, (x,)), y) for operation in ("exp", "sin", "cos")]
    assert len({CanonicalOrder(e)(e.base[total]) for total in sums}) == 3


def test_the_first_term_has_weight_one() -> None:
    e = ExpressionGraph()
    y, x = e.root("input", 0, 1), e.root("input", 0, 0)
    total = e.base[e.combination([(y, 6.0), (x, 2.0)])]
    assert CanonicalOrder(e).terms(total) == [(x, 1.0), (y, 3.0)]


def test_the_scale_of_a_factor_belongs_to_its_product() -> None:
    """(a - 2b) c - 2d has one key, whether its factor is stored as a multiple of a - 2b or of b - a/2."""
    keys = set()
    for first, second in ((0, 1), (1, 0)):
        e = ExpressionGraph()
        made = {place: e.root("input", 0, place) for place in (first, second, 2, 3)}
        factor = e.plus(made[0], made[1], -2.0)
        total = e.plus(e.times(factor, made[2]), made[3], -2.0)
        keys.add(CanonicalOrder(e)(e.base[total]))
    assert len(keys) == 1


def test_the_terms_of_a_sum_are_listed_once_for_its_key() -> None:
    """Listing them again for each term would take a time that grows with the square of their number."""
    e = ExpressionGraph()
    total = e.combination([(e.root("input", 0, i), 1.0 + i) for i in range(50)])
    listed = []
    terms = e.terms
    e.terms = lambda i: listed.append(i) or terms(i)  # type: ignore[method-assign, func-returns-value]
    CanonicalOrder(e)(total)
    assert listed == [total]
