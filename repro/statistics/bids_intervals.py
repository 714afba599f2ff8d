"""95 % intervals of one arm's figures: the mean of a bid, and the share of runs.

Bids lie in [0, 1] and scatter little between seeds, so Student's t serves for their mean; times of
switching and recovering, which have heavy tails, go through `ratio_of_means` instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from repro.errors import UserError
from repro.statistics.ratio import TAIL
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def mean_of_runs(values: ArrayLike) -> Estimate:
    """Arithmetic mean over runs with Student's 95 % interval.

    One run shows no spread, so its interval is open at both ends. If all values are equal, it is
    the point.

    Args:
        values: float [runs], finite.

    Raises:
        UserError: there is no run, or a value is not finite.
    """
    figures = np.asarray(values, dtype=np.float64)
    if figures.ndim != 1 or not figures.size or not np.isfinite(figures).all():
        raise UserError(
            f"mean of runs: given {np.array2string(figures, threshold=5)}; expected one finite "
            "number for each of at least one run"
        )
    mean = float(figures.mean())
    if figures.size == 1:
        return Estimate(mean, -np.inf, np.inf)
    error = figures.std(ddof=1) / np.sqrt(figures.size)
    reach = float(stats.t.ppf(1 - TAIL, figures.size - 1) * error)
    return Estimate(mean, mean - reach, mean + reach)


def share_of_runs(flags: ArrayLike) -> Estimate:
    """Share of runs for which something holds, with the exact 95 % interval.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial" (Biometrika, 1934): it covers at least 95 %, however few the runs.

    Args:
        flags: bool [runs].

    Raises:
        UserError: there is no run.
    """
    held = np.asarray(flags, dtype=np.bool_)
    if held.ndim != 1 or not held.size:
        raise UserError(
            f"share of runs: given shape {list(held.shape)}; expected one flag for each of at least "
            "one run"
        )
    n, k = held.size, int(held.sum())
    low = float(stats.beta.ppf(TAIL, k, n - k + 1)) if k else 0.0
    high = float(stats.beta.ppf(1 - TAIL, k + 1, n - k)) if k < n else 1.0
    return Estimate(k / n, low, high)
