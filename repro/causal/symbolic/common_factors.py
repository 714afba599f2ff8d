"""Sums and products that two gradients can share, also after a common factor is taken out.

r₀ z + r₁ z is (r₀ + r₁) z, so it can share r₀ + r₁ with any other gradient that contains this sum, alone or
with another factor. Eligibility traces and returns times scores are two such codings of one gradient.

Only numbers that both gradients depend on can be in a shared sum. Each sum is expanded into products, and
these are grouped by their other factors: each group is a factor times a sum of common numbers. Rewriting
beyond this, such as completing a square, is not tried, and neither are sums with very many products.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from repro.causal.graphs.reachability import reachable
from repro.causal.symbolic.expressions import CONSTANT

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
_DIGITS = 8
"""Decimals to which two forms must agree to be multiples of one another."""
_ROUNDING = 1e-9
"""Weights that are smaller, relative to the largest, are rounding errors."""


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
        self._bits = {number: 1 << place for place, number in enumerate(sorted(common))}
        self._masks: dict[int, int] = {CONSTANT: 0}

    def forms(self, bases: Iterable[int]) -> list[Form]:
        """List the forms of all sums among some bases; multiples of one form are listed once."""
        sums = [i for i in bases if self._flat.op[i] == "sum" and self._has_two_sources(i)]
        found: dict[object, Form] = {}
        for i in sums:
            for form in self._forms_of(i):
                terms = sorted(form.weights.items())
                lead = terms[0][1]
                key = tuple((one, round(weight / lead, _DIGITS)) for one, weight in terms)
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
        expanded = self._expand(i)
        for (other, common), weight in expanded.items():
            if common:
                groups[other][common] = weight
        found = []
        for given in itertools.chain(groups.values(), self._by_term(expanded)):
            least = _ROUNDING * max(map(abs, given.values()), default=0.0)
            weights = {one: weight for one, weight in given.items() if abs(weight) > least}
            if len(weights) < 2:  # noqa: PLR2004 - a sum has two
                continue
            if all(len(one) == 1 for one in weights):
                found.append(Form(i, weights))
                continue
            queue, seen = [tuple(weights)], {tuple(weights)}
            for group in queue:
                factor = _common(group)
                reduced = {one: _without(one, factor) for one in group}
                rest = {new: weights[one] for one, new in reduced.items() if new}
                if len(rest) > 1:
                    found.append(Form(i, rest))
                holders: dict[int, list[Factors]] = defaultdict(list)
                for one in group:
                    new = reduced[one]
                    for number in set(new) if len(new) > 1 else ():
                        holders[number].append(one)
                for some in holders.values():
                    part = tuple(some)
                    if len(part) > 1 and part not in seen and len(seen) < _MOST_GROUPS:
                        seen.add(part)
                        queue.append(part)
        return found

    def _by_term(self, expanded: Polynomial) -> Iterable[dict[Factors, float]]:
        """Group products by single terms of factors that are sums without common numbers.

        Such sums may have terms in common, as eligibility traces of two steps have.
        """
        flat = self._flat
        holders: dict[Factors, list[tuple[int, Factors, float]]] = defaultdict(list)
        for (other, common), weight in expanded.items():
            for place, factor in enumerate(other if common else ()):
                if factor >= 0 and flat.op[flat.base[factor]] == "sum":
                    rest = other[:place] + other[place + 1 :]
                    holders[rest].append((factor, common, weight))
        for some in holders.values():
            if len({common for _, common, _ in some}) < 2:  # noqa: PLR2004 - a sum has two
                continue
            groups: dict[int, dict[Factors, float]] = defaultdict(dict)
            for factor, common, weight in some:
                for term, part in flat.terms(factor).items():
                    found = groups[term]
                    found[common] = found.get(common, 0.0) + weight * part
            yield from groups.values()

    def _has_two_sources(self, i: int) -> bool:
        """Return whether a sum has common numbers other than those of one factor, which is examined itself."""
        if self._mask(i).bit_count() < 2:  # noqa: PLR2004 - a sum has two
            return False
        flat, sources = self._flat, set()
        for term in flat.parents[i]:
            is_product = flat.op[term] == "product" and term not in self._bits
            factors = [flat.base[x] for x in flat.parents[term]] if is_product else [term]
            sources.update(x for x in factors if self._mask(x))
        return len(sources) > 1

    def _mask(self, base: int) -> int:
        """Get a bit for each common number that a base, or a sum or product, contains."""
        known = self._masks.get(base)
        if known is None:
            known = self._bits.get(base, 0)
            if not known and self._flat.op[base] in {"sum", "product"}:
                for parent in self._flat.parents[base]:
                    known |= self._mask(self._flat.base[parent])
            self._masks[base] = known
        return known

    def _expand(self, i: int) -> Polynomial:
        """Expand an id; parts without common numbers stay one factor."""
        flat = self._flat
        base, scale, shift = flat.base[i], flat.scale[i], flat.shift[i]
        if base == CONSTANT:
            return {((), ()): shift}
        known = self._expanded.get(base)
        if known is None:
            known = self._expand_base(base) if self._mask(base) else None
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
                if not self._mask(term):
                    total[(-2 - base,), ()] = 1.0  # all such terms together
                    continue
                for product, w in self._expand(term).items():
                    total[product] = total.get(product, 0.0) + weight * w
                if len(total) > _MOST_PRODUCTS:
                    return None
            return total
        bases = [flat.base[factor] for factor in flat.parents[base]]
        # A sum that is a factor is examined by itself, so a product of two of them need not be expanded.
        if sum(flat.op[i] == "sum" and self._mask(i) > 0 for i in bases if i != CONSTANT) > 1:
            return None
        total = {((), ()): 1.0}
        for factor in flat.parents[base]:
            part = self._expand(factor)
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
