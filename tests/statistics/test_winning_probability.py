"""Probabilities of winning an auction, against closed forms, exact fractions, other quadrature and draws."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from repro.errors import UserError
from repro.statistics import inversions, winning_probabilities
from repro.statistics.winning_probability import ACCURACY, LARGEST, SMALLEST

SHAPES = st.floats(math.log(SMALLEST), math.log(LARGEST)).map(
    lambda log: min(max(math.exp(log), SMALLEST), LARGEST)
)


def won(*shapes: tuple[float, float], copies: int = 2) -> list[float]:
    alpha, beta = np.array(shapes, np.float64).T
    found: list[float] = winning_probabilities(alpha, beta, copies).tolist()
    return found


def exact(*shapes: tuple[int, int], copies: int) -> list[float]:
    """Integrate polynomials with fractions; densities of whole shapes are polynomials."""

    def times(p: list[Fraction], q: list[Fraction]) -> list[Fraction]:
        made = [Fraction(0)] * (len(p) + len(q) - 1)
        for i, x in enumerate(p):
            for j, y in enumerate(q):
                made[i + j] += x * y
        return made

    def power(p: list[Fraction], exponent: int) -> list[Fraction]:
        made = [Fraction(1)]
        for _ in range(exponent):
            made = times(made, p)
        return made

    densities, distributions = [], []
    for a, b in shapes:
        scale = Fraction(math.factorial(a + b - 1), math.factorial(a - 1) * math.factorial(b - 1))
        falling = power([Fraction(1), Fraction(-1)], b - 1)
        density = [Fraction(0)] * (a - 1) + [scale * c for c in falling]
        densities.append(density)
        distributions.append([Fraction(0)] + [c / (i + 1) for i, c in enumerate(density)])
    found = []
    for k, density in enumerate(densities):
        product = times([copies * c for c in density], power(distributions[k], copies - 1))
        for j, distribution in enumerate(distributions):
            product = times(product, power(distribution, copies)) if j != k else product
        found.append(float(sum(c / (i + 1) for i, c in enumerate(product))))
    return found


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_mechanisms_that_bid_alike_win_alike(copies: int) -> None:
    assert won((1, 1), (1, 1), copies=copies) == pytest.approx([1 / 2] * 2, abs=ACCURACY)
    assert won(*[(0.03, 40.0)] * 6, copies=copies) == pytest.approx([1 / 6] * 6, abs=ACCURACY)
    assert won((2, 3), copies=copies) == pytest.approx([1], abs=ACCURACY)


@pytest.mark.parametrize("copies", [1, 2, 3])
@pytest.mark.parametrize("alphas", [(1, 3), (0.01, 0.2, 7, 500), (2e-3, 1e5)])
def test_powers_of_uniform_bids(alphas: tuple[float, ...], copies: int) -> None:
    """The best of c bids from Beta(a, 1) has the distribution function x^(ca), so k wins by a / Σ a."""
    expected = [alpha / sum(alphas) for alpha in alphas]
    assert won(*((a, 1) for a in alphas), copies=copies) == pytest.approx(expected, abs=ACCURACY)


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 0.5), (0.01, 30), (1e-3, 0.1)])
def test_exponential_bids(first: float, second: float) -> None:
    """If a bid X is from Beta(1, b), -log(1 - X) is exponential with rate b."""
    assert won((1, first), (1, second), copies=1)[0] == pytest.approx(
        second / (first + second), abs=ACCURACY
    )
    # Two entries each: the density of the best, 2λ (e^-λt - e^-2λt), times (1 - e^-μt)².
    both = [
        (c * d, rate + other)
        for c, rate in ((1, first), (-1, 2 * first))
        for d, other in ((1, 0.0), (-2, second), (1, 2 * second))
    ]
    expected = 2 * first * sum(weight / rate for weight, rate in both)
    assert won((1, first), (1, second))[0] == pytest.approx(expected, abs=ACCURACY)


@pytest.mark.parametrize("copies", [1, 2, 3])
@pytest.mark.parametrize(
    "shapes", [((1, 1), (2, 5)), ((3, 1), (1, 3), (2, 2)), ((9, 4), (5, 2), (7, 8), (1, 1))]
)
def test_whole_shapes(shapes: tuple[tuple[int, int], ...], copies: int) -> None:
    assert won(*shapes, copies=copies) == pytest.approx(exact(*shapes, copies=copies), abs=ACCURACY)


def test_another_quadrature_gives_the_same() -> None:
    shapes = [(20.3, 4.1), (1.7, 0.6), (150.2, 40.9)]

    def integrand(x: float, k: int) -> float:
        cdf = [float(special.betainc(a, b, x)) for a, b in shapes]
        others = math.prod(c**2 for j, c in enumerate(cdf) if j != k)
        return float(2 * stats.beta.pdf(x, *shapes[k]) * cdf[k] * others)

    expected = []
    for k in range(3):
        pieces = pairwise((0, 0.5, 0.7, 0.8, 0.9, 0.99, 1))
        parts = [integrate.quad(integrand, *ends, (k,), epsabs=1e-11)[0] for ends in pieces]
        expected.append(sum(parts))
    assert won(*shapes) == pytest.approx(expected, abs=ACCURACY)


def test_simulated_auctions() -> None:
    shapes = [(20.3, 4.1), (1.7, 0.6), (0.2, 0.1), (1.0, 1.0)]
    alpha, beta = np.array(shapes).T
    bids = np.random.default_rng(3).beta(alpha, beta, size=(200_000, 2, 4)).max(axis=1)
    shares = np.bincount(bids.argmax(axis=1), minlength=4) / len(bids)
    expected = np.array(won(*shapes))
    errors = np.sqrt(expected * (1 - expected) / len(bids))
    assert (np.abs(shares - expected) < 4 * errors).all()


@given(st.lists(st.tuples(SHAPES, SHAPES), min_size=1, max_size=6), st.integers(1, 3))
@settings(max_examples=50, deadline=None)
def test_somebody_wins(shapes: list[tuple[float, float]], copies: int) -> None:
    found = won(*shapes, copies=copies)
    assert min(found) >= 0
    assert sum(found) == pytest.approx(1, abs=ACCURACY)


@pytest.mark.parametrize("alpha", [1.5, 20, 1e3, LARGEST])
@pytest.mark.parametrize("beta", [SMALLEST, 0.1, 1])
def test_a_steep_tail_far_from_the_centre(alpha: float, beta: float) -> None:
    assert won((alpha, beta), copies=1) == pytest.approx([1], abs=ACCURACY)
    assert won((beta, alpha), copies=1) == pytest.approx([1], abs=ACCURACY)


def test_each_auction_is_integrated_alone() -> None:
    alpha = np.array([[[1.0, 3.0], [900.0, 0.1]]])
    beta = np.array([[[1.0, 1.0], [100.0, 0.1]]])
    found = winning_probabilities(alpha, beta, 2)
    assert found.shape == (1, 2, 2)
    assert found[0, 0].tolist() == won((1, 1), (3, 1))
    assert found[0, 1].tolist() == won((900, 100), (0.1, 0.1))


def test_the_higher_mean_can_win_less_often() -> None:
    """The best of two wide bids is above 0.55 in nearly three of four auctions."""
    narrow, wide = (0.55 * LARGEST / 2, 0.45 * LARGEST / 2), (0.5, 0.5)
    found = won(narrow, wide)
    below = 2 / math.pi * math.asin(math.sqrt(0.55))  # arcsine law
    assert found[0] == pytest.approx(below**2, abs=2e-3)
    means = np.array([0.55, 0.5])
    assert inversions(means, np.array(found)).tolist() == [[False, True], [False, False]]
    # A single entry each: the wide bid is above 0.55 less than half of the time.
    assert not inversions(means, np.array(won(narrow, wide, copies=1))).any()


def test_inversions_are_pairs_of_unlike_mechanisms() -> None:
    means = np.array([[0.5, 0.5, 0.7], [0.9, 0.2, 0.1]])
    probabilities = np.array([[0.5, 0.3, 0.2], [0.2, 0.4, 0.4 + 1e-8]])
    found = inversions(means, probabilities)
    assert np.argwhere(found).tolist() == [[0, 2, 0], [0, 2, 1], [1, 0, 1], [1, 0, 2]]


@pytest.mark.parametrize(
    ("alpha", "beta", "copies", "message"),
    [
        ([1.0, 2.0], [1.0], 2, r"α of shape \(2,\), β of shape \(1,\) and 2 copies"),
        (1.0, 1.0, 2, "expected one of each for every mechanism"),
        ([], [], 2, "expected one of each"),
        ([1.0], [1.0], 0, "0 copies"),
        ([1.0, math.nan], [1.0, 1.0], 2, "given α = nan; expected 0.001 to 100000"),
        ([1.0], [0.0], 2, "given β = 0.0"),
        ([2e5], [1.0], 2, "given α = 200000.0"),
    ],
)
def test_faulty_shapes_are_refused(alpha: object, beta: object, copies: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        winning_probabilities(np.array(alpha), np.array(beta), copies)
