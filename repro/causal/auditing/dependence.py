"""The flattened graph of one rule, for d-separation: inputs are given, gradients are the sinks."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from repro.causal.graphs.d_separation import Separation
from repro.causal.graphs.reachability import reachable
from repro.causal.symbolic.common_factors import CommonFactors
from repro.causal.symbolic.expressions import APPROXIMATED, ASSUMED, CONSTANT, INNER
from repro.causal.symbolic.inner_products import products_of, repeated, size
from repro.causal.symbolic.shared_products import shared_product

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from repro.causal.auditing.findings import Pair
    from repro.causal.symbolic.expressions import ExpressionGraph


ROOTS = frozenset({"input", "outside"})
"""Operators of nodes without arguments."""


class DependenceGraph:
    """The nodes that gradients depend on, and their parents.

    An affine function of one node is replaced by that node, its base, and so is the reciprocal of an affine
    function of a given number: dividing by a given number is like multiplying by one. Constants are left
    out. Each gradient is one node whose parents are its elements.

    Attributes:
        expressions: what the nodes compute.
        names: of the gradients.
        ids: of each gradient's elements, by name.
        parents: for each base that a gradient depends on or that was observed, its parents.
        given: bases that are conditioned on: inputs, untracked numbers and observed values.

    Args:
        expressions: see above.
        gradients: ids of each gradient's elements, by name.
        observed: bases that the execution computed before credit assignment.
    """

    def __init__(
        self,
        expressions: ExpressionGraph,
        gradients: Mapping[str, Sequence[int]],
        observed: Collection[int] = (),
    ) -> None:
        self.expressions = expressions
        self.names = tuple(gradients)
        self.ids = {name: tuple(ids) for name, ids in gradients.items()}
        base, op = expressions.base, expressions.op
        self._ends = {
            name: tuple(dict.fromkeys(base[i] for i in ids if base[i] != CONSTANT))
            for name, ids in gradients.items()
        }
        # An observed value matters even if no gradient depends on it: it may be a common effect of
        # hidden causes of two gradients.
        reciprocals = (i for i, name in enumerate(op) if name == "reciprocal" and base[i] == i)
        sources = {i: expressions.sources(i)[0] for i in reciprocals if i not in observed}
        self._reciprocals = {i: x for i, x in sources.items() if op[x] in ROOTS or x in observed}
        self._ends = {
            name: tuple(dict.fromkeys(map(self._absorbed, ends)))
            for name, ends in self._ends.items()
        }
        start = [*observed, *(i for ends in self._ends.values() for i in ends)]
        self.parents: dict[int, tuple[int, ...]] = {}
        self._upstream: dict[str, set[int]] = {}
        # Inner products with equal lists of factors are many edges; a list in between makes them few.
        self._lists: dict[int, tuple[int, ...]] = {}
        self._inner: dict[int, tuple[int, ...]] = {}
        self._add(start)
        twice = repeated(expressions, self.parents)
        self._singled_out = sum(map(len, twice.values()))
        self._single_out(twice)
        roots = {i for i in self.parents if op[i] in ROOTS}
        self.given = roots.union(observed)

    def _sources(self, i: int) -> tuple[int, ...]:
        """Get the bases of a base's arguments, with reciprocals of given numbers replaced by these."""
        sources = self.expressions.sources(i)
        if self._reciprocals.keys().isdisjoint(sources):
            return sources
        return tuple(dict.fromkeys(map(self._absorbed, sources)))

    def _add(self, start: Iterable[int]) -> None:
        """Add bases, with everything that they depend on."""

        def parents(i: int) -> tuple[int, ...]:
            if i not in self.parents:
                self.parents[i] = self._sources(i)
                if self.expressions.op[i] == INNER:
                    self._add_lists(i)
            return self.parents[i]

        reachable(start, parents)

    def _add_lists(self, i: int) -> None:
        e = self.expressions
        self._inner[i] = e.parents[i]
        for factors in e.parents[i]:
            if factors not in self._lists:
                bases = (self._absorbed(e.base[x]) for x in e.parents[factors])
                self._lists[factors] = tuple(dict.fromkeys(bases))

    def _set_parents(self, i: int, parents: Iterable[int]) -> None:
        self.parents[i] = tuple(dict.fromkeys(parents))
        self._inner.pop(i, None)
        self._upstream.clear()

    def _edges(self, i: int) -> tuple[int, ...]:
        """Get the parents of a base; for an inner product, two lists, and for a list, what is in it."""
        return self._inner.get(i) or self._lists.get(i) or self.parents[i]

    def _single_out(self, places: Mapping[int, Sequence[int]]) -> None:
        """Make nodes of the products at these places of inner products, because they occur elsewhere too."""
        e = self.expressions
        for i, some in places.items():
            products = [factors for factors, _ in products_of(e, i)]
            found = [e.apply("product", products[k]) for k in some]
            self._add(found)
            rest = (x for k, one in enumerate(products) if k not in some for x in one)
            parents = (self._absorbed(e.base[x]) for x in rest)
            self._set_parents(i, [*parents, *found])

    def _absorbed(self, i: int) -> int:
        """Get the given number of which a base is the reciprocal; otherwise the base itself."""
        return self._reciprocals.get(i, i)

    def ends(self, name: str) -> tuple[int, ...]:
        """Get the bases of a gradient's elements."""
        return self._ends[name]

    def factor_out(self, owner: int, part: int) -> None:
        """Make `part` a parent of the sum or product `owner`, instead of the parents of `part`."""
        self._add([part])
        if part != owner:
            rest = [i for i in self.parents[owner] if i not in self.parents[part] and i != part]
            self._set_parents(owner, (*rest, part))

    def share_sums(self, joined: Collection[Pair], tolerance: float) -> None:
        """Make the gradients of each pair that is not in `joined` share a sum or product, if they can.

        The expressions must be flattened.

        Args:
            joined: pairs that share a hidden variable already.
            tolerance: relative difference up to which two ratios of weights are equal.
        """
        pairs = [pair for pair in self.pairs() if pair not in joined]
        upstream = {name: self.upstream_of(name) for pair in pairs for name in pair}
        hidden = {name: sorted(self.hidden(name)) for name in upstream}
        # With per="step", thousands of pairs have the same few sets of common numbers.
        groups: dict[frozenset[int], list[Pair]] = {}
        for first, second in pairs:
            # Hidden variables cannot be common, because this pair is not joined.
            common = frozenset(upstream[first] & upstream[second] & self.given)
            groups.setdefault(common, []).append((first, second))
        for common, some in groups.items():
            factors = CommonFactors(self.expressions, common)
            names = dict.fromkeys(name for pair in some for name in pair)
            forms = {name: factors.forms(hidden[name]) for name in names}
            for first, second in some:
                shared = factors.shared(forms[first], forms[second], tolerance) or shared_product(
                    self.expressions, hidden[first], hidden[second]
                )
                if shared is not None:
                    part, owners = shared
                    for owner in owners:
                        self.factor_out(owner, part)

    def hidden(self, name: str) -> set[int]:
        """Find the hidden bases from which a path without conditioned nodes leads to a gradient."""
        start = (i for i in self._ends[name] if i not in self.given)
        given = self.given
        found = reachable(start, lambda i: [x for x in self._edges(i) if x not in given])
        return found.difference(self._lists)

    def hidden_parents(self, i: int) -> list[int]:
        """List the parents of a base that are not conditioned on."""
        return [parent for parent in self.parents[i] if parent not in self.given]

    def pairs(self) -> list[Pair]:
        """List all pairs of gradients, in order."""
        return list(itertools.combinations(self.names, 2))

    def roots(self, name: str) -> set[int]:
        """Find the roots that a gradient depends on."""
        return {i for i in self.upstream_of(name) if not self.parents[i]}

    def roots_of_approximated(self, name: str) -> set[int]:
        """Find the roots that a gradient depends on through approximated operators."""
        op = self.expressions.op
        approximated = [i for i in self.upstream_of(name) if op[i].startswith(APPROXIMATED)]
        return {i for i in self.upstream(approximated) if not self.parents[i]}

    def _certain_parents(self, i: int) -> tuple[int, ...]:
        """Get the parents of a base without the arguments that may have no effect."""
        first = self.expressions.base[self.expressions.parents[i][0]]
        return () if first == CONSTANT else (self._absorbed(first),)

    @property
    def size(self) -> int:
        """Number of nodes, among them the products that inner products add up."""
        e = self.expressions
        inner = (i for i in self.parents if e.op[i] == INNER)
        return len(self.parents) + sum(size(e, i) for i in inner) - self._singled_out

    @property
    def is_certain(self) -> bool:
        """Whether all operators were followed exactly."""
        op = self.expressions.op
        return not any(op[i].startswith((APPROXIMATED, ASSUMED)) for i in self.parents)

    def upstream_of(self, name: str) -> set[int]:
        """Find the bases that a gradient depends on."""
        if name not in self._upstream:
            self._upstream[name] = self.upstream(self._ends[name])
        return self._upstream[name]

    def upstream(self, start: Iterable[int]) -> set[int]:
        """Find the bases that `start` depends on, including `start`."""
        return reachable(start, self._edges).difference(self._lists)

    def connected(self, *, with_approximated: bool = True) -> set[Pair]:
        """Find the pairs of gradients that `given` does not d-separate.

        Args:
            with_approximated: whether outputs of approximated operators, and everything computed from
                them, count as hidden variables, and arguments that may have no effect count as parents;
                otherwise no path leads through them.
        """
        ends = {name: -1 - number for number, name in enumerate(self.names)}
        given = set(self.given)
        graph = {**self.parents}
        if self._inner:
            # No path leads from a given number in a list to another node. A list of given numbers
            # alone would be a hidden variable.
            lists = {
                i: hidden
                for i, members in self._lists.items()
                if (hidden := tuple(x for x in members if x not in given))
            }
            graph |= lists
            graph |= {i: tuple(x for x in two if x in lists) for i, two in self._inner.items()}
        graph = {i: graph[i] for i in sorted(graph)}
        if not with_approximated:
            op = self.expressions.op
            approximated: set[int] = set()
            graph |= {i: self._certain_parents(i) for i in graph if op[i].startswith(ASSUMED)}
            for i, parents in graph.items():
                if op[i].startswith(APPROXIMATED) or not approximated.isdisjoint(parents):
                    approximated.add(i)
            graph |= dict.fromkeys(approximated, ())
            given |= approximated
        graph |= {ends[name]: self._ends[name] for name in self.names}
        separation = Separation(graph, given)
        found = set()
        for number, name in enumerate(self.names):
            later = {ends[other]: other for other in self.names[number + 1 :]}
            if later:
                reached = separation.connected([ends[name]], list(later))
                found |= {(name, later[end]) for end in reached}
        return found
