"""Expressions of numbers as text, as people write them."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Self

from repro.causal.symbolic.canonical_order import CanonicalOrder
from repro.causal.symbolic.elementary import SIGN
from repro.causal.symbolic.expressions import APPROXIMATED, ASSUMED, CONSTANT
from repro.causal.symbolic.inner_products import SUMS, products_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph

_TERMS = 4
"""How many terms of a sum or product are written, unless more are asked for."""
_DEEPEST = 7


class Writing:
    """Writes nodes as expressions of inputs.

    Attributes:
        order: the canonical order of the nodes.

    Args:
        expressions: what the nodes compute.
        label: returns the name of (input, element), such as "bids[0, 2]".
        outside: returns the name of a number that is no input, such as "actor.2.weight[0, 3]".
    """

    def __init__(
        self,
        expressions: ExpressionGraph,
        label: Callable[[int, int], str],
        outside: Callable[[int], str],
    ) -> None:
        self._e = expressions
        self._label, self._outside = label, outside
        self._terms_written = _TERMS
        self.order = CanonicalOrder(expressions)

    def writing(self, terms: int) -> Self:
        """Get the same, with up to this many terms of a sum or product written."""
        longer = copy.copy(self)
        longer._terms_written = terms  # noqa: SLF001 - of the same class
        return longer

    def short(self, i: int, longest: int) -> str:
        """Write how an id is computed, as deep as `longest` characters allow; at least one level."""
        text = self.expression(i, 1, free=True)
        for depth in range(2, _DEEPEST + 1):
            deeper = self.expression(i, depth, free=True)
            if deeper == text or len(deeper) > longest:
                break
            text = deeper
        return text

    def expression(self, i: int, depth: int = _DEEPEST, *, free: bool = False) -> str:
        """Write how an id is computed; deeper parts are replaced by "…".

        Args:
            i: the id.
            depth: how many levels to write.
            free: whether to write a sum as the multiple whose first term has weight 1.
        """
        e = self._e
        if free and e.base[i] == i and e.op[i] in SUMS and depth > 0:
            terms = sorted(self._terms(i).items(), key=lambda term: self._place(term[0]))
            weights = {base: weight / terms[0][1] for base, weight in terms}
            return f"({self._write_sum(weights, 0.0, depth)})"
        if e.base[i] == CONSTANT:
            return f"{e.shift[i]:.4g}"
        scale, shift = e.scale[i], e.shift[i]
        if e.op[e.base[i]] in SUMS and depth > 0:
            return f"({self._write_sum(self._terms(i), shift, depth)})"
        text = self._write(e.base[i], depth)
        text = _size(scale) + text if scale > 0 else f"-{_size(scale)}{text}"
        return f"({text}{_signed(shift)})" if shift else text

    def _terms(self, i: int) -> Mapping[int, float]:
        """Get the terms of a sum, or of a multiple of one."""
        e = self._e
        if e.op[e.base[i]] == "sum":
            return e.terms(i)
        products = products_of(e, e.base[i])
        return {e.apply("product", factors): e.scale[i] * w for factors, w in products}

    def _write(self, i: int, depth: int) -> str:
        e, op = self._e, self._e.op[i]
        if op == "input":
            number, element = e.extra[i]
            return self._label(number, element)  # type: ignore[arg-type]  # a root's extras are ints
        if op == "outside":
            return self._outside(int(str(e.extra[i][0])))
        if depth == 0:
            return "…"
        if op in {SIGN, "positive", "zero"}:
            return self._write_comparison(i, depth)
        return self._write_call(i, depth)

    def _write_comparison(self, i: int, depth: int) -> str:
        """Write a comparison of a linear form with zero, or the sign of one."""
        e, op = self._e, self._e.op[i]
        if op == SIGN:
            return f"sign({self._write_form(i, depth)})"
        (parent,) = e.parents[i]
        symbol = "=" if op == "zero" else ">" if e.scale[parent] > 0 else "<"
        return f"({self._write_form(e.base[parent], depth)} {symbol} 0)"

    def _write_call(self, i: int, depth: int) -> str:
        """Write an operator with its arguments."""
        e, op = self._e, self._e.op[i]
        parents: Sequence[int] = e.parents[i]
        if op == "product":
            return self._write_product(i, depth)
        written = [self.expression(x, depth - 1) for x in parents[: self._terms_written]]
        if len(parents) > self._terms_written:
            written.append(f"… {len(parents) - self._terms_written} more")
        inner = ", ".join(written)
        if len(parents) > 1 or not inner.startswith("("):
            inner = f"({inner})"
        if op == "order statistic":
            op = f"{e.extra[i][0]}-largest of {len(parents)} "
        return op.removeprefix(APPROXIMATED).removeprefix(ASSUMED) + inner

    def _write_product(self, i: int, depth: int) -> str:
        """Write a product, in which an exponential and a reciprocal can be a sigmoid."""
        e = self._e
        factors = sorted(e.parents[i], key=self._place)
        written: list[str] = []
        while factors and len(written) < self._terms_written:
            factor = factors.pop(0)
            partner = next((x for x in factors if self._is_sigmoid(factor, x)), None)
            if partner is None:
                written.append(self.expression(factor, depth - 1, free=True))
            else:
                factors.remove(partner)
                written.append(f"sigmoid({self.expression(e.parents[factor][0], depth - 1)})")
        return " × ".join(written + ([f"… {len(factors)} more"] if factors else []))

    def _place(self, i: int) -> tuple[object, ...]:
        """Sort terms and factors by kind before their digests: expressions of one form are written alike."""
        base = self._e.base[i]
        op = "" if base == CONSTANT else self._e.op[base]
        (leaf, digest), *rest = self.order.of_id(i)
        return (op == "reciprocal", leaf, op, digest, *rest)

    def _is_sigmoid(self, i: int, other: int) -> bool:
        """Return whether factors are e^x and 1 / (e^x + 1)."""
        e = self._e
        if e.op[i] != "exp" or e.op[other] != "reciprocal":
            return False
        (below,) = e.parents[other]
        return (e.base[below], e.scale[below], e.shift[below]) == (i, 1.0, 1.0)

    def _write_form(self, i: int, depth: int) -> str:
        """Write the linear form of which a base is the sign."""
        weights, constant = self._e.extra[i]
        terms = zip(self._e.parents[i], weights, strict=True)  # type: ignore[call-overload]  # floats
        return self._write_sum(dict(terms), constant, depth)  # type: ignore[arg-type]  # a float

    def _write_sum(self, weights: Mapping[int, float], shift: float, depth: int) -> str:
        """Write a sum, beginning with a positive term if there is one."""
        terms = sorted(weights.items(), key=lambda term: self._place(term[0]))
        first = next((term for term in terms if term[1] > 0), terms[0])
        terms = [first, *(term for term in terms if term is not first)]
        text = "" if first[1] > 0 else "-"
        for base, weight in terms[: self._terms_written]:
            if base != first[0]:
                text += " - " if weight < 0 else " + "
            text += _size(weight) + self.expression(base, depth - 1)
        if len(terms) > self._terms_written:
            text += f" + … {len(terms) - self._terms_written} more"
        return text + (_signed(shift) if shift else "")


def _signed(shift: float) -> str:
    return f" {'+' if shift > 0 else '-'} {abs(shift):.4g}"


def _size(weight: float) -> str:
    """Write the absolute value of a weight as a prefix, "" for 1."""
    return "" if math.isclose(abs(weight), 1, rel_tol=1e-4) else f"{abs(weight):.4g} "
