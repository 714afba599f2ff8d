"""Sums of very many products, as in matrix products, without a node for each product.

The product of two matrices of n × n numbers adds up n³ products. Almost always each of these is computed once and
only added to one sum, so that a node for it would tell nothing: whoever depends on it depends on that sum. An
inner product is therefore one node with two lists of factors, and the n² inner products of two matrices share 2 n
lists. Products that occur elsewhere too are found by `repeated`; they are hidden variables that two gradients can
share, and then they must be nodes of their own.

An inner product stays one node in the flattened graph too, where all other sums are opened. Two gradients that
share the node share its products, so the same pairs are joined as with a node for each product. Only the
description differs: the witness is then the inner product, a sum, where it would be one of its products. For the
same reason a product of matrices with constants other than 0 counts one hidden variable more for each result.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

from repro.causal.symbolic.expressions import FACTORS, INNER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph

Factors = tuple[int, ...]
SUMS = frozenset({"sum", INNER})
"""Operators that add up."""


def factors_of(
    e: ExpressionGraph, products: Sequence[Factors], weights: Sequence[float]
) -> tuple[int, float]:
    """Get the id of a list of products, each times a weight, and the first weight.

    Args:
        e: the nodes.
        products: for each number in the list, its factors; a factor is a base, or an affine function with a shift.
        weights: of the products; in the list they are relative to the first.
    """
    lead = weights[0]
    same = all(weight == lead for weight in weights)
    relative = () if same else tuple(weight / lead for weight in weights)
    single = all(len(one) == 1 for one in products)
    lengths = () if single else tuple(map(len, products))
    return e.apply(FACTORS, tuple(chain.from_iterable(products)), relative, lengths), lead


def inner_product(e: ExpressionGraph, first: int, second: int) -> int:
    """Get the sum of the products of the numbers at equal places in two lists, see `factors_of`."""
    return e.apply(INNER, (first, second) if first < second else (second, first))


def listed(e: ExpressionGraph, factors: int) -> tuple[list[Factors], Sequence[float]]:
    """Get the products and weights of a list, see `factors_of`."""
    parents, (weights, lengths) = e.parents[factors], e.extra[factors]
    products: list[Factors] = [(i,) for i in parents]
    if lengths:
        rest = iter(parents)
        products = [tuple(islice(rest, n)) for n in lengths]  # type: ignore[attr-defined]  # a tuple
    return products, weights or (1.0,) * len(products)  # type: ignore[return-value]  # a tuple of floats


def products_of(e: ExpressionGraph, i: int) -> Iterator[tuple[Factors, float]]:
    """List the products that an inner product adds up, as sorted factors, with their weights."""
    (mine, a), (theirs, b) = (listed(e, factors) for factors in e.parents[i])
    for x, y, v, w in zip(mine, theirs, a, b, strict=True):
        yield tuple(sorted(x + y)), v * w


def size(e: ExpressionGraph, i: int) -> int:
    """Count the products that an inner product adds up."""
    factors = e.parents[i][0]
    return len(e.extra[factors][1] or e.parents[factors])  # type: ignore[arg-type]  # a tuple


def repeated(e: ExpressionGraph, bases: Iterable[int]) -> dict[int, list[int]]:
    """Find the products in inner products that occur elsewhere too, or twice.

    Args:
        e: the nodes.
        bases: where to look: inner products, and nodes that are products.

    Returns:
        For each inner product with such products, their places. A few may be listed by chance.
    """
    bases = list(bases)
    inner = [i for i in bases if e.op[i] == INNER]
    if not inner:
        return {}
    hashes: dict[int, np.ndarray] = {}
    for factors in {factors for i in inner for factors in e.parents[i]}:
        lengths = e.extra[factors][1]
        hashes[factors] = _added(mixed(e.parents[factors]), lengths)  # type: ignore[arg-type]
    parts = [hashes[e.parents[i][0]] + hashes[e.parents[i][1]] for i in inner]
    single = [e.parents[i] for i in bases if e.op[i] == "product"]
    explicit = _added(mixed(list(chain.from_iterable(single))), [len(one) for one in single])
    found = np.concatenate(parts)
    everything = np.sort(np.concatenate([found, explicit]))
    twice = everything[1:][everything[1:] == everything[:-1]]
    if not len(twice):
        return {}
    ends = np.cumsum([len(part) for part in parts])
    where: dict[int, list[int]] = {}
    for place in np.flatnonzero(np.isin(found, twice)).tolist():
        number = int(np.searchsorted(ends, place, side="right"))
        where.setdefault(inner[number], []).append(place - int(ends[number]) + len(parts[number]))
    return where


def mixed(ids: Sequence[int]) -> np.ndarray:
    """Get a pseudo-random number for each id, so that a sum of them identifies a product."""
    # The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    x = np.asarray(ids, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return x ^ (x >> np.uint64(31))


def _added(numbers: np.ndarray, lengths: Sequence[int]) -> np.ndarray:
    """Add up numbers in groups; groups of one if there are no lengths."""
    if not len(lengths) or not len(numbers):
        return numbers
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp)
    return np.add.reduceat(numbers, starts)
