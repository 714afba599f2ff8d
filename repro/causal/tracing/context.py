"""Numbers that are context while they point to elements, and hidden variables when they are calculated with.

Two kinds of integers are context: elements of an integer input, and places, which are the results of an
argmax or a sort. While such a number indexes or is compared for equality, it selects, and a selection is
absorbed into the edges (talk:204-206). In arithmetic it is a number like any other: an element of an input is
conditioned on, and a place is a hidden variable that is computed from everything that was ordered.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from repro.causal.symbolic.expressions import CONSTANT, PLACE

if TYPE_CHECKING:
    from repro.causal.symbolic.expressions import ExpressionGraph

INDICATOR = "indicator"
"""Operator: whether a place is equal to a number."""


class Kind(IntEnum):
    """What a number is computed from: nothing, only integer inputs, only these and places, or others."""

    CONSTANT = 0
    INTEGER = 1
    PLACE = 2
    OTHER = 3


class Context:
    """Tells which nodes are context.

    Attributes:
        given: bases that are functions of one element of an integer input, and so conditioned on.
        factors: bases of functions of one integer that were absorbed as factors of other numbers.
        has_places: whether a place may occur.
        strict: whether a place is a hidden variable wherever it is used.

    Args:
        expressions: the nodes.
        strict: see above.
    """

    def __init__(self, expressions: ExpressionGraph, *, strict: bool) -> None:
        self._e = expressions
        self.strict = strict
        self._kinds: dict[int, Kind] = {CONSTANT: Kind.CONSTANT}
        self.given: set[int] = set()
        self.factors: set[int] = set()
        self.has_places = False

    def add_integers(self, nodes: list[int]) -> None:
        """Note that roots are elements of an integer input."""
        self.given.update(nodes)
        self._kinds.update(dict.fromkeys(nodes, Kind.INTEGER))

    def add_function(self, result: int, arguments: tuple[int, ...]) -> None:
        """Note an operator's result, which is conditioned on if it is a function of one integer."""
        if not self.given:
            return
        base = self._e.base
        found = {base[i] for i in arguments} - {CONSTANT}
        if len(found) == 1 and found <= self.given and base[result] != CONSTANT:
            self.given.add(base[result])

    def kind(self, i: int) -> Kind:
        """Get the kind of a node."""
        e, kinds = self._e, self._kinds
        stack = [e.base[i]]
        while stack:
            base = stack[-1]
            if base in kinds:
                stack.pop()
                continue
            if e.op[base] == PLACE:
                kinds[base] = Kind.OTHER if self.strict else Kind.PLACE
                continue
            sources = e.sources(base)
            unknown = [source for source in sources if source not in kinds]
            # A node with one source of the kind OTHER is of that kind, whatever the rest.
            if unknown and all(kinds.get(source) != Kind.OTHER for source in sources):
                stack += unknown[-1:]
                continue
            kinds[base] = max((kinds[s] for s in sources if s in kinds), default=Kind.OTHER)
        return kinds[e.base[i]]

    def is_context(self, i: int) -> bool:
        """Return whether a node depends only on constants, integer inputs and places."""
        return self.kind(i) != Kind.OTHER

    def is_integer(self, i: int) -> bool:
        """Return whether a node is a function of one element of an integer input."""
        return self._e.base[i] in self.given

    def is_factor(self, i: int) -> bool:
        """Return whether a product with this number only selects: a function of one integer, or a mask."""
        return self._e.base[i] in self.given or self.is_mask(i)

    def note_factor(self, i: int) -> None:
        """Note that a number was absorbed as a factor, if it is a function of one integer."""
        if self.is_integer(i):
            self.factors.add(self._e.base[i])

    def is_mask(self, i: int) -> bool:
        """Return whether a node tells, for one element, whether a selection has picked it."""
        e = self._e
        base = e.base[i]
        if not self.has_places or base == CONSTANT or self.kind(base) != Kind.PLACE:
            return False
        op, parents = e.op[base], e.parents[base]
        if op == INDICATOR:
            return True
        if op == "product":
            return all(self.is_mask(parent) for parent in parents)
        # At most one of these is true, so the sum is a mask too; one with other weights is a number.
        return (
            op == "sum"
            and len(set(map(float, e.extra[base]))) == 1  # type: ignore[arg-type]  # floats
            and all(e.op[parent] == INDICATOR for parent in parents)
            and self._exclude_each_other(parents)
        )

    def _exclude_each_other(self, indicators: tuple[int, ...]) -> bool:
        """Return whether indicators are of one place, or of one number and places in one order."""
        e = self._e
        places = {e.parents[i][0] for i in indicators}
        numbers = {e.parents[i][1] for i in indicators}
        if len(places) == 1:
            return True
        if len(numbers) > 1 or any(e.op[place] != PLACE for place in places):
            return False
        return len({e.parents[place] for place in places}) == 1
