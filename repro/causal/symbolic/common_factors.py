"""Sums that two gradients can share after a common factor is taken out.

r₀ z + r₁ z is (r₀ + r₁) z, so it can share r₀ + r₁ with any other gradient that contains this sum, alone or
with another factor. Eligibility traces and returns times scores are two such codings of one gradient. Each
sum is expanded into products ("monomials") and written in all ways as a common factor times a remaining sum.
Rewriting beyond this, such as completing a square, is not tried.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from repro.causal.symbolic.expressions import CONSTANT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph

Monomial = tuple[int, ...]
"""Ids of factors, sorted; empty for a constant."""
_MOST_MONOMIALS = 1000
"""Sums that expand into more are not expanded."""
_MOST_FORMS = 500
"""Ways of taking a factor out of one sum that are tried."""


class Form(NamedTuple):
    """What remains of a sum when a common factor is taken out.

    Attributes:
        owner: the base of the sum.
        weights: of the remaining monomials.
    """

    owner: int
    weights: Mapping[Monomial, float]


class CommonFactors:
    """The sums that remain when common factors are taken out of others, computed once for each base.

    Attributes:
        given_up: bases with too many monomials, or too many ways of taking a factor out.

    Args:
        flat: flattened expressions.
    """

    def __init__(self, flat: ExpressionGraph) -> None:
        self._flat = flat
        self._forms: dict[int, tuple[Form, ...]] = {}
        self._expanded: dict[int, dict[Monomial, float] | None] = {}
        self.given_up: set[int] = set()

    def forms(self, bases: Iterable[int]) -> list[Form]:
        """List the forms of all sums among some bases."""
        return [form for i in bases if self._flat.op[i] == "sum" for form in self._forms_of(i)]

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
        containing: dict[Monomial, list[int]] = defaultdict(list)
        for number, form in enumerate(second):
            for monomial in form.weights:
                containing[monomial].append(number)
        for form in first:
            counts = Counter(n for monomial in form.weights for n in containing.get(monomial, ()))
            for number in sorted(n for n, count in counts.items() if count > 1):
                other = second[number]
                common = _in_one_ratio(form.weights, other.weights, tolerance)
                if len(common) > 1:
                    return self._part(form, common), (form.owner, other.owner)
        return None

    def _part(self, form: Form, common: Iterable[Monomial]) -> int:
        flat = self._flat
        terms = [(_product(flat, monomial), form.weights[monomial]) for monomial in common]
        return flat.base[flat.combination(terms)]

    def _forms_of(self, i: int) -> tuple[Form, ...]:
        known = self._forms.get(i)
        if known is None:
            known = self._forms[i] = tuple(self._factored(i))
        return known

    def _factored(self, i: int) -> list[Form]:
        """Take all factors out that two or more monomials have in common."""
        expanded = self._expand(i)
        if expanded is None:
            self.given_up.add(i)
            expanded = {_monomial(self._flat, term): w for term, w in self._flat.terms(i).items()}
        start = tuple(expanded)
        queue, seen, found = [start], {start}, []
        for group in queue:
            if len(seen) > _MOST_FORMS:
                self.given_up.add(i)
                break
            factor = _common(group)
            reduced = {monomial: _without(monomial, factor) for monomial in group}
            weights = {rest: expanded[monomial] for monomial, rest in reduced.items() if rest}
            if len(weights) > 1:
                found.append(Form(i, weights))
            holders: dict[int, list[Monomial]] = defaultdict(list)
            for monomial, rest in reduced.items():
                for one in set(rest):
                    holders[one].append(monomial)
            for some in holders.values():
                part = tuple(some)
                if len(part) > 1 and part not in seen:
                    seen.add(part)
                    queue.append(part)
        return found

    def _expand(self, i: int) -> dict[Monomial, float] | None:
        """Write an id as weights of monomials whose factors are not sums; None if they are too many."""
        flat = self._flat
        base, scale, shift = flat.base[i], flat.scale[i], flat.shift[i]
        if base == CONSTANT:
            return {(): shift}
        if base not in self._expanded:
            self._expanded[base] = self._expand_base(base)
        known = self._expanded[base]
        if known is None or (scale == 1 and shift == 0):
            return known
        made = {monomial: scale * weight for monomial, weight in known.items()}
        made[()] = made.get((), 0.0) + shift
        return made

    def _expand_base(self, base: int) -> dict[Monomial, float] | None:
        flat, total = self._flat, Counter[Monomial]()
        if flat.op[base] == "sum":
            for term, weight in flat.terms(base).items():
                part = self._expand(term)
                if part is None or len(total) > _MOST_MONOMIALS:
                    return None
                for monomial, w in part.items():
                    total[monomial] += weight * w  # type: ignore[assignment]  # a float
        elif flat.op[base] == "product":
            total[()] = 1
            for factor in flat.parents[base]:
                part = self._expand(factor)
                if part is None or len(part) * len(total) > _MOST_MONOMIALS:
                    return None
                before, total = total, Counter()
                for a, v in before.items():
                    for b, w in part.items():
                        total[tuple(sorted(a + b))] += v * w  # type: ignore[assignment]  # a float
        else:
            total[base,] = 1
        return {monomial: weight for monomial, weight in total.items() if weight}


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
    factors = CommonFactors(flat)
    found = factors.shared(factors.forms(first), factors.forms(second), tolerance)
    return found or shared_product(flat, first, second)


def shared_product(
    flat: ExpressionGraph, first: Iterable[int], second: Iterable[int]
) -> tuple[int, tuple[int, int]] | None:
    """Find a product that is part of a base in `first` and of a base in `second`.

    Args:
        flat: flattened expressions; the shared part is added to them.
        first: bases.
        second: bases.

    Returns:
        The base of the shared part, and the two bases that contain it; None if there is none.
    """
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
    mine: Mapping[Monomial, float], theirs: Mapping[Monomial, float], tolerance: float
) -> tuple[Monomial, ...]:
    """Find the most terms that two sums have in common with weights in one ratio."""
    groups: list[list[Monomial]] = []
    last = None
    common = mine.keys() & theirs.keys()
    for ratio, term in sorted((mine[term] / theirs[term], term) for term in common):
        if last is None or abs(ratio - last) > tolerance * abs(ratio):
            groups.append([])
        groups[-1].append(term)
        last = ratio
    return tuple(sorted(max(groups, key=len))) if groups else ()


def _monomial(flat: ExpressionGraph, i: int) -> Monomial:
    return tuple(sorted(flat.parents[i])) if flat.op[i] == "product" else (i,)


def _product(flat: ExpressionGraph, monomial: Monomial) -> int:
    return monomial[0] if len(monomial) == 1 else flat.apply("product", monomial)


def _common(group: Sequence[Monomial]) -> Monomial:
    """Get the factors that all monomials have in common."""
    shared = Counter(group[0])
    for monomial in group[1:]:
        if not shared:
            break
        shared &= Counter(monomial)
    return tuple(shared.elements())


def _without(monomial: Monomial, factor: Monomial) -> Monomial:
    if not factor:
        return monomial
    rest = Counter(monomial)
    rest.subtract(factor)
    return tuple(sorted(rest.elements()))
