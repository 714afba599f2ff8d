"""95 % intervals for figures of one arm: the mean of a bid, and a share of runs.

Bids lie in [0, 1] and vary little between seeds, so Student's t is suitable for their mean. Times of
switch and recovery have heavy tails: for these use `ratio_of_means`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError
from repro.statistics.ratio import TAIL
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def mean_of_runs(values: ArrayLike) -> Estimate:
    """Compute the arithmetic mean over runs with Student's 95 % interval.

    One run shows no spread, so its interval is open at both ends. If all values are equal, the
    interval is a point.

        >>> from repro.statistics import mean_of_runs
        >>> mean_of_runs([0.5, 0.5])
        Estimate(value=0.5, low=0.5, high=0.5, unit='', bound='exact')

    Args:
        values: float [runs], finite.

    Raises:
        UserError: the values are not [runs] with at least one run, or one is not finite.
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
    from scipy import stats  # noqa: PLC0415 - takes two seconds to load

    error = figures.std(ddof=1) / np.sqrt(figures.size)
    reach = float(stats.t.ppf(1 - TAIL, figures.size - 1) * error)
    return Estimate(mean, mean - reach, mean + reach)


def share_of_runs(flags: ArrayLike) -> Estimate:
    """Compute the share of runs for which a flag is true, with the exact 95 % interval.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial" (Biometrika, 1934): it covers at least 95 % for any number of runs.

    Args:
        flags: bool [runs].

    Raises:
        UserError: the flags are not [runs] with at least one run.
    """
    held = np.asarray(flags, dtype=np.bool_)
    if held.ndim != 1 or not held.size:
        raise UserError(
            f"share of runs: given shape {list(held.shape)}; expected one flag for each of at least "
            "one run"
        )
    n, k = held.size, int(held.sum())
    from scipy import stats  # noqa: PLC0415 - as above

    low = float(stats.beta.ppf(TAIL, k, n - k + 1)) if k else 0.0
    high = float(stats.beta.ppf(1 - TAIL, k + 1, n - k)) if k < n else 1.0
    return Estimate(k / n, low, high)
