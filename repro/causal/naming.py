"""What a hidden variable is called: from how it is computed, never from the names in the code."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

from repro.causal.expression import APPROXIMATED, CONSTANT, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from repro.causal.expression import Expressions

ORDER_STATISTIC = "order statistic"
TELLING = (
    "log-sum-exp",
    ORDER_STATISTIC,
    "discounted sum",
    "standard deviation",
    "norm",
    "temporal-difference error",
    "softmax normaliser",
    "mean",
    "sum",
)
"""Names that say what gradients share, the most telling first."""
SELECTIONS = frozenset(
    {"kthvalue", "max", "maximum", "median", "min", "minimum", "mode", "sort", "topk", "cummax", "cummin"}
)
_PLAIN = {
    "exp": "exponential",
    "log": "logarithm",
    "gt": "comparison",
    "ge": "comparison",
    "where": "conditional value",
    "choice": "element at a computed place",
}
_LONGEST = 4
"""Terms of a sum or product that are written out."""
_DEEPEST = 7
_LAST = math.inf


class Naming:
    """Names, expressions and an order of nodes that do not depend on the order of the code.

    Args:
        expressions: what the nodes compute.
        label: from (input, element) what people call it, as "bids[0, 2]".
    """

    def __init__(  # noqa: D107 - the class says it
        self, expressions: Expressions, label: Callable[[int, int], str]
    ) -> None:
        self._e = expressions
        self._label = label
        self._digest: dict[int, bytes] = {}
        self._leaf: dict[int, tuple[float, ...]] = {}
        self._lead: dict[int, float] = {}

    def ranks(self, bases: Iterable[int]) -> dict[int, int]:
        """Number nodes by the first input that they depend on, then by what they compute."""
        listed = list(bases)
        for i in listed:
            self.order(i)
        return {i: rank for rank, i in enumerate(sorted(listed, key=self.order))}

    def order(self, base: int) -> tuple[tuple[float, ...], bytes]:
        """Get a key by which a node is sorted, the same however the code is ordered."""
        if base not in self._digest:
            for i in sorted(self._above(base)):
                self._learn(i)
        return self._leaf[base], self._digest[base]

    def name(self, i: int) -> str:
        """Name what a base computes."""
        e, op = self._e, self._e.op[i]
        if op == "sum":
            return self._name_of_sum(i)
        sources = e.sources(i)
        if op == "log" and self._is_normaliser(sources):
            return "log-sum-exp"
        if op == "reciprocal" and self._is_normaliser(sources):
            return "softmax normaliser"
        if op == "exp" and any(self.name(p) == "log-sum-exp" for p in self._atoms(sources)):
            return "softmax probability"
        if op == "sqrt" and sources and e.op[sources[0]] == "sum":
            return self._name_of_root(sources[0])
        if op in SELECTIONS or op.startswith("place of "):
            return ORDER_STATISTIC
        if op.startswith(APPROXIMATED):
            return f"output of {op.removeprefix(APPROXIMATED)}"
        return _PLAIN.get(op, op)

    def short(self, i: int, longest: int) -> str:
        """Write how an id is computed, in so many characters or little more."""
        texts = (self.expression(i, depth) for depth in range(_DEEPEST, 0, -1))
        return next((text for text in texts if len(text) <= longest), self.expression(i, 1))

    def expression(self, i: int, depth: int = _DEEPEST) -> str:
        """Write how an id is computed; parts that lie deep are left out."""
        e = self._e
        if e.base[i] == CONSTANT:
            return f"{e.shift[i]:.4g}"
        text = self._write(e.base[i], depth)
        scale, shift = e.scale[i], e.shift[i]
        if math.isclose(scale, -1, rel_tol=1e-4):
            text = f"-{text}"
        elif not math.isclose(scale, 1, rel_tol=1e-4):
            text = f"{scale:.4g} {text}"
        if shift:
            text = f"({text} {'+' if shift > 0 else '-'} {abs(shift):.4g})"
        return text

    def _write(self, i: int, depth: int) -> str:
        e, op = self._e, self._e.op[i]
        if op == "input":
            place, element = e.extra[i]
            return self._label(place, element)  # type: ignore[arg-type]  # a root's extras are its place
        if op == "outside":
            return "a number from outside"
        if depth == 0:
            return "…"
        if op == "sum":
            return f"({self._write_sum(i, depth)})"
        if op == "product":
            factors = sorted(e.parents[i], key=self._order_of_id)
            return self._listed([self.expression(p, depth - 1) for p in factors[:_LONGEST]], factors, " × ")
        parents: Sequence[int] = e.parents[i]
        inner = self._listed([self.expression(p, depth - 1) for p in parents[:_LONGEST]], parents, ", ")
        if inner.startswith("(") and len(parents) == 1 and e.op[parents[0]] == "sum":
            inner = inner[1:-1]
        return f"{op}({inner})"

    def _write_sum(self, i: int, depth: int) -> str:
        terms = self._terms(i)
        lead = terms[0][1]
        text = ""
        for base, weight in terms[:_LONGEST]:
            share = weight / lead
            sign = ("-" if share < 0 else "") if not text else (" - " if share < 0 else " + ")
            size = "" if math.isclose(abs(share), 1, rel_tol=1e-4) else f"{abs(share):.4g} "
            text += sign + size + self._write(base, depth - 1)
        more = len(terms) - _LONGEST
        return f"{text} + … {more} more" if more > 0 else text

    @staticmethod
    def _listed(written: list[str], all_: Sequence[int], between: str) -> str:
        more = len(all_) - len(written)
        return between.join([*written, f"… {more} more"] if more > 0 else written)

    def _terms(self, i: int) -> list[tuple[int, float]]:
        return sorted(self._e.terms(i).items(), key=lambda term: self.order(term[0]))

    def _atoms(self, bases: Iterable[int]) -> list[int]:
        return [a for i in bases for a in (self._e.terms(i) if self._e.op[i] == "sum" else [i])]

    def _is_normaliser(self, sources: Sequence[int]) -> bool:
        return len(sources) == 1 and self._e.op[sources[0]] == "sum" and all(
            self._e.op[term] == "exp" for term in self._e.terms(sources[0])
        )

    def _name_of_root(self, total: int) -> str:
        """Tell a spread about a mean from a length: the squares of deviations share their mean."""
        e = self._e
        squares = [e.parents[term] for term in e.terms(total) if e.op[term] == "product"]
        if len(squares) < len(e.terms(total)) or any(len(set(pair)) != 1 for pair in squares):
            return "sqrt"
        roots = [set(e.terms(pair[0])) for pair in squares]
        mean = set.intersection(*roots)
        about = all(root == mean for root in roots) or any(e.op[i] == "sum" for i in mean)
        return "standard deviation" if len(roots) > 1 and about else "norm"

    def _name_of_sum(self, i: int) -> str:
        e = self._e
        terms = self._terms(i)
        if all(e.op[base] == "exp" for base, _ in terms):
            return "softmax normaliser"
        weights = [weight / terms[0][1] for _, weight in terms]
        if all(e.op[base] == "input" for base, _ in terms):
            inputs = [e.extra[base][0] for base, _ in terms]
            if len(set(inputs)) == 1 and len(terms) > 1 and all(w == 1 for w in weights):
                return "sum"
            if _is_error(inputs, [weight for _, weight in terms]):
                return "temporal-difference error"
            most = max(set(inputs), key=lambda one: (inputs.count(one), -int(str(one))))
            run = [w for w, one in zip(weights, inputs, strict=True) if one == most]
            if _is_geometric(run):
                return "discounted sum"
        return "sum"

    def _order_of_id(self, i: int) -> tuple[object, ...]:
        e = self._e
        if e.base[i] == CONSTANT:
            return ((_LAST,), b"", e.shift[i])
        return (*self.order(e.base[i]), e.shift[i])

    def _above(self, base: int) -> set[int]:
        found, stack = {base}, [base]
        while stack:
            for source in self._e.sources(stack.pop()):
                if source not in found and source not in self._digest:
                    found.add(source)
                    stack.append(source)
        return found

    def _learn(self, i: int) -> None:
        e, op = self._e, self._e.op[i]
        if op in {"input", "outside"}:
            self._leaf[i] = tuple(float(str(x)) for x in e.extra[i])
            said: list[object] = [op, *e.extra[i]]
        else:
            sources = e.sources(i)
            self._leaf[i] = min((self._leaf[s] for s in sources), default=(_LAST,))
            if op == "sum":
                terms = sorted(
                    e.terms(i).items(), key=lambda term: (self._leaf[term[0]], self._digest[term[0]])
                )
                self._lead[i] = terms[0][1]
                said = [op]
                said += [(self._digest[b], rounded(w * self._lead.get(b, 1) / terms[0][1])) for b, w in terms]
            else:
                arguments = [self._said(parent) for parent in e.parents[i]]
                if op in {"product", "maximum", "minimum"} or op in SELECTIONS:
                    arguments.sort()
                said = [op, arguments, *(x for x in e.extra[i] if op != "observed")]
        self._digest[i] = hashlib.blake2b(repr(said).encode(), digest_size=12).digest()

    def _said(self, i: int) -> tuple[bytes, float, float]:
        e = self._e
        if e.base[i] == CONSTANT:
            return (b"", 0.0, rounded(e.shift[i]))
        base = e.base[i]
        return (
            self._digest[base],
            rounded(e.scale[i] * self._lead.get(base, 1)),
            rounded(e.shift[i]),
        )


def _is_geometric(weights: Sequence[float]) -> bool:
    """Tell whether weights fall by one factor below 1, from each to the next."""
    if len(weights) < 2:  # noqa: PLR2004 - one weight falls by nothing
        return False
    factor = weights[1] / weights[0]
    return 0 < factor <= 1 and all(
        math.isclose(b, a * factor, rel_tol=1e-4) for a, b in zip(weights, weights[1:], strict=False)
    )


def _is_error(inputs: Sequence[object], weights: Sequence[float]) -> bool:
    """Tell whether a sum of inputs is a reward less a value, plus at most a discounted value."""
    size = max(abs(weight) for weight in weights)
    whole = [k for k, weight in enumerate(weights) if math.isclose(abs(weight), size)]
    rest = [k for k in range(len(weights)) if k not in whole]
    if len(whole) != 2 or len(rest) > 1 or weights[whole[0]] * weights[whole[1]] > 0:  # noqa: PLR2004
        return False
    if inputs[whole[0]] == inputs[whole[1]]:
        return False
    # The discounted value has the sign of the reward, and comes from where the value comes from.
    return all(
        any(inputs[k] == inputs[j] and weights[k] * weights[j] < 0 for j in whole) for k in rest
    )
