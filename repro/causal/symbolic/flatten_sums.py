"""Sums that do not depend on the code: flattening nested sums, and finding what two sums can share.

The order in which code adds numbers is not a property of a rule. Therefore nested sums are flattened into
one sum over nodes that are not sums ("atoms"), and nested products likewise. Two products with two or more
factors in common can share the product of these; for sums, see `common_factors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.graphs.reachability import reachable
from repro.causal.symbolic.elementary import flattened
from repro.causal.symbolic.expressions import CONSTANT, ExpressionGraph

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


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
        self.expressions = ExpressionGraph(given.digits)
        self.observed: set[int] = set()
        self.origin: dict[int, int] = {}
        self._given = given
        self._forms: dict[int, tuple[dict[int, float], float]] = {}
        self._made: dict[int, int] = {}
        for i in _needed(given, wanted):
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
        if self._given.op[i] == "sum":
            form = self._total(i)
            if not observed:
                return form
            made = self.expressions.combination(form[0].items(), form[1])
            atom = self.expressions.apply("observed", (made,), i)
        else:
            atom = self._atom(i)
        self.origin.setdefault(self.expressions.base[atom], i)
        if observed:
            self.observed.add(self.expressions.base[atom])
        e = self.expressions
        if e.base[atom] == CONSTANT:
            return {}, e.shift[atom]
        return {e.base[atom]: e.scale[atom]}, e.shift[atom]

    def _total(self, i: int) -> tuple[dict[int, float], float]:
        weights: dict[int, float] = {}
        size: dict[int, float] = {}
        shift = 0.0
        for term, weight in self._given.terms(i).items():
            parts, constant = self._forms[term]
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
        scale, factors = 1.0, []
        for argument in arguments:
            base = e.base[argument]
            if e.shift[argument] != 0 or base == CONSTANT:
                factors.append(argument)
                continue
            scale *= e.scale[argument]
            atomic = e.op[base] != "product" or base in self.observed
            factors += [base] if atomic else e.parents[base]
        if any(factor == 0 for factor in factors):
            return e.constant(0)
        return e.affine(e.apply("product", tuple(factors)), scale)


def _needed(given: ExpressionGraph, wanted: Iterable[int]) -> list[int]:
    """List the bases of ids and everything they depend on, parents first."""
    start = {given.base[i] for i in wanted} - {CONSTANT}
    return sorted(reachable(start, given.sources))
