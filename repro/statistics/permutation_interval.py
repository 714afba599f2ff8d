"""The interval that belongs to a permutation test: a difference in means between two groups of few units."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError
from repro.statistics.permutation import ROUNDING
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SPLITS = 1_000_000
"""More ways to split the units than this are not enumerated."""


def difference_of_means(
    one: NDArray[np.float64], other: NDArray[np.float64], level: float = 0.95
) -> Estimate:
    """Compute a difference of two means, with the interval of shifts that an exact permutation test keeps.

    The interval holds every shift that the test does not reject if it is subtracted from the first group: the
    test of each side has size (1 - level) / 2. If the groups differ by a shift alone, the interval covers it
    with a probability of at least `level`, for any distribution and any number of units (Ernst, "Permutation
    methods: a basis for exact inference", 2004). All splits are enumerated: nothing is drawn.

        >>> difference_of_means(np.array([5.0, 6.0, 7.0, 8.0]), np.array([1.0, 2.0, 3.0, 4.0]))
        Estimate(value=4.0, low=1.0, high=7.0, unit='', bound='exact')

    Args:
        one: one figure per unit, [units], at least one unit.
        other: likewise, of the second group; the groups may differ in size.
        level: between 0 and 1.

    Returns:
        Mean of `one` minus mean of `other`. An end is infinite if there are too few units to reject any shift.

    Raises:
        UserError: a group is empty, or there are more than a million ways to split the units.
    """
    if not one.size or not other.size:
        raise UserError(
            f"difference of means: given {one.size} and {other.size} units; expected at least one each"
        )
    units = one.size + other.size
    splits = math.comb(units, one.size)
    if splits > MOST_SPLITS:
        raise UserError(
            f"difference of means: given {one.size} and {other.size} units, which can be split in {splits:,} "
            f"ways; expected at most {MOST_SPLITS:,}: use a test that draws permutations"
        )
    figures = np.concatenate([one, other])
    seen = float(one.mean() - other.mean())
    # With the shift d subtracted from the first group, a split has the difference `found` - d `share`, and
    # the groups themselves have `seen` - d. They are equal at `turn`.
    weights = _weights(one.size, other.size)
    found, share = weights @ figures, weights[:, : one.size].sum(axis=1)
    others = share < 1 - ROUNDING
    turn = np.sort((seen - found[others]) / (1 - share[others]))
    # The groups' own split always reaches what was seen; so a shift is kept if `most` others do, too.
    most = math.floor(splits * (1 - level) / 2 + ROUNDING)
    if most < 1:
        return Estimate(seen, -math.inf, math.inf)
    return Estimate(seen, float(turn[most - 1]), float(turn[-most]))


@lru_cache(maxsize=4)
def _weights(first: int, second: int) -> NDArray[np.float64]:
    """Return the weight of each unit in the difference of means of each split, [splits, units]."""
    units = first + second
    rows = np.array([*combinations(range(units), first)])
    weights = np.full((len(rows), units), -1 / second)
    np.put_along_axis(weights, rows, 1 / first, axis=1)
    return weights
