"""The permutation test, against SciPy's and permutations counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from repro.statistics.permutation import p_value_of_means


def p_value(one: list[float], other: list[float], seed: int = 0) -> float:
    return p_value_of_means(np.array(one), np.array(other), np.random.default_rng(seed))


def test_by_hand() -> None:
    """Of the 20 ways to choose three of six, two put all three largest together."""
    assert p_value([1, 2, 3], [4, 5, 6]) == pytest.approx(2 / 20, abs=0.01)
    # Of the 4 ways to choose one of four, one is as far from their mean.
    assert p_value([9], [1, 2, 3]) == pytest.approx(1 / 4, abs=0.015)


def test_equal_groups_never_differ() -> None:
    assert p_value([0.8] * 10, [0.8] * 10) == 1
    assert p_value([0.1, 0.2, 0.3], [0.3, 0.1, 0.2]) == 1


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 7e9])
def test_the_unit_does_not_matter(unit: float) -> None:
    """In every unit, permutations that equal the data up to rounding are counted."""
    one, other = np.array([0.1, 0.3, 0.7, 0.2]), np.array([0.6, 0.5, 0.4, 0.9])
    found = p_value((one * unit).tolist(), (other * unit).tolist())
    assert found == p_value(one.tolist(), other.tolist()) == pytest.approx(0.2, abs=0.02)


def test_distant_groups_differ_with_a_positive_p_value() -> None:
    assert 0 < p_value([0.1 + i / 1e3 for i in range(10)], [0.7] * 10) < 0.001


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=6), rng.normal(0.7, 1, size=5)
    exact = stats.permutation_test(
        (one, other), lambda x, y: np.mean(x) - np.mean(y), n_resamples=np.inf
    ).pvalue
    assert p_value_of_means(one, other, rng) == pytest.approx(exact, abs=0.02)
    assert p_value_of_means(other, one, rng) == pytest.approx(exact, abs=0.02)


def test_the_same_state_gives_the_same_value() -> None:
    one, other = [0.1, 0.4, 0.3], [0.5, 0.2, 0.35]
    assert p_value(one, other, 3) == p_value(one, other, 3)


@pytest.mark.parametrize(("runs", "others"), [(10, 10), (4, 9)])
def test_the_false_positive_rate_is_nominal(runs: int, others: int) -> None:
    """5 % of 1000 pairs with a heavy tail, within three standard deviations."""
    rng = np.random.default_rng(runs)
    drawn = rng.lognormal(0, 1, (1000, runs + others))
    found = [p_value_of_means(row[:runs], row[runs:], rng, 99) for row in drawn]
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.021)


def test_two_groups_of_three_cannot_differ() -> None:
    assert p_value([1, 2, 3], [1e6, 2e6, 3e6]) > 0.05
