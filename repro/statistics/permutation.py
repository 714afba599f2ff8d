"""Whether two groups of runs have one mean, by exchanging runs between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.statistics.ratio import RESAMPLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDING = 1e-12
"""Relative difference of means that is rounding."""


def p_value_of_means(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> float:
    """Two-sided p-value that the groups differ by their mean, by a permutation test.

    Where both are drawn alike it is at most α with a probability of at most α, however they are
    distributed and however small they are (Davison and Hinkley, Bootstrap Methods and their
    Application, 1997, section 4.3). Two groups of three can therefore not differ at 5 %.

    Args:
        one: a figure for each run, [runs], at least one.
        other: likewise; the groups may differ in size.
        rng: source of the exchanges.
        resamples: their number.
    """
    pooled = np.concatenate([one, other])
    drawn = rng.permuted(np.tile(pooled, (resamples, 1)), axis=1)[:, : one.size].mean(axis=1)
    # The other group's mean follows from this one's: how far this one lies from all is enough.
    away, seen = np.abs(drawn - pooled.mean()), abs(float(one.mean() - pooled.mean()))
    reaching = away >= seen - ROUNDING * np.abs(pooled).max()
    return float((1 + reaching.sum()) / (resamples + 1))
