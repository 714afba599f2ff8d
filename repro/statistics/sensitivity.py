"""The headline ratio under other convergence rules."""

from __future__ import annotations

import copy
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.statistics.convergence import epochs_to_convergence
from repro.statistics.ratio import ratio_of_means

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import ArrayLike

    from repro.verdicts import Estimate


@dataclass(frozen=True)
class Sensitivity:
    """The ratio of mean times under one convergence rule.

    Attributes:
        tolerance: greatest distance from the optimal return, in units of the return.
        window: number of epochs in a row that the return must stay that near.
        estimate: the ratio; a bound if a run that ended early is censored under this rule.
    """

    tolerance: float
    window: int
    estimate: Estimate


def sensitivity(
    numerator: ArrayLike,
    denominator: ArrayLike,
    rng: np.random.Generator,
    *,
    tolerances: Sequence[float] = (0.005, 0.01, 0.02, 0.05),
    windows: Sequence[int] = (10, 30, 50),
) -> list[Sensitivity]:
    """Compute the ratio of mean times for the same returns, for every tolerance and window.

    Args:
        numerator: returns of one arm, float [runs, epochs], padded with NaN as for
            `epochs_to_convergence`.
        denominator: returns of the other arm, likewise; it may differ in both sizes.
        rng: source of the resamples. Each rule uses a copy of it, so that only the data differ
            between rules; `rng` itself does not change.
        tolerances: see `epochs_to_convergence`.
        windows: likewise.

    Raises:
        UserError: as `epochs_to_convergence` and `ratio_of_means`.
    """
    rows = []
    for tolerance, window in itertools.product(tolerances, windows):
        top, bottom = (
            epochs_to_convergence(returns, tolerance=tolerance, window=window)
            for returns in (numerator, denominator)
        )
        estimate = ratio_of_means(top, bottom, copy.deepcopy(rng))
        rows.append(Sensitivity(tolerance, window, estimate))
    return rows
