"""A permutation test for equal means of two groups of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.statistics.ratio import RESAMPLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDING = 1e-12
"""Relative difference of means that counts as rounding."""


def p_value_of_means(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> float:
    """Compute the two-sided p-value for a difference in means, by a permutation test.

    If both groups have the same distribution, the p-value is at most α with a probability of at most
    α, for any distribution and group size (Davison and Hinkley, Bootstrap Methods and their
    Application, 1997, section 4.3). Two groups of three can therefore not differ at 5 %.

    Args:
        one: one figure per run, [runs], at least one run.
        other: likewise; the groups may differ in size.
        rng: source of the permutations.
        resamples: number of permutations.
    """
    pooled = np.concatenate([one, other])
    drawn = rng.permuted(np.tile(pooled, (resamples, 1)), axis=1)[:, : one.size].mean(axis=1)
    # One group's mean determines the other's, so its distance from the overall mean is sufficient.
    away, seen = np.abs(drawn - pooled.mean()), abs(float(one.mean() - pooled.mean()))
    reaching = away >= seen - ROUNDING * np.abs(pooled).max()
    return float((1 + reaching.sum()) / (resamples + 1))
