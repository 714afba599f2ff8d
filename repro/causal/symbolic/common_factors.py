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
from repro.causal.symbolic.expansion import Expansion
from repro.causal.symbolic.expressions import INNER
from repro.causal.symbolic.inner_products import SUMS
from repro.causal.symbolic.shared_products import shared_product

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from repro.causal.symbolic.expansion import Factors, Polynomial
    from repro.causal.symbolic.expressions import ExpressionGraph

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
        self._expansion = Expansion(flat, common)
        self._forms: dict[int, list[tuple[object, Form]]] = {}
        self._terms: dict[int, Mapping[int, float]] = {}

    def forms(self, bases: Iterable[int]) -> list[Form]:
        """List the forms of all sums among some bases; multiples of one form are listed once."""
        found: dict[object, Form] = {}
        for i in bases:
            if i not in self._forms:
                is_sum = self._flat.op[i] in SUMS and self._has_two_sources(i)
                forms = self._forms_of(i) if is_sum else []
                self._forms[i] = [(_multiples(form), form) for form in forms]
            for key, form in self._forms[i]:
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
        if self._needs_no_expansion(i):
            return []
        groups: dict[Factors, dict[Factors, float]] = defaultdict(dict)
        expanded = self._expansion.expand(i)
        for (other, common), weight in expanded.items():
            if common:
                groups[other][common] = weight
        found = []
        for given in itertools.chain(groups.values(), self._by_term(expanded)):
            least = _ROUNDING * max(map(abs, given.values()), default=0.0)
            weights = {one: weight for one, weight in given.items() if abs(weight) > least}
            if len(weights) > 1:
                found += [Form(i, rest) for rest in _reduced(weights)]
        return found

    def _needs_no_expansion(self, i: int) -> bool:
        """Return whether a sum has no forms, or only those of an inner product that is one of its terms."""
        flat, expansion = self._flat, self._expansion
        if flat.op[i] == INNER:
            return not expansion.may_have_forms(i)
        terms = [term for term in flat.parents[i] if expansion.mask(term)]
        return len(terms) == 1 and flat.op[terms[0]] == INNER and terms[0] not in self._common

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
                if factor not in self._terms:
                    self._terms[factor] = flat.terms(factor)
                for term, part in self._terms[factor].items():
                    found = groups[term]
                    found[common] = found.get(common, 0.0) + weight * part
            yield from groups.values()

    def _has_two_sources(self, i: int) -> bool:
        """Return whether a sum has common numbers other than those of one factor, which is examined itself."""
        mask = self._expansion.mask
        if mask(i).bit_count() < 2:  # noqa: PLR2004 - a sum has two
            return False
        flat = self._flat
        sources: set[int] = set()
        for term in flat.parents[i] if flat.op[i] == "sum" else (i,):
            if flat.op[term] == INNER and term not in self._common:
                sources.update(x for x in flat.sources(term) if mask(x))
                continue
            is_product = flat.op[term] == "product" and term not in self._common
            factors = [flat.base[x] for x in flat.parents[term]] if is_product else [term]
            sources.update(x for x in factors if mask(x))
        return len(sources) > 1


def _multiples(form: Form) -> object:
    """Get what all multiples of a form have in common."""
    terms = sorted(form.weights.items())
    lead = terms[0][1]
    return tuple((one, round(weight / lead, _DIGITS)) for one, weight in terms)


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
    above = [reachable(bases, flat.sources) for bases in (first, second)]
    common = above[0] & above[1]
    factors = CommonFactors(flat, common - {*first, *second})
    found = factors.shared(factors.forms(first), factors.forms(second), tolerance)
    return found or shared_product(flat, first, second)


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
    size = max((len(group) for group in groups), default=0)
    return next((tuple(sorted(group)) for group in groups if len(group) == size), ())


def _reduced(weights: dict[Factors, float]) -> Iterable[dict[Factors, float]]:
    """List the sums that remain when numbers are taken out that two or more products have in common."""
    if all(len(one) == 1 for one in weights):
        yield weights
        return
    queue, seen = [tuple(weights)], {tuple(weights)}
    for group in queue:
        factor = _common(group)
        reduced = {one: _without(one, factor) for one in group}
        rest = {new: weights[one] for one, new in reduced.items() if new}
        if len(rest) > 1:
            yield rest
        holders: dict[int, list[Factors]] = defaultdict(list)
        for one, new in reduced.items():
            for number in set(new) if len(new) > 1 else ():
                holders[number].append(one)
        for part in map(tuple, holders.values()):
            if len(part) > 1 and part not in seen and len(seen) < _MOST_GROUPS:
                seen.add(part)
                queue.append(part)


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
