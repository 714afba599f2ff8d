"""Products that two gradients can share: two products with two or more factors in common."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from repro.causal.symbolic.expressions import INNER
from repro.causal.symbolic.inner_products import Factors, products_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.causal.symbolic.expressions import ExpressionGraph


def shared_product(
    flat: ExpressionGraph, first: Iterable[int], second: Iterable[int]
) -> tuple[int, tuple[int, int]] | None:
    """Find a product that is part of a base in `first` and of a base in `second`.

    Args:
        flat: flattened expressions; the shared product is added to them.
        first: bases.
        second: bases.

    Returns:
        The base of the shared product, and the two bases that contain it; None if there is none.
    """
    first, second = list(first), list(second)
    reach = _factors_in(flat, first) & _factors_in(flat, second)
    theirs = list(_products(flat, second, reach))
    # The first product of `second` with two factors, so that not all pairs of products are compared.
    earliest: dict[Factors, int] = {}
    for number, (_, factors) in enumerate(theirs):
        for two in _twos(factors):
            earliest.setdefault(two, number)
    for i, mine in _products(flat, first, reach):
        numbers = [earliest[two] for two in _twos(mine) if two in earliest]
        if numbers:
            other, factors = theirs[min(numbers)]
            common = tuple((mine & factors).elements())
            return flat.apply("product", common), (i, other)
    return None


def _factors_in(flat: ExpressionGraph, bases: Iterable[int]) -> set[int]:
    """Find the factors of products, also of those in inner products."""
    found: set[int] = set()
    lists: set[int] = set()
    for i in bases:
        if flat.op[i] == "product":
            found.update(flat.parents[i])
        elif flat.op[i] == INNER:
            lists.update(flat.parents[i])
    return found.union(*(flat.parents[factors] for factors in lists))


def _products(
    flat: ExpressionGraph, bases: Iterable[int], wanted: set[int]
) -> Iterable[tuple[int, Counter[int]]]:
    """List the products with two or more wanted factors: the base that contains each, and these factors."""
    has_wanted: dict[int, bool] = {}
    for i in bases:
        products: Iterable[Factors] = ()
        if flat.op[i] == "product":
            products = (flat.parents[i],)
        elif flat.op[i] == INNER:
            for factors in flat.parents[i]:
                if factors not in has_wanted:
                    has_wanted[factors] = not wanted.isdisjoint(flat.parents[factors])
            if any(has_wanted[factors] for factors in flat.parents[i]):
                products = (factors for factors, _ in products_of(flat, i))
        for product in products:
            found = Counter(x for x in product if x in wanted)
            if found.total() > 1:
                yield i, found


def _twos(factors: Counter[int]) -> set[Factors]:
    """List the products of two of some factors."""
    return set(itertools.combinations(sorted(factors.elements()), 2))
