"""Sums and products, expanded as far as they contain certain numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.symbolic.expressions import CONSTANT

if TYPE_CHECKING:
    from collections.abc import Collection

    from repro.causal.symbolic.expressions import ExpressionGraph

Factors = tuple[int, ...]
"""Ids of factors, sorted."""
Polynomial = dict[tuple[Factors, Factors], float]
"""Weights of products, by their factors that are not common and those that are."""
_MOST_PRODUCTS = 1000
"""A base that expands into more is not expanded."""


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

    def mask(self, base: int) -> int:
        """Get a bit for each common number that a base, or a sum or product, contains."""
        known = self._masks.get(base)
        if known is None:
            known = self._bits.get(base, 0)
            if not known and self._flat.op[base] in {"sum", "product"}:
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
        return self._multiply(base)

    def _multiply(self, base: int) -> Polynomial | None:
        """Expand a product with common numbers; None if it has too many products."""
        flat = self._flat
        bases = [flat.base[factor] for factor in flat.parents[base]]
        # A sum that is a factor is examined by itself, so a product of two of them need not be expanded.
        if sum(flat.op[i] == "sum" and self.mask(i) > 0 for i in bases if i != CONSTANT) > 1:
            return None
        total: Polynomial = {((), ()): 1.0}
        for factor in flat.parents[base]:
            part = self.expand(factor)
            if len(part) * len(total) > _MOST_PRODUCTS:
                return None
            before, total = total, {}
            for (a, b), v in before.items():
                for (c, d), w in part.items():
                    product = (tuple(sorted(a + c)), tuple(sorted(b + d)))
                    total[product] = total.get(product, 0.0) + v * w
        return total
