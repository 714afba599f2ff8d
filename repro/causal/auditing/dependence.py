"""The flattened graph of one rule, as d-separation sees it: inputs given, gradients at its ends."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from repro.causal.graphs.d_separation import Separation
from repro.causal.symbolic.expressions import APPROXIMATED, CONSTANT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from repro.causal.auditing.verdict import Pair
    from repro.causal.symbolic.expressions import ExpressionGraph


class DependenceGraph:
    """Nodes that gradients depend on, and whom they depend on in turn.

    Affine functions of one node stand for that node (they are absorbed into the edges), constants are
    left out. Each gradient is a node of its own, below its elements.

    Attributes:
        expressions: what the nodes compute.
        names: of the gradients.
        parents: of each base that some gradient depends on.
        given: bases that are conditioned on: inputs, what came from outside, what was observed.

    Args:
        expressions: see above.
        gradients: ids of each gradient's elements, by name.
        observed: bases that the execution has computed before credit assignment.
    """

    def __init__(
        self,
        expressions: ExpressionGraph,
        gradients: Mapping[str, Sequence[int]],
        observed: Collection[int] = (),
    ) -> None:
        self.expressions = expressions
        self.names = tuple(gradients)
        base, op = expressions.base, expressions.op
        self._ends = {
            name: tuple(dict.fromkeys(base[i] for i in ids if base[i] != CONSTANT))
            for name, ids in gradients.items()
        }
        self.parents: dict[int, tuple[int, ...]] = {}
        # What was observed counts even where no gradient depends on it: it may have hidden causes in
        # common with two of them.
        stack = [*observed, *(i for ends in self._ends.values() for i in ends)]
        while stack:
            i = stack.pop()
            if i not in self.parents:
                self.parents[i] = expressions.sources(i)
                stack += self.parents[i]
        roots = {i for i in self.parents if op[i] in {"input", "outside"}}
        self.given = roots.union(observed)

    def ends(self, name: str) -> tuple[int, ...]:
        """Bases of a gradient's elements."""
        return self._ends[name]

    def factor_out(self, owner: int, part: int) -> None:
        """Let a sum or product be made from a part of itself, in place of what that consists of."""
        self.parents.setdefault(part, self.expressions.sources(part))
        if part != owner:
            rest = [i for i in self.parents[owner] if i not in self.parents[part] and i != part]
            self.parents[owner] = (*rest, part)

    def hidden(self, name: str) -> set[int]:
        """Hidden bases that a gradient depends on with no conditioned one in between."""
        found: set[int] = set()
        stack = [i for i in self._ends[name] if i not in self.given]
        while stack:
            i = stack.pop()
            if i not in found:
                found.add(i)
                stack += [parent for parent in self.parents[i] if parent not in self.given]
        return found

    def pairs(self) -> list[Pair]:
        """All pairs of gradients, in order."""
        return list(itertools.combinations(self.names, 2))

    def roots(self, name: str) -> set[int]:
        """Find the roots that a gradient depends on, in whatever way."""
        return {i for i in self.upstream(self._ends[name]) if not self.parents[i]}

    def roots_of_approximated(self, name: str) -> set[int]:
        """Find the roots that a gradient depends on through approximated operators."""
        op = self.expressions.op
        unclear = [i for i in self.upstream(self._ends[name]) if op[i].startswith(APPROXIMATED)]
        return {i for i in self.upstream(unclear) if not self.parents[i]}

    def upstream(self, start: Iterable[int]) -> set[int]:
        """Find what bases depend on, themselves included."""
        found: set[int] = set()
        stack = list(start)
        while stack:
            i = stack.pop()
            if i not in found:
                found.add(i)
                stack += self.parents[i]
        return found

    def connected(self, *, believing: bool = True) -> set[Pair]:
        """Find the pairs of gradients that are not d-separated by what is conditioned on.

        Args:
            believing: whether an approximated operator's outputs, and what is made of them, are taken
                for hidden variables; else for nothing that could tie anybody.
        """
        ends = {name: -1 - place for place, name in enumerate(self.names)}
        graph = {i: self.parents[i] for i in sorted(self.parents)}
        given = set(self.given)
        if not believing:
            unclear: set[int] = set()
            for i, parents in graph.items():
                if self.expressions.op[i].startswith(APPROXIMATED) or not unclear.isdisjoint(
                    parents
                ):
                    unclear.add(i)
            graph |= dict.fromkeys(unclear, ())
            given |= unclear
        graph |= {ends[name]: self._ends[name] for name in self.names}
        separation = Separation(graph, given)
        found = set()
        for place, name in enumerate(self.names):
            later = {ends[other]: other for other in self.names[place + 1 :]}
            if later:
                reached = separation.connected([ends[name]], list(later))
                found |= {(name, later[end]) for end in reached}
        return found
