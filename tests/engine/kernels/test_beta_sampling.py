"""Beta samples: their tables bound the density, and the draws follow scipy's distribution."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import special, stats

from repro.engine.kernels.beta_sampling import (
    ALIAS,
    BID_HIGH,
    BID_LOW,
    BINS,
    COLUMNS,
    LEFT,
    LOWER,
    PIECE,
    PIECES,
    ROWS,
    SLOPE,
    START,
    THRESHOLD,
    UPPER,
    WIDTH,
    draw,
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
    # The mean rounds to 0 or 1.
    (1e-17, 2.0),
    (2.0, 1e-17),
]


def tables_of(alpha: float, beta: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    pieces, bins = np.full((PIECES, COLUMNS), np.nan), np.full((ROWS, 4), np.nan)
    tabulate(alpha, beta, pieces, bins)
    return pieces, bins


@cache
def drawn(alpha: float, beta: float, seed: int = 1) -> NDArray[np.float64]:
    out, generator = np.empty(DRAWS, np.float32), np.random.default_rng(seed)
    draw(generator, np.empty(DRAWS), DRAWS, *tables_of(alpha, beta), out)
    return out.astype(np.float64)


def within(alpha: float, beta: float) -> tuple[NDArray[np.float64], float, float]:
    """Return the draws that are not clamped, sorted, and the probabilities of being below and above."""
    sample, expected = np.sort(drawn(alpha, beta)), stats.beta(alpha, beta)
    # Single-precision numbers just below 1 are 6e-8 apart: those near the clamp are left out.
    low, high = float(BID_LOW), 1 - 2e-6
    inside = sample[(sample > low) & (sample < high)]
    return inside, float(expected.cdf(low)), float(expected.sf(high))


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "beta"), SHAPES)
def test_draws_follow_the_distribution(alpha: float, beta: float) -> None:
    inside, below, above = within(alpha, beta)
    assert drawn(alpha, beta).min() >= BID_LOW
    assert drawn(alpha, beta).max() <= BID_HIGH
    share = 1 - below - above
    # Four standard deviations of a binomial count.
    spread = 4 * math.sqrt(share * (1 - share) / DRAWS) + 1e-9
    assert abs(len(inside) / DRAWS - share) < spread
    if share > 0.01:
        uniform = (stats.beta(alpha, beta).cdf(inside) - below) / share
        distance = np.abs(uniform - (np.arange(len(inside)) + 0.5) / len(inside)).max()
        # Kolmogorov and Smirnov's statistic is above 1.95 with probability 0.001.
        assert distance * math.sqrt(len(inside)) < 1.95


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "beta"), SHAPES)
def test_moments_of_draws(alpha: float, beta: float) -> None:
    """Moments of draws and of their logarithms, which learning uses, both clamped."""
    sample, expected = drawn(alpha, beta), stats.beta(alpha, beta)
    u = (np.arange(100_000) + 0.5) / 100_000
    exact = np.clip(expected.ppf(u), BID_LOW, BID_HIGH)
    for function in (np.asarray, np.square, np.log, lambda x: np.log1p(-x)):
        found, values = function(sample), function(exact)
        # About 80 statistics are tested; the largest is below four standard deviations.
        error = 4 * values.std() / math.sqrt(DRAWS) + 1e-4 * abs(values.mean())
        assert abs(found.mean() - values.mean()) < error


def test_frequencies_of_bins() -> None:
    """A chi-square test on the bins themselves, including those at poles."""
    for alpha, beta in ((0.3, 0.7), (5.0, 0.5), (100.0, 36.0)):
        edges = np.append(tables_of(alpha, beta)[1][:BINS, LEFT], 1.0)
        expected = np.diff(stats.beta(alpha, beta).cdf(edges)) * DRAWS
        counts, _ = np.histogram(drawn(alpha, beta), edges)
        large = expected > 5
        assert large.sum() > 60
        statistic = ((counts - expected)[large] ** 2 / expected[large]).sum()
        assert stats.chi2(large.sum() - 1).sf(statistic) > 1e-3


def areas_of(alpha: float, beta: float, bins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas of all pieces, in order; at a pole, the integral of bound · x^(shape - 1)."""
    below = bins[:BINS, LOWER] * bins[:BINS, WIDTH]
    around = bins[:BINS, UPPER] * bins[:BINS, WIDTH] - below
    for end, shape in ((0, alpha), (BINS - 1, beta)):
        if shape < 1:
            below[end] = 0
            around[end] = bins[end, UPPER] * bins[end, WIDTH] ** shape / shape
    return np.concatenate([below, around])


@example(2.0, math.ulp(1.0))  # the maximum rounds to 1
@given(st.floats(-4, 7), st.floats(-4, 7))
def test_tables_bound_the_density(log_a: float, log_b: float) -> None:
    alpha, beta = math.exp(log_a), math.exp(log_b)
    _, bins = tables_of(alpha, beta)
    assert np.isfinite(bins[:BINS, [LEFT, WIDTH]]).all()
    a, b, level = bins[BINS, :3]
    assert (a, b) == (alpha - 1, beta - 1)
    left, width = bins[:BINS, LEFT], bins[:BINS, WIDTH]
    # The bins partition [0, 1].
    assert left[0] == 0
    assert (width >= 0).all()
    np.testing.assert_allclose(left + width, np.append(left[1:], 1.0), rtol=0, atol=1e-15)

    def log_density(x: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):
            found = special.xlogy(alpha - 1, x) + special.xlog1py(beta - 1, -x) - level
        return np.asarray(found)

    # Far from the peak, log-densities are differences of large numbers.
    slack = 1e-9 * (1 + abs(level))
    inner = np.arange(BINS)[(0 if alpha >= 1 else 1) : BINS - (0 if beta >= 1 else 1)]
    x = np.clip(left[inner, None] + width[inner, None] * np.linspace(0, 1, 33), 0, 1)
    with np.errstate(divide="ignore"):
        top, low = np.log(bins[inner, UPPER, None]), np.log(bins[inner, LOWER, None])
    assert (log_density(x) <= top + slack).all()
    assert (log_density(x) >= low - slack).all()
    # At a pole, the density divided by the pole's power is bounded.
    for end, shape, other in ((0, alpha, beta), (BINS - 1, beta, alpha)):
        if shape < 1:
            x = width[end] * np.linspace(0, 1, 33)
            assert ((1 - x) ** (other - 1) <= bins[end, UPPER] * (1 + 1e-12)).all()


@given(st.floats(-4, 7), st.floats(-4, 7))
def test_places_are_shared_by_the_pieces_in_proportion_to_their_areas(
    log_a: float, log_b: float
) -> None:
    """Walk the lines from places to draws: they cover each piece, and as much as its area says."""
    alpha, beta = math.exp(log_a), math.exp(log_b)
    pieces, bins = tables_of(alpha, beta)
    areas, row = areas_of(alpha, beta, bins), np.arange(PIECES)
    keep = pieces[:, THRESHOLD]
    assert ((keep >= 0) & (keep <= 1)).all()
    shares = np.zeros(PIECES)
    for column, low, high in ((0, np.zeros(PIECES), keep), (ALIAS, keep, np.ones(PIECES))):
        piece = pieces[:, column + PIECE].astype(int)
        assert ((piece >= 0) & (piece < PIECES)).all()
        shares += np.bincount(piece, high - low, PIECES)
        used = high - low > 1e-6  # a line over less is steep, and hardly ever used
        start, slope = pieces[:, column + START], pieces[:, column + SLOPE]
        left, width = bins[piece % BINS, LEFT], bins[piece % BINS, WIDTH]
        for end, x in ((low, left), (high, left + width)):
            found = (start + slope * (row + end))[used]
            np.testing.assert_allclose(found, x[used], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(shares, areas / areas.sum() * PIECES, rtol=1e-6, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "beta"), SHAPES)
def test_acceptance_rate(alpha: float, beta: float) -> None:
    """A bid needs 1 / rate draws on average."""
    alpha, beta = max(alpha, 1e-12), max(beta, 1e-12)  # as the table does
    _, bins = tables_of(alpha, beta)
    mass = math.exp(special.betaln(alpha, beta) - bins[BINS, 2])
    kept = mass / areas_of(alpha, beta, bins).sum()
    # The worst case is a pole with a long tail, for shapes above a thousand.
    assert (0.8 if max(alpha, beta) < 1000 or min(alpha, beta) > 1 else 0.05) < kept < 1 + 1e-9


@pytest.mark.slow
def test_draws_depend_on_the_generator_alone() -> None:
    one, third = drawn(0.3, 0.7), drawn(0.3, 0.7, seed=2)
    other = drawn.__wrapped__(0.3, 0.7)
    assert one.tobytes() == other.tobytes()
    assert np.intersect1d(one, third).size < DRAWS / 50  # single precision has chance meetings


@pytest.mark.parametrize("length", [1, 5, 63, 64, 100, 4096])
def test_numbers_are_used_once_and_then_drawn(length: int) -> None:
    """However few are made ahead, draws are different and follow the distribution."""
    tables = tables_of(2.0, 3.0)
    ahead = np.random.default_rng(7)
    # What lies behind the numbers in memory must not be read.
    behind = np.full(length + 200, np.nan)
    uniform, used, parts = behind[:length], 0, []
    uniform[:] = ahead.random(length)
    for _ in range(40):
        out = np.full(64, np.nan, np.float32)
        used = draw(ahead, uniform, used, *tables, out)
        parts.append(out)
    sample = np.concatenate(parts)
    assert len(np.unique(sample)) > 0.99 * len(sample)
    assert stats.kstest(sample, stats.beta(2, 3).cdf).pvalue > 1e-3


def test_a_draw_by_hand() -> None:
    """With α = β = 1, each bin is a rectangle: the place in it is the draw."""
    pieces, bins = tables_of(1.0, 1.0)
    uniform = np.array([0.0, 0.25, 0.5, 0.999])
    out = np.empty(4, np.float32)
    assert draw(np.random.default_rng(0), uniform.copy(), 0, pieces, bins, out) == 4
    row = (uniform * PIECES).astype(int)
    for u, j, x in zip(uniform, row, out, strict=True):
        own = u * PIECES - j < pieces[j, THRESHOLD]
        column = 0 if own else ALIAS
        line = pieces[j, column + START] + pieces[j, column + SLOPE] * u * PIECES
        assert pieces[j, column + PIECE] < BINS
        assert x == np.clip(np.float32(line), BID_LOW, BID_HIGH)
