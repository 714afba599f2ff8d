"""Names of hidden variables, from how they are computed and never from names in the code."""

from __future__ import annotations

import copy
import math
from itertools import pairwise
from typing import TYPE_CHECKING

from repro.causal.symbolic.canonical_order import CanonicalOrder
from repro.causal.symbolic.elementary import SIGN
from repro.causal.symbolic.expressions import APPROXIMATED, ASSUMED, CONSTANT, INNER
from repro.causal.symbolic.inner_products import SUMS, products_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph

INFORMATIVE = (
    "log-sum-exp",
    "order statistic",
    "discounted sum",
    "standard deviation",
    "norm",
    "temporal-difference error",
    "softmax normaliser",
    "sum",
)
"""Names of variables that gradients share, the most informative first."""
OUTPUT = "output of "
"""How the names of numbers begin that a torch module computes and whose structure says little."""
_SPECIFIC = frozenset(INFORMATIVE) - {"sum"} | {"softmax probability", "log-probability"}
_PLAIN = {
    "exp": "exponential",
    "log": "logarithm",
    "positive": "comparison",
    "sign": "comparison",
    "zero": "comparison",
    "where": "conditional value",
    "choice": "element at a computed place",
    "observed": "observed value",
    INNER: "sum",
    "place of an order statistic": "order statistic",
}
_TERMS = 4
"""How many terms of a sum or product are written, unless more are asked for."""
_DEEPEST = 7


class Naming:
    """Names and expressions of nodes.

    Attributes:
        order: the canonical order of the nodes.

    Args:
        expressions: what the nodes compute.
        label: returns the name of (input, element), such as "bids[0, 2]".
        outside: returns the name of a number that is no input, such as "actor.2.weight[0, 3]".
        module: returns the name of the torch module whose forward pass computes a base; "" if none does.
    """

    def __init__(
        self,
        expressions: ExpressionGraph,
        label: Callable[[int, int], str],
        *,
        outside: Callable[[int], str] = lambda _number: "an untracked number",
        module: Callable[[int], str] = lambda _base: "",
    ) -> None:
        self._e = expressions
        self._label, self._outside, self._module = label, outside, module
        self._terms_written = _TERMS
        self.order = CanonicalOrder(expressions)

    def writing(self, terms: int) -> Naming:
        """Get the same names, with up to this many terms of a sum or product written."""
        longer = copy.copy(self)
        longer._terms_written = terms  # noqa: SLF001 - of the same class
        return longer

    def name(self, i: int) -> str:
        """Name what a base computes, such as "log-sum-exp"."""
        e, op = self._e, self._e.op[i]
        sources = e.sources(i)
        op = op.removeprefix(ASSUMED)
        name = _PLAIN.get(op, op)
        if op == "sum":
            name = self._name_of_sum(i)
        elif op.startswith(APPROXIMATED):
            name = f"output of {op.removeprefix(APPROXIMATED)}"
        elif op in {"log", "reciprocal"} and self._is_normaliser(sources):
            name = "log-sum-exp" if op == "log" else "softmax normaliser"
        elif op == "exp" and any(self._is_log_sum_exp(atom) for atom in self._atoms(sources)):
            name = "softmax probability"
        elif op == "sqrt" and len(sources) == 1 and e.op[sources[0]] == "sum":
            name = self._name_of_root(sources[0])
        if name not in _SPECIFIC and sources and (module := self._module(i)):
            return f"{OUTPUT}{module}"
        return name

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
            terms = sorted(self._terms(i).items(), key=lambda term: self.order(term[0]))
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
            parents = sorted(parents, key=self.order.of_id)
        written = [
            self.expression(parent, depth - 1, free=op == "product")
            for parent in parents[: self._terms_written]
        ]
        if len(parents) > self._terms_written:
            written.append(f"… {len(parents) - self._terms_written} more")
        inner = (" × " if op == "product" else ", ").join(written)
        if op == "product":
            return inner
        if len(parents) > 1 or not inner.startswith("("):
            inner = f"({inner})"
        if op == "order statistic":
            op = f"{e.extra[i][0]}-largest of {len(parents)} "
        return op.removeprefix(APPROXIMATED).removeprefix(ASSUMED) + inner

    def _write_form(self, i: int, depth: int) -> str:
        """Write the linear form of which a base is the sign."""
        weights, constant = self._e.extra[i]
        terms = zip(self._e.parents[i], weights, strict=True)  # type: ignore[call-overload]  # floats
        return self._write_sum(dict(terms), constant, depth)  # type: ignore[arg-type]  # a float

    def _write_sum(self, weights: Mapping[int, float], shift: float, depth: int) -> str:
        """Write a sum, beginning with a positive term if there is one."""
        terms = sorted(weights.items(), key=lambda term: self.order(term[0]))
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

    def _atoms(self, bases: Iterable[int]) -> list[int]:
        return [a for i in bases for a in (self._e.terms(i) if self._e.op[i] == "sum" else [i])]

    def _is_normaliser(self, sources: Sequence[int]) -> bool:
        return (
            len(sources) == 1
            and self._e.op[sources[0]] == "sum"
            and all(self._e.op[term] == "exp" for term in self._e.terms(sources[0]))
        )

    def _is_log_sum_exp(self, i: int) -> bool:
        return self._e.op[i] == "log" and self._is_normaliser(self._e.sources(i))

    def _name_of_root(self, total: int) -> str:
        """Name a square root; in a standard deviation, all squared terms contain the same mean."""
        e = self._e
        squares = [e.parents[term] for term in e.terms(total) if e.op[term] == "product"]
        if len(squares) < len(e.terms(total)) or any(len(set(pair)) != 1 for pair in squares):
            return "sqrt"
        roots = [set(e.terms(pair[0])) for pair in squares]
        common = set.intersection(*roots)
        about = all(root == common for root in roots) or any(e.op[i] == "sum" for i in common)
        return "standard deviation" if len(roots) > 1 and about else "norm"

    def _name_of_sum(self, i: int) -> str:
        e = self._e
        if all(e.op[base] == "exp" for base in e.terms(i)):
            return "softmax normaliser"
        if any(self._is_log_sum_exp(base) for base in e.terms(i)):
            return "log-probability" if len(e.terms(i)) == 2 else "sum"  # noqa: PLR2004 - a bid minus it
        if not all(e.op[base] == "input" for base in e.terms(i)):
            return "sum"
        terms = self.order.terms(i)
        inputs = [e.extra[base][0] for base, _ in terms]
        weights = [weight for _, weight in terms]
        if _is_error(inputs, weights):
            return "temporal-difference error"
        # A return adds up elements of one input, the rewards, and maybe a value.
        pairs = list(zip(inputs, weights, strict=True))
        runs = ([w for x, w in pairs if x == one] for one in set(inputs))
        return "discounted sum" if any(map(_is_geometric, runs)) else "sum"


def _is_geometric(weights: Sequence[float]) -> bool:
    """Return whether each weight is the one before times the same factor below 1."""
    if len(weights) < 2:  # noqa: PLR2004 - one weight has no factor
        return False
    factor = weights[1] / weights[0]
    constant = all(math.isclose(b, a * factor, rel_tol=1e-4) for a, b in pairwise(weights))
    return 0 < factor < 1 and constant


def _is_error(inputs: Sequence[object], weights: Sequence[float]) -> bool:
    """Return whether a sum is a reward minus a value, maybe plus a discounted value."""
    size = max(abs(weight) for weight in weights)
    units = [k for k, weight in enumerate(weights) if math.isclose(abs(weight), size)]
    others = [k for k in range(len(weights)) if k not in units]
    if len(units) != 2 or len(others) > 1 or weights[units[0]] * weights[units[1]] > 0:  # noqa: PLR2004
        return False
    if inputs[units[0]] == inputs[units[1]]:
        return False
    # The discounted value has the sign of the reward and is from the same input as the value.
    return all(
        any(inputs[k] == inputs[j] and weights[k] * weights[j] < 0 for j in units) for k in others
    )


def _signed(shift: float) -> str:
    return f" {'+' if shift > 0 else '-'} {abs(shift):.4g}"


def _size(weight: float) -> str:
    """Write the absolute value of a weight as a prefix, "" for 1."""
    return "" if math.isclose(abs(weight), 1, rel_tol=1e-4) else f"{abs(weight):.4g} "
