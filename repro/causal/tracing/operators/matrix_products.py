"""Products of large matrices, whose many products get no nodes of their own; see `inner_products`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from repro.causal.symbolic.expressions import ZERO
from repro.causal.symbolic.inner_products import factors_of, inner_product
from repro.causal.tracing.operators.elementwise import multiplied

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph
    from repro.causal.tracing.operators.nodes import Nodes

most_explicit = 10_000
"""Matrix products that add up more products than this are followed as one operator."""
_FEWEST = 3
"""Fewer products than this get nodes of their own."""


def is_large(a: Tensor, b: Tensor) -> bool:
    """Return whether a product of matrices [..., n, k] and [..., k, m] is followed as one operator."""
    return a.is_floating_point() and a.numel() * b.shape[-1] > most_explicit


class _Line:
    """A row of the first matrix, or a column of the second.

    Attributes:
        ids: nodes of its elements.
        factors: for each, what it is a multiple of.
        weights: for each, the factor of that; for constants, their values.
        constant: the places of constants.
        zero: the places of zeros.
        distinct: whether all factors differ.
    """

    def __init__(self, e: ExpressionGraph, ids: Sequence[int]) -> None:
        self._e = e
        self.ids = [e.plain(i) for i in ids]
        self.constant = frozenset(k for k, i in enumerate(self.ids) if e.is_constant(i))
        self.zero = frozenset(k for k in self.constant if self.ids[k] == ZERO)
        self.factors, self.weights = [], []
        for i in self.ids:
            scaled = e.shift[i] == 0 and not e.is_constant(i)
            self.factors.append(e.base[i] if scaled else i)
            self.weights.append(e.scale[i] if scaled else e.shift[i] if e.is_constant(i) else 1.0)
        self.distinct = len(set(self.factors)) == len(self.factors)
        self._lists: dict[frozenset[int], tuple[int, float]] = {}

    def without(self, places: frozenset[int]) -> tuple[int, float]:
        """Get the list of the elements at all other places, and their common weight."""
        found = self._lists.get(places)
        if found is None:
            kept = [k for k in range(len(self.ids)) if k not in places]
            found = self._lists[places] = factors_of(
                self._e, [(self.factors[k],) for k in kept], [self.weights[k] for k in kept]
            )
        return found


class _Pair(NamedTuple):
    """A row and a column.

    Attributes:
        row: of the first matrix.
        column: of the second.
        apart: whether no row and column of these matrices have a factor in common.
    """

    row: _Line
    column: _Line
    apart: bool

    def inner_product(self, e: ExpressionGraph) -> int:
        """Get the node of the sum of products, of which some may be constants."""
        row, column, apart = self
        constant = row.constant | column.constant
        left = len(row.ids) - len(constant)
        if left < _FEWEST or not ((apart and (row.distinct or column.distinct)) or self._differ()):
            pairs = zip(row.ids, column.ids, strict=True)
            return e.combination((e.times(x, y), 1.0) for x, y in pairs if ZERO not in (x, y))
        (first, a), (second, b) = row.without(constant), column.without(constant)
        node = inner_product(e, first, second)
        if not constant:
            return e.affine(node, a * b)
        rest = sorted(constant - row.zero - column.zero)
        terms = [(e.times(row.ids[k], column.ids[k]), 1.0) for k in rest]
        return e.combination([(node, a * b), *terms])

    def _differ(self) -> bool:
        """Return whether all products differ."""
        pairs = zip(self.row.factors, self.column.factors, strict=True)
        return len({(x, y) if x < y else (y, x) for x, y in pairs}) == len(self.row.ids)


def _matrix_product(nodes: Nodes) -> list[Tensor]:
    """Follow a product of matrices [n, k] and [k, m], or of [batch, n, k] and [batch, k, m]."""
    e, context = nodes.expressions, nodes.recording.context
    first, second = nodes.given["self"], nodes.given["mat2"]
    given = [nodes.of(x) for x in (first, second)]
    used = {i for ids in given for i in ids.flatten().tolist()}
    selects = (context.given or context.has_places) and any(map(context.is_factor, used))
    if selects or not all(math.isfinite(e.shift[i]) for i in used):
        # As if it had been written with single products.
        x, y = first.unsqueeze(-1), second.unsqueeze(-3)
        shape = torch.broadcast_shapes(x.shape, y.shape)
        ids = (given[0].unsqueeze(-1), given[1].unsqueeze(-3))
        made = multiplied(nodes, x, y, shape, ids)
        groups = made.movedim(-2, -1).reshape(-1, shape[-2]).tolist()
        return [nodes.as_output([e.combination((i, 1.0) for i in x if i) for x in groups])]
    found = []
    batches = zip(*(x if x.dim() > 2 else x[None] for x in given), strict=True)  # noqa: PLR2004 - a batch
    for a, b in batches:
        rows, columns = ([_Line(e, ids) for ids in x.tolist()] for x in (a, b.T))
        factors = [{i for line in lines for i in line.factors} for lines in (rows, columns)]
        apart = factors[0].isdisjoint(factors[1])
        for row in rows:
            found += [_Pair(row, column, apart).inner_product(e) for column in columns]
    return [nodes.as_output(found)]


RULES: dict[str, Callable[[Nodes], list[Tensor]]] = {
    **dict.fromkeys(("bmm", "mm"), _matrix_product),
}
