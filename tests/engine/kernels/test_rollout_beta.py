"""Beta samples: their tables bound the density, and the draws follow scipy's distribution."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numba
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import special, stats

from repro.engine.kernels.rollout import (
    ALIAS,
    BINS,
    LEFT,
    LEVEL,
    LOWER,
    THRESHOLD,
    UPPER,
    WIDTH,
    sample_beta,
    tabulate,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 200_000
SHAPES = [
    (1.0, 1.0),
    (0.9999, 1.0001),
    (1.0001, 0.9999),
    (1.0, 0.999),
    (0.3, 0.7),
    (0.05, 0.1),
    (0.1, 0.05),
    (5.0, 0.5),
    (100.0, 36.0),
    (500.0, 1500.0),
    (0.9, 40.0),
    (40.0, 0.9),
    (1.0, 5.0),
    (3.0, 1.0),
    (1.2, 1.1),
    (20.0, 2.0),
    # All of the mass lies within a bin's usual width of the pole.
    (0.9, 1000.0),
    (0.5, 1500.0),
    (1500.0, 0.5),
]


def table_of(alpha: float, beta: float) -> NDArray[np.float64]:
    table = np.full((BINS, 8), np.nan)
    tabulate(alpha, beta, table)
    return table


def fill(
    generator: np.random.Generator,
    alpha: float,
    beta: float,
    table: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    for i in range(out.size):
        out[i] = sample_beta(generator, alpha, beta, table)


compiled_fill = numba.njit(fill)


@cache
def drawn(alpha: float, beta: float, seed: int = 1) -> NDArray[np.float64]:
    out = np.empty(DRAWS)
    compiled_fill(np.random.default_rng(seed), alpha, beta, table_of(alpha, beta), out)
    return out


@pytest.mark.parametrize(("alpha", "beta"), SHAPES)
def test_draws_follow_the_distribution(alpha: float, beta: float) -> None:
    sample, expected = np.sort(drawn(alpha, beta)), stats.beta(alpha, beta)
    assert 0 <= sample[0] < sample[-1] <= 1
    # Floats are sparse just below 1, so points closer than 1e-10 are left out.
    places = expected.ppf(np.linspace(0, 1, 4001)[1:-1])
    places = np.unique(places[(places > 0) & (places < 1 - 1e-10)])
    assert len(places) > 2000
    distance = np.abs(np.searchsorted(sample, places) / DRAWS - expected.cdf(places)).max()
    # Kolmogorov and Smirnov's statistic is above 1.95 with probability 0.001.
    assert distance * math.sqrt(DRAWS) < 1.95


@pytest.mark.parametrize(("alpha", "beta"), SHAPES)
def test_moments_of_draws(alpha: float, beta: float) -> None:
    """Moments of draws, of their squares, and of the logarithms that learning uses."""
    sample, expected = drawn(alpha, beta), stats.beta(alpha, beta)
    moments = [expected.moment(n) for n in range(1, 5)]
    found = [
        (sample.mean(), moments[0], moments[1] - moments[0] ** 2),
        ((sample**2).mean(), moments[1], moments[3] - moments[1] ** 2),
    ]
    total = alpha + beta
    # With a tiny shape, draws are too close to 1 for an exact difference.
    for shape, logs in ((alpha, np.log(sample)), (beta, np.log1p(-sample[sample < 1]))):
        if shape >= 0.5 or shape is alpha:
            mean = special.digamma(shape) - special.digamma(total)
            variance = special.polygamma(1, shape) - special.polygamma(1, total)
            found.append((logs.mean(), mean, variance))
    for mean, exact, variance in found:
        # About 70 statistics are tested; the largest is below four standard deviations.
        assert abs(mean - exact) < 4 * math.sqrt(variance / DRAWS) + 1e-12


def test_frequencies_of_bins() -> None:
    """A chi-square test on the bins themselves, including those at poles."""
    for alpha, beta in ((0.3, 0.7), (5.0, 0.5), (100.0, 36.0)):
        edges = np.append(table_of(alpha, beta)[:, LEFT], 1.0)
        expected = np.diff(stats.beta(alpha, beta).cdf(edges)) * DRAWS
        counts, _ = np.histogram(drawn(alpha, beta), edges)
        large = expected > 5
        assert large.sum() > 60
        statistic = ((counts - expected)[large] ** 2 / expected[large]).sum()
        assert stats.chi2(large.sum() - 1).sf(statistic) > 1e-3


@example(2.0, math.ulp(1.0))  # the maximum rounds to 1
@given(st.floats(-4, 7), st.floats(-4, 7))
def test_tables_bound_the_density(log_a: float, log_b: float) -> None:
    alpha, beta = math.exp(log_a), math.exp(log_b)
    table = table_of(alpha, beta)[:, :7]
    assert np.isfinite(table[:, [LEFT, WIDTH, THRESHOLD, ALIAS, LEVEL]]).all()
    left, width, level = table[:, LEFT], table[:, WIDTH], table[0, LEVEL]
    # The bins partition [0, 1].
    assert left[0] == 0
    assert (width >= 0).all()
    np.testing.assert_allclose(left + width, np.append(left[1:], 1.0), rtol=0, atol=1e-15)
    assert (table[:, LEVEL] == level).all()

    def log_density(x: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):
            found = special.xlogy(alpha - 1, x) + special.xlog1py(beta - 1, -x) - level
        return np.asarray(found)

    # Far from the peak, log-densities are differences of large numbers.
    slack = 1e-9 * (1 + abs(level))
    inner = np.arange(BINS)[(0 if alpha >= 1 else 1) : BINS - (0 if beta >= 1 else 1)]
    x = np.clip(left[inner, None] + width[inner, None] * np.linspace(0, 1, 33), 0, 1)
    with np.errstate(divide="ignore"):
        top, low = np.log(table[inner, UPPER, None]), np.log(table[inner, LOWER, None])
    assert (log_density(x) <= top + slack).all()
    assert (log_density(x) >= low - slack).all()
    # At a pole, the density divided by the pole's power is bounded.
    area = table[:, UPPER] * width
    if alpha < 1:
        x = width[0] * np.linspace(0, 1, 33)
        assert ((1 - x) ** (beta - 1) <= table[0, UPPER] * (1 + 1e-12)).all()
        area[0] = table[0, UPPER] * width[0] ** alpha / alpha
    if beta < 1:
        x = width[-1] * np.linspace(0, 1, 33)
        assert ((1 - x) ** (alpha - 1) <= table[-1, UPPER] * (1 + 1e-12)).all()
        area[-1] = table[-1, UPPER] * width[-1] ** beta / beta

    # Thresholds and aliases reproduce the areas.
    keep, other = table[:, THRESHOLD], table[:, ALIAS].astype(int)
    assert ((keep >= 0) & (keep <= 1)).all()
    assert ((other >= 0) & (other < BINS)).all()
    shares = keep + np.bincount(other, 1 - keep, BINS)
    np.testing.assert_allclose(shares, area / area.sum() * BINS, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("alpha", "beta"), SHAPES)
def test_acceptance_rate(alpha: float, beta: float) -> None:
    """A bid needs 1 / rate draws on average."""
    table = table_of(alpha, beta)
    area = table[:, UPPER] * table[:, WIDTH]
    for end, shape in ((0, alpha), (-1, beta)):
        if shape < 1:
            area[end] = table[end, UPPER] * table[end, WIDTH] ** shape / shape
    kept = math.exp(special.betaln(alpha, beta) - table[0, LEVEL]) / area.sum()
    # The worst case is a pole with a long tail, for shapes above a thousand.
    assert (0.8 if max(alpha, beta) < 1000 or min(alpha, beta) > 1 else 0.05) < kept < 1 + 1e-9


def test_draws_depend_on_the_generator_alone() -> None:
    one, third = drawn(0.3, 0.7), drawn(0.3, 0.7, seed=2)
    other = drawn.__wrapped__(0.3, 0.7)
    assert one.tobytes() == other.tobytes()
    assert not np.intersect1d(one, third).size > DRAWS / 100
