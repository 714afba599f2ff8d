"""An order of nodes by what they compute, which does not depend on the order of the code."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np

from repro.causal.graphs.reachability import reachable
from repro.causal.symbolic.elementary import SIGN
from repro.causal.symbolic.expressions import COMMUTING, CONSTANT, INNER, rounded
from repro.causal.symbolic.inner_products import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.causal.symbolic.expressions import ExpressionGraph

Key = tuple[tuple[float, ...], bytes]
_LAST = (math.inf,)


class CanonicalOrder:
    """Orders nodes by the first input that they depend on, then by a digest of their expression.

    Args:
        expressions: what the nodes compute.
    """

    def __init__(self, expressions: ExpressionGraph) -> None:
        self._e = expressions
        self._keys: dict[int, Key] = {}
        # A stored sum is scaled so that the term with the lowest id has weight 1; in a digest, the
        # first term in this order has weight 1.
        self._lead: dict[int, float] = {}
        self._lists: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def __call__(self, base: int) -> Key:
        """Get the sort key of a base."""
        if base not in self._keys:
            for i in sorted(self._unranked(base)):
                self._keys[i] = self._key(i)
        return self._keys[base]

    def of_id(self, i: int) -> tuple[Key, float, float]:
        """Get the sort key of an id; constants are last."""
        e = self._e
        if e.base[i] == CONSTANT:
            return (_LAST, b""), 0.0, rounded(e.shift[i])
        key = self(e.base[i])
        return key, rounded(e.scale[i] * self._lead.get(e.base[i], 1.0)), rounded(e.shift[i])

    def ranks(self, bases: Iterable[int]) -> dict[int, int]:
        """Number bases in order."""
        return {i: rank for rank, i in enumerate(sorted(bases, key=self))}

    def terms(self, i: int) -> list[tuple[int, float]]:
        """List the terms of a sum in order, scaled so that the first has weight 1."""
        terms = self._sorted_terms(i)
        lead = terms[0][1]
        return [(base, weight / lead) for base, weight in terms]

    def _sorted_terms(self, i: int) -> list[tuple[int, float]]:
        return sorted(self._e.terms(i).items(), key=lambda term: self(term[0]))

    def _unranked(self, base: int) -> set[int]:
        e, keys = self._e, self._keys
        return reachable(
            [base], lambda i: [source for source in e.sources(i) if source not in keys]
        )

    def _key(self, i: int) -> Key:
        e, op = self._e, self._e.op[i]
        leaf = min((self._keys[source][0] for source in e.sources(i)), default=_LAST)
        content: list[object] = [op]
        if op in {"input", "outside"}:
            leaf = tuple(float(str(number)) for number in e.extra[i])
            content += e.extra[i]
        elif op == "sum":
            # Weights relative to the terms as they are scaled in their digests.
            terms = [
                (base, weight * self._lead.get(base, 1.0)) for base, weight in self._sorted_terms(i)
            ]
            self._lead[i] = terms[0][1]
            content += [(self._keys[base][1], rounded(w / terms[0][1])) for base, w in terms]
        elif op == SIGN:
            weights, constant = e.extra[i]
            pairs = zip(e.parents[i], weights, strict=True)  # type: ignore[call-overload]  # floats
            terms = sorted(
                ((base, w * self._lead.get(base, 1.0)) for base, w in pairs),
                key=lambda term: self._keys[term[0]],
            )
            lead = terms[0][1]
            self._lead[i] = math.copysign(1, lead)
            content += [(self._keys[base][1], rounded(w / lead)) for base, w in terms]
            content.append(rounded(constant / lead))  # type: ignore[operator]  # a float
        elif op == INNER:
            content += self._content_of_inner(i)
        else:
            arguments = [self.of_id(parent) for parent in e.parents[i]]
            if op == "product":
                # The scale of a factor without a shift belongs to the product.
                free = [
                    e.base[p] for p in e.parents[i] if e.shift[p] == 0 and e.base[p] != CONSTANT
                ]
                self._lead[i] = math.prod(self._lead.get(base, 1.0) for base in free)
                arguments = [(key, 1.0 if b == 0 else a, b) for key, a, b in arguments]
            content.append(sorted(arguments) if op in COMMUTING else arguments)
            content += e.extra[i] if op != "observed" else ()
        return leaf, hashlib.blake2b(repr(content).encode(), digest_size=12).digest()

    def _content_of_inner(self, i: int) -> list[object]:
        """Describe an inner product; its scale is such that the first product in order has weight 1."""
        (mine, a), (theirs, b) = (self._list(factors) for factors in self._e.parents[i])
        numbers = mine + theirs  # equal for equal products, in whatever order the factors are
        order = np.argsort(numbers, kind="stable")
        weights = (a * b)[order]
        self._lead[i] = float(weights[0])
        relative = [rounded(weight) for weight in (weights / weights[0]).tolist()]
        return [numbers[order].tobytes(), relative if set(relative) != {1.0} else 1.0]

    def _list(self, factors: int) -> tuple[np.ndarray, np.ndarray]:
        """Get a number for each product in a list of factors, and the weights."""
        found = self._lists.get(factors)
        if found is None:
            e = self._e
            products, weights = listed(e, factors)
            numbers, scales = [], []
            for one, weight in zip(products, weights, strict=True):
                numbers.append(sum(self._number(x) for x in one) % 2**64)
                free = (e.base[x] for x in one if e.shift[x] == 0)
                scales.append(weight * math.prod(self._lead.get(x, 1.0) for x in free))
            found = np.array(numbers, np.uint64), np.array(scales)
            self._lists[factors] = found
        return found

    def _number(self, i: int) -> int:
        """Get a number for what a factor computes."""
        key, scale, shift = self.of_id(i)
        content = repr((key, scale if shift else 1.0, shift)).encode()
        return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())
