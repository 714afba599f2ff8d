"""What a traced rule computes, element by element, in canonical form.

Every number is a node. Equal computations are one node, so two copies of a program on the same inputs are
not independent. Constants are folded; x - x, 0 x, x + 0 and 1 x are simplified; commuting arguments are
sorted. An affine function of a single node, a x + b, belongs to the edge below that node: it has its own
id, but its `base` is x.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CONSTANT = -1
"""The base of constants."""
APPROXIMATED = "approximated:"
"""Prefix of operators whose outputs are assumed to depend on all their inputs."""
ASSUMED = "assumed:"
"""Prefix of operators of which only the first argument has an effect for certain."""
PLACE = "place of an order statistic"
INNER = "inner product"
"""Operator whose two arguments are lists of numbers, see `inner_products`."""
FACTORS = "factors"
"""Operator of such a list, which is no number itself."""
ZERO = 0
"""Id of the constant 0."""
DIGITS = 7
"""Significant digits to which equal coefficients must agree in single precision."""
DIGITS_OF_DOUBLES = 12
"""The same in double precision."""

COMMUTING = frozenset(
    {
        "product",
        "order",
        "order statistic",
        "logical_xor",
        "bitwise_and",
        "bitwise_or",
        "bitwise_xor",
    }
    | {"gcd", "lcm", "isclose", "mse_loss", "smooth_l1_loss", "huber_loss"}
)
"""Operators whose arguments commute."""


class ExpressionGraph:
    """A growing graph of nodes with ids 0, 1, 2, ...; parents have smaller ids than their children.

    Attributes:
        op: for each id, what it computes: "constant", "input", "outside" (a root that is not an input),
            "affine", "sum", "product", or the name of an operator.
        parents: for each id, the ids of its arguments.
        extra: for each id, its other parameters: the coefficients of a sum, (scale, shift) of an affine
            function, the index of an input, the settings of an operator.
        base: for each id, the node that it is an affine function of; CONSTANT for constants.
        scale: for each id, the factor of its base.
        shift: for each id, the constant that is added.
        digits: significant digits to which equal coefficients must agree.

    Args:
        digits: see above.
    """

    def __init__(self, digits: int = DIGITS) -> None:
        self.digits = digits
        self.op: list[str] = []
        self.parents: list[tuple[int, ...]] = []
        self.extra: list[tuple[object, ...]] = []
        self.base: list[int] = []
        self.scale: list[float] = []
        self.shift: list[float] = []
        self._known: dict[tuple[object, ...], int] = {}
        self._aliases: dict[int, int] = {}
        self.constant(0.0)

    def __len__(self) -> int:
        """Get the number of ids."""
        return len(self.op)

    def constant(self, value: float) -> int:
        """Get the id of a constant."""
        value = float(value)
        # NaN does not equal itself; as a string it is one constant.
        key = ("constant", value if value == value else "nan")  # noqa: PLR0124 - tests for NaN
        known = self._known.get(key)
        return (
            self._add(key, "constant", (), (value,), CONSTANT, 0.0, value)
            if known is None
            else known
        )

    def alias(self, i: int, *mark: int) -> int:
        """Get another id of the same number, which is replaced by the number in all expressions.

        Args:
            i: an id that is not a constant.
            mark: aliases with equal marks are one.
        """
        key = ("alias", i, *mark)
        known = self._known.get(key)
        if known is None:
            known = self._add(key, "alias", (i,), mark, self.base[i], self.scale[i], self.shift[i])
            self._aliases[known] = i
        return known

    def plain(self, i: int) -> int:
        """Get the id of which another is an alias; the id itself if it is none."""
        return self._aliases.get(i, i)

    def root(self, op: str, *index: int) -> int:
        """Get the id of a root: an element of an "input", or a number from "outside"."""
        key = (op, index)
        known = self._known.get(key)
        return self._node(key, op, (), index) if known is None else known

    def is_constant(self, i: int) -> bool:
        """Return whether an id is a constant."""
        return self.base[i] == CONSTANT

    def affine(self, base: int, scale: float, shift: float = 0.0) -> int:
        """Get the id of scale · base + shift, where `base` is its own base."""
        if scale == 0:
            return self.constant(shift)
        if scale == 1 and shift == 0:
            return base
        key = ("affine", base, self._rounded(scale), self._rounded(shift))
        known = self._known.get(key)
        if known is not None:
            return known
        return self._add(key, "affine", (base,), (scale, shift), base, scale, shift)

    def plus(self, x: int, y: int, weight: float = 1.0) -> int:
        """Get x + weight · y."""
        a, b = self.base[x], self.base[y]
        shift = self.shift[x] + weight * self.shift[y]
        p, q = self.scale[x], weight * self.scale[y]
        if b == CONSTANT or q == 0:
            return self.affine(a, p, shift) if a != CONSTANT else self.constant(shift)
        if a == CONSTANT:
            return self.affine(b, q, shift)
        if a == b:
            return self.affine(a, self._clean(p + q, abs(p) + abs(q)), shift)
        return self._sum(((a, p), (b, q)) if a < b else ((b, q), (a, p)), shift)

    def combination(self, terms: Iterable[tuple[int, float]], shift: float = 0.0) -> int:
        """Get the sum of weight · id over all (id, weight), plus `shift`."""
        weights: dict[int, float] = {}
        size: dict[int, float] = {}
        for i, weight in terms:
            shift += weight * self.shift[i]
            base, part = self.base[i], weight * self.scale[i]
            if part != 0:
                weights[base] = weights.get(base, 0.0) + part
                size[base] = size.get(base, 0.0) + abs(part)
        kept = [(i, w) for i, w in sorted(weights.items()) if self._clean(w, size[i])]
        if not kept:
            return self.constant(shift)
        if len(kept) == 1:
            return self.affine(*kept[0], shift)
        return self._sum(kept, shift)

    def _sum(self, terms: Sequence[tuple[int, float]], shift: float) -> int:
        """Get a sum of two or more bases, as a multiple of the sum whose first weight is 1."""
        lead = terms[0][1]
        weights = tuple(weight / lead for _, weight in terms)
        bases = tuple(base for base, _ in terms)
        key = ("sum", bases, tuple(map(self._rounded, weights)))
        node = self._known.get(key)
        if node is None:
            node = self._node(key, "sum", bases, weights)
        return self.affine(node, lead, shift)

    def times(self, x: int, y: int) -> int:
        """Get x · y."""
        if self.base[x] == CONSTANT:
            x, y = y, x
        if self.base[y] == CONSTANT:
            factor = self.shift[y]
            if self.base[x] == CONSTANT:
                return self.constant(self.shift[x] * factor)
            return self.affine(self.base[x], self.scale[x] * factor, self.shift[x] * factor)
        scale = 1.0
        if self.shift[x] == 0:
            scale, x = scale * self.scale[x], self.base[x]
        if self.shift[y] == 0:
            scale, y = scale * self.scale[y], self.base[y]
        return self.affine(self.apply("product", (x, y)), scale)

    def over(self, x: int, y: int) -> int:
        """Get x / y, as a product with y's reciprocal."""
        if self.base[y] == CONSTANT:
            divisor = self.shift[y]  # may be 0, as in torch
            factor = 1 / divisor if divisor else math.copysign(math.inf, divisor)
            return self.times(x, self.constant(factor))
        scale = 1.0
        if self.shift[y] == 0:
            scale, y = 1 / self.scale[y], self.base[y]
        return self.times(x, self.affine(self.apply("reciprocal", (y,)), scale))

    def apply(self, op: str, arguments: tuple[int, ...], *settings: object) -> int:
        """Get the id of an operator's result for arguments that are not all constants."""
        if self._aliases:
            arguments = tuple(map(self.plain, arguments))
        if op in COMMUTING:
            arguments = tuple(sorted(arguments))
        key = (op, arguments, settings)
        known = self._known.get(key)
        return self._node(key, op, arguments, settings) if known is None else known

    def sources(self, i: int) -> tuple[int, ...]:
        """Get the bases of a base's arguments, each once, without constants."""
        parents: Iterable[int] = self.parents[i]
        if self.op[i] == INNER:
            parents = chain.from_iterable(self.parents[factors] for factors in parents)
        found = dict.fromkeys(map(self.base.__getitem__, parents))
        found.pop(CONSTANT, None)
        return tuple(found)

    def terms(self, i: int) -> Mapping[int, float]:
        """Get the weight of each term of an id; if its base is not a sum, the base is the only term."""
        base, scale = self.base[i], self.scale[i]
        if base == CONSTANT:
            return {}
        if self.op[base] != "sum":
            return {base: scale}
        weights = zip(self.parents[base], self.extra[base], strict=True)
        return {parent: scale * weight for parent, weight in weights}  # type: ignore[operator]  # a sum's extras are floats

    def _rounded(self, number: float) -> float:
        return rounded(number, self.digits)

    def _clean(self, weight: float, size: float) -> float:
        """Replace a weight that is only the rounding error of a difference by zero."""
        return 0.0 if abs(weight) <= 10.0**-self.digits * size else weight

    def _node(
        self, key: tuple[object, ...], op: str, parents: tuple[int, ...], extra: tuple[object, ...]
    ) -> int:
        return self._add(key, op, parents, extra, len(self.op), 1.0, 0.0)

    def _add(
        self,
        key: tuple[object, ...],
        op: str,
        parents: tuple[int, ...],
        extra: tuple[object, ...],
        base: int,
        scale: float,
        shift: float,
    ) -> int:
        self._known[key] = made = len(self.op)
        self.op.append(op)
        self.parents.append(parents)
        self.extra.append(extra)
        self.base.append(base)
        self.scale.append(scale)
        self.shift.append(shift)
        return made


def rounded(number: float, digits: int = DIGITS) -> float:
    """Round to a number of significant digits."""
    if number in {1.0, -1.0, 0.0}:
        return number
    return float(f"{number:.{digits - 1}e}")
