"""Sums and products, expanded as far as they contain certain numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from repro.causal.symbolic.expressions import CONSTANT, FACTORS, INNER
from repro.causal.symbolic.inner_products import SUMS, listed, mixed, products_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from repro.causal.symbolic.expressions import ExpressionGraph

Factors = tuple[int, ...]
"""Ids of factors, sorted."""
Polynomial = dict[tuple[Factors, Factors], float]
"""Weights of products, by their factors that are not common and those that are."""
_OPEN = SUMS | {"product", FACTORS}
_MOST_PRODUCTS = 1000
"""A base that expands into more is not expanded."""
_MOST_TERMS = 8 * _MOST_PRODUCTS
"""Lists of factors that expand into more are not compared, because few lists are needed for many sums."""


class Expansion:
    """Expanded sums and products, computed once for each base.

    Args:
        flat: flattened expressions.
        common: bases of the numbers that matter, here those that two gradients have in common.
    """

    def __init__(self, flat: ExpressionGraph, common: Collection[int]) -> None:
        self._flat = flat
        self._common = common
        self._expanded: dict[int, Polynomial] = {}
        self._bits = {number: 1 << place for place, number in enumerate(sorted(common))}
        self._masks: dict[int, int] = {CONSTANT: 0}
        self._terms: dict[int, _Terms | None] = {}
        self._numbers: dict[int, int] = {}

    def mask(self, base: int) -> int:
        """Get a bit for each common number that a base, or a sum or product, contains."""
        known = self._masks.get(base)
        if known is None:
            known = self._bits.get(base, 0)
            if not known and self._flat.op[base] in _OPEN:
                for parent in self._flat.parents[base]:
                    known |= self.mask(self._flat.base[parent])
            self._masks[base] = known
        return known

    def expand(self, i: int) -> Polynomial:
        """Write an id as weights of products; parts without common numbers stay one factor."""
        flat = self._flat
        base, scale, shift = flat.base[i], flat.scale[i], flat.shift[i]
        if base == CONSTANT:
            return {((), ()): shift}
        known = self._expanded.get(base)
        if known is None:
            known = self._expand_base(base) if self.mask(base) else None
            self._expanded[base] = known = known or {((base,), ()): 1.0}
        if scale == 1 and shift == 0:
            return known
        made = {product: scale * weight for product, weight in known.items()}
        if shift:
            made[(), ()] = made.get(((), ()), 0.0) + shift
        return made

    def _expand_base(self, base: int) -> Polynomial | None:
        """Expand a sum or product with common numbers; None if it has too many products."""
        flat = self._flat
        total: Polynomial = {}
        if base in self._common:
            return {((), (base,)): 1.0}
        if flat.op[base] == "sum":
            for term, weight in flat.terms(base).items():
                if not self.mask(term):
                    total[(-2 - base,), ()] = 1.0  # all such terms together
                    continue
                for product, w in self.expand(term).items():
                    total[product] = total.get(product, 0.0) + weight * w
                if len(total) > _MOST_PRODUCTS:
                    return None
            return total
        if flat.op[base] == INNER:
            return self._expand_inner(base)
        return self._multiply(flat.parents[base])

    def _expand_inner(self, base: int) -> Polynomial | None:
        """Expand an inner product with common numbers; None if it has too many products."""
        flat = self._flat
        total: Polynomial = {}
        for factors, weight in products_of(flat, base):
            if not any(self.mask(flat.base[factor]) for factor in factors):
                total[(-2 - base,), ()] = 1.0  # all such terms together
                continue
            expanded = self._multiply(factors)
            if expanded is None:
                expanded = {((flat.apply("product", factors),), ()): 1.0}
            for product, w in expanded.items():
                total[product] = total.get(product, 0.0) + weight * w
            if len(total) > _MOST_PRODUCTS:
                return None
        return total

    def _multiply(self, factors: Factors) -> Polynomial | None:
        """Expand a product with common numbers; None if it has too many products."""
        flat = self._flat
        bases = [flat.base[factor] for factor in factors]
        # A sum that is a factor is examined by itself, so a product of two of them need not be expanded.
        if sum(flat.op[i] in SUMS and self.mask(i) > 0 for i in bases if i != CONSTANT) > 1:
            return None
        total: Polynomial = {((), ()): 1.0}
        for factor in factors:
            part = self.expand(factor)
            if len(part) * len(total) > _MOST_PRODUCTS:
                return None
            before, total = total, {}
            for (a, b), v in before.items():
                for (c, d), w in part.items():
                    product = (merged(a, c), merged(b, d))
                    total[product] = total.get(product, 0.0) + v * w
        return total

    def may_have_forms(self, inner: int) -> bool:
        """Return whether two products of an inner product may differ only in their common numbers, or in sums.

        If not, or if there are too many products, no sum of common numbers can be taken out of it, and it need
        not be expanded.
        """
        one, other = (self._terms_of(factors) for factors in self._flat.parents[inner])
        if one is None or other is None:
            return True
        if not other.single:
            one, other = other, one
        if not other.single:
            return True
        common = one.common + other.common[one.places]
        kept = common != 0
        products = (one.whole + other.whole[one.places])[kept]
        if len(products) > _MOST_PRODUCTS and len(np.unique(products)) > _MOST_PRODUCTS:
            return False  # it would not be expanded
        rest, common = (one.rest + other.rest[one.places])[kept], common[kept]
        order = np.argsort(rest)
        rest, common = rest[order], common[order]
        return bool(((rest[1:] == rest[:-1]) & (common[1:] != common[:-1])).any())

    def _terms_of(self, factors: int) -> _Terms | None:
        """Expand the products in a list of factors; None if there are too many."""
        if factors not in self._terms:
            self._terms[factors] = None
            flat = self._flat
            found: list[tuple[int, ...]] = []
            products, _ = listed(flat, factors)
            for place, product in enumerate(products):
                if len(found) > _MOST_TERMS:
                    return None
                for rest, common in self._multiply(product) or ():
                    fixed = [i for i in rest if i < 0 or flat.op[flat.base[i]] != "sum"]
                    numbers = (self._number(x) for x in (fixed, common, (*rest, *common)))
                    found.append((place, *numbers))
            table = np.array(found, dtype=np.uint64).reshape(-1, 4)
            places = table[:, 0].astype(np.intp)
            single = np.array_equal(places, np.arange(len(products)))
            self._terms[factors] = _Terms(places, table[:, 1], table[:, 2], table[:, 3], single)
        return self._terms[factors]

    def _number(self, factors: Iterable[int]) -> int:
        """Get a number for a product that is the sum of those of its factors; 0 if there are none."""
        total = 0
        for i in factors:
            if i not in self._numbers:
                self._numbers[i] = int(mixed([i % 2**64])[0])
            total += self._numbers[i]
        return total % 2**64


def merged(one: Factors, other: Factors) -> Factors:
    """Return the factors of two products together; most often one of them has none."""
    return tuple(sorted(one + other)) if one and other else one or other


class _Terms(NamedTuple):
    """The expanded products in a list of factors.

    Attributes:
        places: of each term's product in the list.
        rest: a number for what it is multiplied with, without sums.
        common: a number for its common numbers, 0 if there are none.
        whole: a number for all of it.
        single: whether each product is one term.
    """

    places: np.ndarray
    rest: np.ndarray
    common: np.ndarray
    whole: np.ndarray
    single: bool
