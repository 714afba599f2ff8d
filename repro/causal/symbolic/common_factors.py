"""Sums and products that two gradients can share, also after a common factor is taken out.

r₀ z + r₁ z is (r₀ + r₁) z, so it can share r₀ + r₁ with any other gradient that contains this sum, alone or
with another factor. Eligibility traces and returns times scores are two such codings of one gradient.

Only numbers that both gradients depend on can be in a shared sum. Each sum is expanded into products, and
these are grouped by their other factors: each group is a factor times a sum of common numbers. Rewriting
beyond this, such as completing a square, is not tried, and neither are sums with very many products.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from repro.causal.graphs.reachability import reachable
from repro.causal.symbolic.expressions import CONSTANT, rounded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph

Factors = tuple[int, ...]
"""Ids of factors, sorted."""
Polynomial = dict[tuple[Factors, Factors], float]
"""Weights of products, by their factors that are not common and those that are."""
_MOST_PRODUCTS = 1000
"""A base that expands into more is not expanded."""
_MOST_GROUPS = 200
"""Ways of taking a common number out of a sum that are tried."""


class Form(NamedTuple):
    """A sum of products of common numbers that is part of another sum, maybe with a factor.

    Attributes:
        owner: the base of the other sum.
        weights: of the products.
    """

    owner: int
    weights: Mapping[Factors, float]


class CommonFactors:
    """The sums of common numbers that are part of other sums.

    Args:
        flat: flattened expressions.
        common: bases that two gradients both depend on.
    """

    def __init__(self, flat: ExpressionGraph, common: Collection[int]) -> None:
        self._flat = flat
        self._common = common
        self._expanded: dict[int, Polynomial] = {}
        self._touches: dict[int, bool] = {CONSTANT: False}

    def forms(self, bases: Iterable[int]) -> list[Form]:
        """List the forms of all sums among some bases; multiples of one form are listed once."""
        sums = [i for i in bases if self._flat.op[i] == "sum" and self._is_mixed(i)]
        found: dict[object, Form] = {}
        for i in sums:
            for form in self._forms_of(i):
                terms = sorted(form.weights.items())
                lead = terms[0][1]
                key = tuple((one, rounded(weight / lead)) for one, weight in terms)
                found.setdefault(key, form)
        return list(found.values())

    def shared(
        self, first: Sequence[Form], second: Sequence[Form], tolerance: float
    ) -> tuple[int, tuple[int, int]] | None:
        """Find a sum that is part of a form of each list.

        Args:
            first: forms.
            second: forms.
            tolerance: relative difference up to which two ratios of weights are equal.

        Returns:
            The base of the shared sum, which is added to the expressions, and the two bases that contain
            it; None if there is none.
        """
        containing: dict[Factors, list[int]] = defaultdict(list)
        for number, form in enumerate(second):
            for product in form.weights:
                containing[product].append(number)
        for form in first:
            counts = Counter(n for product in form.weights for n in containing.get(product, ()))
            for number in sorted(n for n, count in counts.items() if count > 1):
                other = second[number]
                same = _in_one_ratio(form.weights, other.weights, tolerance)
                if len(same) > 1:
                    return self._part(form, same), (form.owner, other.owner)
        return None

    def _part(self, form: Form, products: Iterable[Factors]) -> int:
        flat = self._flat
        terms = [
            (one[0] if len(one) == 1 else flat.apply("product", one), form.weights[one])
            for one in products
        ]
        return flat.base[flat.combination(terms)]

    def _forms_of(self, i: int) -> list[Form]:
        """Group products by factors that are not common, then take out numbers that are."""
        groups: dict[Factors, dict[Factors, float]] = defaultdict(dict)
        for (other, common), weight in self._expand(i).items():
            if common and weight:
                groups[other][common] = weight
        found = []
        for weights in groups.values():
            queue, seen = [tuple(weights)], {tuple(weights)}
            for group in queue:
                factor = _common(group)
                reduced = {one: _without(one, factor) for one in group}
                rest = {new: weights[one] for one, new in reduced.items() if new}
                if len(rest) > 1:
                    found.append(Form(i, rest))
                holders: dict[int, list[Factors]] = defaultdict(list)
                for one, new in reduced.items():
                    for number in set(new) if len(new) > 1 else ():
                        holders[number].append(one)
                for some in holders.values():
                    part = tuple(some)
                    if len(part) > 1 and part not in seen and len(seen) < _MOST_GROUPS:
                        seen.add(part)
                        queue.append(part)
        return found

    def _is_mixed(self, base: int) -> bool:
        """Return whether a base is a common number, or a sum or product that contains one."""
        known = self._touches.get(base)
        if known is None:
            flat = self._flat
            parents = flat.parents[base] if flat.op[base] in {"sum", "product"} else ()
            known = base in self._common or any(self._is_mixed(flat.base[p]) for p in parents)
            self._touches[base] = known
        return known

    def _expand(self, i: int) -> Polynomial:
        """Expand an id; parts without common numbers stay one factor."""
        flat = self._flat
        base, scale, shift = flat.base[i], flat.scale[i], flat.shift[i]
        if base == CONSTANT:
            return {((), ()): shift}
        known = self._expanded.get(base)
        if known is None:
            known = self._expand_base(base) if self._is_mixed(base) else None
            self._expanded[base] = known = known or {((base,), ()): 1.0}
        if scale == 1 and shift == 0:
            return known
        made = {product: scale * weight for product, weight in known.items()}
        if shift:
            made[(), ()] = made.get(((), ()), 0.0) + shift
        return made

    def _expand_base(self, base: int) -> Polynomial | None:
        """Expand a sum or product with common numbers; None if it has too many products."""
        flat = self._flat
        total: Polynomial = {}
        if base in self._common:
            return {((), (base,)): 1.0}
        if flat.op[base] == "sum":
            for term, weight in flat.terms(base).items():
                if not self._is_mixed(term):
                    total[(-2 - base,), ()] = 1.0  # all such terms together
                    continue
                for product, w in self._expand(term).items():
                    total[product] = total.get(product, 0.0) + weight * w
                if len(total) > _MOST_PRODUCTS:
                    return None
            return total
        return self._multiply(base, linear=True) or self._multiply(base, linear=False)

    def _multiply(self, base: int, *, linear: bool) -> Polynomial | None:
        """Expand a product with common numbers; None if it has too many products.

        Args:
            base: of the product.
            linear: whether to write factors that are sums without common numbers as sums, because those
                of other products may have terms in common with them, as the traces of two steps have.
        """
        total: Polynomial = {((), ()): 1.0}
        for factor in self._flat.parents[base]:
            part = self._expand(factor)
            if linear and not self._is_mixed(self._flat.base[factor]):
                part = {((one,), ()): weight for one, weight in self._flat.terms(factor).items()}
                part[(), ()] = self._flat.shift[factor]
            if len(part) * len(total) > _MOST_PRODUCTS:
                return None
            before, total = total, {}
            for (a, b), v in before.items():
                for (c, d), w in part.items():
                    product = (tuple(sorted(a + c)), tuple(sorted(b + d)))
                    total[product] = total.get(product, 0.0) + v * w
        return total


def shared_part(
    flat: ExpressionGraph, first: Sequence[int], second: Sequence[int], tolerance: float = 1e-5
) -> tuple[int, tuple[int, int]] | None:
    """Find a sum or a product that is part of a base in `first` and of a base in `second`.

    Args:
        flat: flattened expressions; the shared part is added to them.
        first: bases.
        second: bases.
        tolerance: relative difference up to which two ratios of weights are equal.

    Returns:
        The base of the shared part, and the two bases that contain it; None if there is none.
    """
    common = reachable(first, flat.sources) & reachable(second, flat.sources)
    factors = CommonFactors(flat, common - {*first, *second})
    found = factors.shared(factors.forms(first), factors.forms(second), tolerance)
    return found or shared_product(flat, first, second)


def shared_product(
    flat: ExpressionGraph, first: Iterable[int], second: Iterable[int]
) -> tuple[int, tuple[int, int]] | None:
    """Find a product that is part of a base in `first` and of a base in `second`; see `shared_part`."""
    theirs = [(i, Counter(flat.parents[i])) for i in second if flat.op[i] == "product"]
    reach = {factor for _, factors in theirs for factor in factors}
    for i in first:
        if flat.op[i] != "product":
            continue
        mine = Counter(factor for factor in flat.parents[i] if factor in reach)
        if mine.total() < 2:  # noqa: PLR2004 - one common factor is not a product
            continue
        for other, factors in theirs:
            if (mine & factors).total() > 1:
                common = tuple((mine & factors).elements())
                return flat.apply("product", common), (i, other)
    return None


def _in_one_ratio(
    mine: Mapping[Factors, float], theirs: Mapping[Factors, float], tolerance: float
) -> tuple[Factors, ...]:
    """Find the most products that two sums have in common with weights in one ratio."""
    groups: list[list[Factors]] = []
    last = None
    common = mine.keys() & theirs.keys()
    for ratio, one in sorted((mine[one] / theirs[one], one) for one in common):
        if last is None or abs(ratio - last) > tolerance * abs(ratio):
            groups.append([])
        groups[-1].append(one)
        last = ratio
    return tuple(sorted(max(groups, key=len))) if groups else ()


def _common(group: Sequence[Factors]) -> Factors:
    """Get the factors that all products have in common."""
    shared = Counter(group[0])
    for one in group[1:]:
        if not shared:
            break
        shared &= Counter(one)
    return tuple(shared.elements())


def _without(product: Factors, factor: Factors) -> Factors:
    if not factor:
        return product
    rest = Counter(product)
    rest.subtract(factor)
    return tuple(sorted(rest.elements()))
