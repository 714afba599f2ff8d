"""The interval of an exact permutation test, against scipy's test and by hand."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import permutation_test

from repro.errors import UserError
from repro.statistics import difference_of_means

if TYPE_CHECKING:
    from numpy.typing import NDArray


def p_value(
    one: NDArray[np.float64], other: NDArray[np.float64], shift: float, alternative: str
) -> float:
    """Test by scipy whether `one` less a shift differs from `other`, over all splits."""
    found = permutation_test(
        (one - shift, other),
        lambda x, y, axis: x.mean(axis) - y.mean(axis),
        n_resamples=np.inf,
        alternative=alternative,
    )
    return float(found.pvalue)


@pytest.mark.parametrize(("first", "second"), [(4, 4), (3, 5), (6, 4), (5, 5)])
def test_ends_are_where_scipys_test_begins_to_reject(first: int, second: int) -> None:
    rng = np.random.default_rng(first)
    one, other = rng.normal(1, 1, first), rng.normal(0, 2, second)
    found = difference_of_means(one, other, 0.9)
    small = 1e-6
    assert p_value(one, other, found.low - small, "greater") <= 0.05
    assert p_value(one, other, found.low + small, "greater") > 0.05
    assert p_value(one, other, found.high + small, "less") <= 0.05
    assert p_value(one, other, found.high - small, "less") > 0.05


def test_by_hand() -> None:
    # Twenty splits; at a level of 90 % one of them may lie beyond each end. Subtracting d from 10, 11, 12 gives
    # 10 - d and so on; the first split to overtake what was seen exchanges the smallest of one group for the
    # largest of the other, and does so where they are equal: at 10 - d = 3 and, at the other end, 12 - d = 1.
    found = difference_of_means(np.array([10.0, 11.0, 12.0]), np.array([1.0, 2.0, 3.0]), 0.9)
    assert (found.value, found.low, found.high) == pytest.approx((9, 7, 11), rel=1e-12)


def test_too_few_units_give_no_bound() -> None:
    found = difference_of_means(np.array([10.0, 11.0, 12.0]), np.array([1.0, 2.0, 3.0]))
    assert (found.low, found.high) == (-math.inf, math.inf)


NUMBERS = st.lists(st.integers(-50, 50).map(float), min_size=4, max_size=6).map(np.array)


@given(NUMBERS, NUMBERS, st.integers(-20, 20), st.integers(1, 5))
def test_it_moves_with_the_data(
    one: NDArray[np.float64], other: NDArray[np.float64], shift: int, scale: int
) -> None:
    before = difference_of_means(one, other)
    after = difference_of_means(scale * (one + shift), scale * other)
    assert after.value == pytest.approx(scale * (before.value + shift), abs=1e-9)
    assert after.low == pytest.approx(scale * (before.low + shift), abs=1e-9)
    assert after.high == pytest.approx(scale * (before.high + shift), abs=1e-9)
    mirrored = difference_of_means(other, one)
    assert mirrored.low == pytest.approx(-before.high, abs=1e-9)
    assert before.low - 1e-9 <= before.value <= before.high + 1e-9


def test_it_covers_the_shift_in_its_share_of_all_splits() -> None:
    # For fixed figures of which each split is equally likely, coverage is a count, not an estimate.
    figures = np.array([0.1, 0.4, 1.3, 2.2, 2.9, 4.7, 5.5, 8.0])
    hits = 0
    for chosen in combinations(range(8), 4):
        inside = np.isin(np.arange(8), chosen)
        found = difference_of_means(figures[inside] + 3, figures[~inside], 0.9)
        hits += found.low <= 3 + 1e-12 and found.high >= 3 - 1e-12
    assert 0.9 <= hits / math.comb(8, 4) < 1


@pytest.mark.parametrize(("first", "second"), [(0, 3), (3, 0)])
def test_an_empty_group_is_an_error(first: int, second: int) -> None:
    with pytest.raises(UserError, match="expected at least one each"):
        difference_of_means(np.zeros(first), np.zeros(second))


def test_too_many_splits_are_an_error() -> None:
    with pytest.raises(UserError, match="2,704,156 ways"):
        difference_of_means(np.zeros(12), np.zeros(12))
