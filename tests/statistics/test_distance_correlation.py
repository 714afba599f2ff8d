"""Distance correlation and its test: by hand, against sums written out, and the level in simulations."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import UserError
from repro.statistics import distance_correlation, independence_p_value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def covariance_by_loops(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Székely et al.'s other form of the squared distance covariance, S1 + S2 - 2 S3."""
    N = len(x)
    a = [[float(np.linalg.norm(x[i] - x[j])) for j in range(N)] for i in range(N)]
    b = [[float(np.linalg.norm(y[i] - y[j])) for j in range(N)] for i in range(N)]
    pairs = list(itertools.product(range(N), repeat=2))
    s1 = sum(a[i][j] * b[i][j] for i, j in pairs) / N**2
    s2 = sum(a[i][j] for i, j in pairs) * sum(b[i][j] for i, j in pairs) / N**4
    s3 = sum(sum(a[i]) * sum(b[i]) for i in range(N)) / N**3
    return s1 + s2 - 2 * s3


def correlation_by_loops(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    own = covariance_by_loops(x, x) * covariance_by_loops(y, y)
    return float(np.sqrt(covariance_by_loops(x, y) / np.sqrt(own)))


@pytest.mark.parametrize(
    ("y", "expected", "p_value"),
    [([0, 0, 1], 1.0, 1 / 3), ([0, 1, 1], 0.5, 1.0), ([1, 1, 0], 1.0, 1 / 3), ([5, 5, 5], 0, 1)],
)
def test_by_hand(y: list[float], expected: float, p_value: float) -> None:
    """Centred distances of 0, 0, 1 are -2, -2, 4; -2, -2, 4; 4, 4, -8 ninths; their squares sum to 144/81.

    Those of 0, 1, 1 are the same in reverse order, and the products sum to 36/81: a quarter, whose root is a
    half. So is each shift of y in which the different number is in another place.
    """
    x = [0, 0, 1]
    assert distance_correlation(x, y) == pytest.approx(expected)
    assert distance_correlation(y, x) == pytest.approx(expected)
    assert independence_p_value(x, y) == pytest.approx(p_value)


@pytest.mark.parametrize(("N", "p", "q"), [(2, 1, 1), (7, 1, 2), (8, 3, 1), (9, 2, 2)])
def test_against_sums_written_out(N: int, p: int, q: int) -> None:
    rng = np.random.default_rng(N)
    x, y = rng.normal(size=(N, p)), rng.normal(size=(N, q))
    y[:, 0] += x[:, 0] ** 2
    assert distance_correlation(x, y) == pytest.approx(correlation_by_loops(x, y))
    shifted = [covariance_by_loops(x, np.roll(y, -shift, axis=0)) for shift in range(N)]
    expected = np.mean([one >= shifted[0] - 1e-12 for one in shifted])
    assert independence_p_value(x, y) == expected


def test_zero_on_grids_of_all_combinations() -> None:
    x, y = np.meshgrid([0.0, 1.0, 5.0], [-2.0, 0.0, 3.0, 4.0])
    assert distance_correlation(x.ravel(), y.ravel()) == pytest.approx(0, abs=1e-7)
    assert distance_correlation(x.ravel(), (y + x).ravel()) > 0.3


def test_a_relation_without_linear_correlation_is_found() -> None:
    x = np.random.default_rng(0).permutation(np.linspace(-1, 1, 41))
    assert np.corrcoef(x, x**2)[0, 1] == pytest.approx(0, abs=1e-12)
    assert distance_correlation(x, x**2) > 0.4
    assert independence_p_value(x, x**2) == pytest.approx(1 / 41)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 7e9])
def test_units_origin_and_rotation_do_not_matter(unit: float) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 30, 2))
    y += 0.4 * x
    turned = unit * x @ np.array([[0.6, -0.8], [0.8, 0.6]]) + 3 * unit
    assert distance_correlation(turned, y) == pytest.approx(distance_correlation(x, y))
    assert independence_p_value(turned, y) == independence_p_value(x, y)
    assert distance_correlation(x[:, 0], unit - unit * x[:, 0]) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(10))
def test_ties_up_to_rounding_count(seed: int) -> None:
    """If both sequences have period 5, shifts by 0, 5, 10 and 15 have one covariance, up to rounding."""
    x, y = np.tile(np.random.default_rng(seed).normal(size=(2, 5)), 4)
    assert independence_p_value(x, x) == 4 / 20
    assert round(5 * independence_p_value(x, 1e9 * y), 12) in {1, 2, 3, 4, 5}


@pytest.mark.parametrize(("N", "size"), [(20, 1), (21, 3)])
def test_the_level_is_exact(N: int, size: int) -> None:
    """The probability of p ≤ 0.05 is 1 / N for 20 and 21 draws; 3000 tests, three standard deviations."""
    rng = np.random.default_rng(N)
    x, y = rng.lognormal(0, 1, (3000, N)), rng.standard_cauchy((3000, N, size))
    found = [independence_p_value(*pair) <= 0.05 for pair in zip(x, y, strict=True)]
    assert np.mean(found) == pytest.approx(1 / N, abs=0.012)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2], [1, 2, 3], r"\[2\], \[3\]"),
        ([1], [1], "at least 2"),
        (1.0, 2.0, "expected"),
        (np.ones((2, 2, 2)), [1, 2], r"\[N, p\]"),
        ([1, 2], [1, np.nan], "not finite"),
        ([1, np.inf], [1, 2], "not finite"),
    ],
)
def test_invalid_samples(x: ArrayLike, y: ArrayLike, message: str) -> None:
    for compute in (distance_correlation, independence_p_value):
        with pytest.raises(UserError, match=message):
            compute(x, y)
