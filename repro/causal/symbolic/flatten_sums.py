"""Sums that do not depend on the code: flattening nested sums, and finding what two sums can share.

The order in which code adds numbers is not a property of a rule. Therefore nested sums are flattened into
one sum over nodes that are not sums ("atoms"), and nested products likewise. Two products with two or more
factors in common can share the product of these; for sums, see `common_factors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.graphs.reachability import reachable
from repro.causal.symbolic.elementary import flattened
from repro.causal.symbolic.expressions import CONSTANT, INNER, ExpressionGraph
from repro.causal.symbolic.inner_products import (
    factors_of,
    inner_product,
    listed,
    products_of,
    repeated,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class FlattenedSums:
    """A copy of an expression graph with flattened sums and products.

    Attributes:
        expressions: the flattened nodes.
        observed: the bases in `expressions` that were observed.
        origin: for each base in `expressions`, a base in the original graph that computes it.

    Args:
        given: the original graph.
        wanted: ids in it to keep, with everything they depend on.
        observed: bases in it that are not flattened into other sums.
        rounding: size of rounding errors in a sum that cancels, relative to its terms.
    """

    def __init__(
        self,
        given: ExpressionGraph,
        wanted: Iterable[int],
        observed: Collection[int],
        rounding: float = 1e-6,
    ) -> None:
        self._rounding = rounding
        self._given = given
        self._written_out: set[int] = set()
        needed = _needed(given, wanted)
        self._flatten(needed, observed)
        # A product that occurs twice in the flattened graph must be a node. As a rule there is none.
        while twice := repeated(self.expressions, range(len(self.expressions))):
            self._written_out.update(i for i in needed if self._inner.get(i) in twice)
            self._flatten(needed, observed)

    def _flatten(self, needed: Iterable[int], observed: Collection[int]) -> None:
        self.expressions = ExpressionGraph(self._given.digits)
        self.observed: set[int] = set()
        self.origin: dict[int, int] = {}
        self._forms: dict[int, tuple[dict[int, float], float]] = {}
        self._made: dict[int, int] = {}
        self._lists: dict[int, tuple[int, float] | None] = {}
        self._inner: dict[int, int] = {}
        for i in needed:
            self._forms[i] = self._form(i, observed=i in observed)

    def id(self, i: int) -> int:
        """Get the flattened id of an original one."""
        known = self._made.get(i)
        if known is None:
            given = self._given
            if given.is_constant(i):
                known = self.expressions.constant(given.shift[i])
            else:
                weights, shift = self._forms[given.base[i]]
                scale = given.scale[i]
                known = self.expressions.combination(
                    [(atom, scale * weight) for atom, weight in weights.items()],
                    scale * shift + given.shift[i],
                )
                self.origin.setdefault(self.expressions.base[known], given.base[i])
            self._made[i] = known
        return known

    def _form(self, i: int, *, observed: bool) -> tuple[dict[int, float], float]:
        """Write a base as weights of atoms, and a constant."""
        if self._given.op[i] in {"sum", INNER}:
            form = self._total(i) if self._given.op[i] == "sum" else self._form_of_inner(i)
            if not observed:
                return form
            made = self.expressions.combination(form[0].items(), form[1])
            atom = self.expressions.apply("observed", (made,), i)
        else:
            atom = self._atom(i)
        self.origin.setdefault(self.expressions.base[atom], i)
        if observed:
            self.observed.add(self.expressions.base[atom])
        return self._as_form(atom), self.expressions.shift[atom]

    def _total(self, i: int) -> tuple[dict[int, float], float]:
        return self._added(
            (*self._forms[term], weight) for term, weight in self._given.terms(i).items()
        )

    def _added(
        self, forms: Iterable[tuple[Mapping[int, float], float, float]]
    ) -> tuple[dict[int, float], float]:
        """Add up forms, each times a weight."""
        weights: dict[int, float] = {}
        size: dict[int, float] = {}
        shift = 0.0
        for parts, constant, weight in forms:
            shift += weight * constant
            for atom, part in parts.items():
                weights[atom] = weights.get(atom, 0.0) + weight * part
                size[atom] = size.get(atom, 0.0) + abs(weight * part)
        kept = {a: w for a, w in weights.items() if abs(w) > self._rounding * size[a]}
        return kept, shift

    def _atom(self, i: int) -> int:
        given, e = self._given, self.expressions
        op, extra = given.op[i], given.extra[i]
        if op in {"input", "outside"}:
            return e.root(op, *extra)  # type: ignore[arg-type]  # the extras of a root are its index
        arguments = [self.id(parent) for parent in given.parents[i]]
        if op != "product":
            return flattened(e, op, tuple(arguments), extra)
        return self._product(arguments)

    def _product(self, arguments: Iterable[int]) -> int:
        """Multiply flattened ids."""
        e = self.expressions
        factors, scale = self._factors(arguments)
        if any(factor == 0 for factor in factors):
            return e.constant(0)
        return e.affine(e.apply("product", tuple(factors)), scale)

    def _factors(self, arguments: Iterable[int]) -> tuple[list[int], float]:
        """Write a product of flattened ids as factors that are no products, and a constant."""
        e = self.expressions
        scale, factors = 1.0, list[int]()
        for argument in arguments:
            base = e.base[argument]
            if e.shift[argument] != 0 or base == CONSTANT:
                factors.append(argument)
                continue
            scale *= e.scale[argument]
            atomic = e.op[base] != "product" or base in self.observed
            factors += [base] if atomic else e.parents[base]
        return factors, scale

    def _form_of_inner(self, i: int) -> tuple[dict[int, float], float]:
        """Write an inner product as one atom, or as its products if it must be written out."""
        e, lists = self.expressions, [self._list(x) for x in self._given.parents[i]]
        if i not in self._written_out and None not in lists:
            (first, a), (second, b) = lists  # type: ignore[misc]  # not None
            self._inner[i] = inner_product(e, first, second)
            return {self._inner[i]: a * b}, 0.0
        products = [
            (self._product(map(self.id, factors)), weight)
            for factors, weight in products_of(self._given, i)
        ]
        return self._added((self._as_form(x), e.shift[x], weight) for x, weight in products)

    def _as_form(self, i: int) -> dict[int, float]:
        e = self.expressions
        return {} if e.base[i] == CONSTANT else {e.base[i]: e.scale[i]}

    def _list(self, given: int) -> tuple[int, float] | None:
        """Flatten a list of factors; return None if one of them is constant."""
        if given not in self._lists:
            e, (products, weights) = self.expressions, listed(self._given, given)
            flat = [self._factors(map(self.id, factors)) for factors in products]
            computed = all(e.base[i] != CONSTANT for factors, _ in flat for i in factors)
            scaled = [w * scale for w, (_, scale) in zip(weights, flat, strict=True)]
            self._lists[given] = (
                factors_of(e, [tuple(x) for x, _ in flat], scaled) if computed else None
            )
        return self._lists[given]


def _needed(given: ExpressionGraph, wanted: Iterable[int]) -> list[int]:
    """List the bases of ids and everything they depend on, parents first."""
    start = {given.base[i] for i in wanted} - {CONSTANT}
    return sorted(reachable(start, given.sources))
