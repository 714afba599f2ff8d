"""Distance correlation, and a permutation test of independence that is exact.

Distance correlation is 0 in the population exactly if two vectors are independent, whatever the form of
their dependence (Székely, Rizzo and Bakirov, "Measuring and testing dependence by correlation of
distances", Annals of Statistics 2007). The test compares the distance covariance of a sample with that of
samples in which one of the two is permuted.

The permutations are the N cyclic shifts of the N draws. They are a group, and the draws are exchangeable, so
the test is exact for every N: if the two are independent, the p-value is at most α with a probability of at
most α, and of exactly α if α N is a whole number and there are no ties (Lehmann and Romano, Testing
Statistical Hypotheses, 2005, section 15.2.1). No random numbers are needed, and a Fourier transform gives all
shifts at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError
from repro.statistics.permutation import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_FEWEST = 2
"""Draws between which there is a distance."""


def distance_correlation(x: ArrayLike, y: ArrayLike) -> float:
    """Compute the distance correlation of two samples: from 0 to 1, and 0 if one of them is constant.

    It is 1 if one number is a linear function of the other, and 0 on a grid of all combinations:

    >>> round(distance_correlation([1, 2, 5], [-1, -3, -9]), 12)
    1.0
    >>> round(distance_correlation([0, 0, 1, 1], [0, 1, 0, 1]), 12)
    0.0

    Args:
        x: one number or vector per draw, [N] or [N, p].
        y: likewise, [N] or [N, q].

    Returns:
        The empirical distance correlation of Székely et al., which is above 0 also for independent samples.

    Raises:
        UserError: the samples differ in N, have fewer than two draws or are not finite.
    """
    a, b = _centred_distances(x, y)
    scale = np.sqrt((a * a).sum() * (b * b).sum())
    return float(np.sqrt(np.clip((a * b).sum() / scale, 0, 1))) if scale > 0 else 0.0


def independence_p_value(x: ArrayLike, y: ArrayLike) -> float:
    """Test whether two vectors are independent, from N draws of both; see the module.

    >>> x = [1, 3, 5, 8, 9, 4, 2, 0, 7, 6]
    >>> independence_p_value(x, [2 * value for value in x])  # no other shift has as high a covariance
    0.1

    Args:
        x: one number or vector per draw, [N] or [N, p].
        y: likewise, [N] or [N, q].

    Returns:
        The share of all N shifts of `y`, the shift by 0 included, whose distance covariance with `x` is at
            least that of the data: 1 / N or more, and 1 if one of the samples is constant.

    Raises:
        UserError: as `distance_correlation`.
    """
    a, b = _centred_distances(x, y)
    products = _shifted_products(a, b)
    slack = ROUNDING * np.sqrt((a * a).sum() * (b * b).sum())
    return float((products >= products[0] - slack).mean())


def _centred_distances(*samples: ArrayLike) -> tuple[Floats, ...]:
    """Return the distances of all draws, [N, N], minus the means of rows and columns."""
    arrays = [np.asarray(sample, dtype=np.float64) for sample in samples]
    shapes = [list(array.shape) for array in arrays]
    if any(array.ndim not in {1, 2} or len(array) < _FEWEST for array in arrays) or (
        len({len(array) for array in arrays}) > 1
    ):
        raise UserError(
            f"given samples of shapes {shapes}; expected [N] or [N, p], with one N of at least {_FEWEST}"
        )
    if not all(np.isfinite(array).all() for array in arrays):
        raise UserError(
            "given a sample with a number that is not finite; expected finite numbers only"
        )
    from scipy.spatial.distance import cdist  # noqa: PLC0415 - takes a second to load

    centred = []
    for array in arrays:
        vectors = array.reshape(len(array), -1)
        distances = cdist(vectors, vectors)
        mean = distances.mean(0)  # of rows and of columns
        centred.append(distances - mean - mean[:, None] + mean.mean())
    return tuple(centred)


def _shifted_products(a: Floats, b: Floats) -> Floats:
    """Return, for each shift s, the sum over i and j of a[i, j] b[i + s, j + s], indices modulo N: [N].

    On the diagonal d, where j = i + d, this is a circular correlation over i. These are summed over d before
    the transform is inverted. The matrices are symmetric, so that the diagonals d and N - d contribute alike.
    """
    N = len(a)
    draws, diagonals = np.arange(N), np.arange(N // 2 + 1)
    columns = (draws + diagonals[:, None]) % N
    weight = np.where((diagonals == 0) | (2 * diagonals == N), 1.0, 2.0)
    spectrum_a, spectrum_b = (np.fft.rfft(matrix[draws, columns]) for matrix in (a, b))
    return np.fft.irfft(weight @ (spectrum_a.conj() * spectrum_b), N)
