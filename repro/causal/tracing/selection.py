"""What a maximum, a sort or another selection selects from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.symbolic.expressions import PLACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph
    from repro.causal.tracing.context import Context


class Selection:
    """Elements of which a selection returns one.

    The places of all of them depend on their order, which is one variable however they are arranged.

    Attributes:
        members: nodes of the elements.
        mark: a number for this list of elements.

    Args:
        expressions: the nodes.
        context: which of them are context.
        members: see above.
        mark: see above.
    """

    def __init__(
        self, expressions: ExpressionGraph, context: Context, members: Sequence[int], mark: int
    ) -> None:
        self._e, self._context = expressions, context
        self.members, self.mark = tuple(members), mark
        self._constant = all(map(expressions.is_constant, members))
        self._arranged: tuple[int, ...] | None = None

    def place(self, rank: int, value: float) -> int:
        """Get the node of the index of an element; the constant `value` if all elements are constants.

        Args:
            rank: of the element, 1 for the largest.
            value: the index.
        """
        e = self._e
        if self._constant:
            return e.constant(value)
        if self._context.strict:
            return e.apply(PLACE, self.members, rank)
        self._context.has_places = True
        if self._arranged is None:
            order = e.apply("order", self.members)
            self._arranged = (e.apply("arrangement", (order, *self.members)),)
        return e.apply(PLACE, self._arranged, rank)
