"""Names of hidden variables, from how they are computed and never from names in the code."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from repro.causal.symbolic.expressions import APPROXIMATED, ASSUMED, INNER
from repro.causal.symbolic.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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


class Naming(Writing):
    """Names and expressions of nodes.

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
        super().__init__(expressions, label, outside)
        self._module = module

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
