"""The ratio of mean times of two unpaired arms, with the interval that the simulation study chose.

The interval is the studentised bootstrap (bootstrap-t) of the log ratio (Efron and Tibshirani, An
Introduction to the Bootstrap, 1993, section 12.5), its standard error by the delta method. See
`repro.statistics.study` for the criterion and data/coverage.md for what it covers, and what not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.statistics.convergence import Times

    Floats = NDArray[np.float64]
    Ends = tuple[Floats, Floats]

TAIL = 0.025
"""Probability left out at either end of a 95 % interval."""
RESAMPLES = 9999
ROUNDING = 1e-12
"""Relative spread or shift that is rounding; that of whole epochs below 1e5 is far larger."""


def ratio_of_means(numerator: Times, denominator: Times, rng: np.random.Generator) -> Estimate:
    """Ratio of arithmetic mean times with a 95 % interval on its log.

    A censored run enters with its lower bound. The mean is then a lower bound too, so the ratio is
    one where the numerator has censored runs (high = inf), an upper bound where the denominator has
    (low = 0), and undecided where both have (both ends open). An arm of one run shows no spread, so
    it leaves both ends open as well. If in each arm all times are equal, the interval is the point.

    Args:
        numerator: times of one arm, at least one run.
        denominator: times of the other; the arms may differ in size.
        rng: source of the resamples; the same state gives the same interval.

    Returns:
        The ratio, a pure number; its `bound` says what censoring has left of it.

    Raises:
        UserError: if an arm has no run.
    """
    for name, arm in (("numerator", numerator), ("denominator", denominator)):
        if arm.epochs.size == 0:
            raise UserError(f"ratio of means: the {name} has no run; give at least one, better ten")
    slow, fast = (arm.epochs.astype(np.float64)[None, :] for arm in (numerator, denominator))
    low, high = 0.0, np.inf
    if min(slow.size, fast.size) > 1:
        with np.errstate(over="ignore"):  # an end too large to write down is infinite
            low, high = (float(np.exp(end[0])) for end in studentised(slow, fast, rng))
    lower, upper = bool(numerator.censored.any()), bool(denominator.censored.any())
    bounds = {(False, False): "exact", (True, False): "lower", (False, True): "upper"}
    return Estimate(
        value=float(slow.mean() / fast.mean()),
        low=0.0 if upper else low,
        high=np.inf if lower else high,
        bound=bounds.get((lower, upper), "none"),
    )


def studentised(
    numerator: Floats, denominator: Floats, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Ends:
    """95 % interval for the log of the ratio of means, on many data sets at once.

    Args:
        numerator: times [data sets, n], n at least 2.
        denominator: times [data sets, m], m at least 2.
        rng: source of the resamples, which all data sets share.
        resamples: their number.

    Returns:
        Lower and upper ends, each [data sets]; infinite where too many resamples have no spread.
    """
    counts = [resample(arm.shape[1], resamples, rng) for arm in (numerator, denominator)]
    return bootstrap_t(numerator, denominator, counts[0], counts[1])


def bootstrap_t(
    numerator: Floats, denominator: Floats, top_counts: Floats, bottom_counts: Floats
) -> Ends:
    """`studentised` for given resamples: how often each run enters, [resamples, n] and [.., m]."""
    whole = [np.ones((1, arm.shape[1])) for arm in (numerator, denominator)]
    center, error = log_ratio(numerator, denominator, whole[0], whole[1])
    values, errors = log_ratio(numerator, denominator, top_counts, bottom_counts)
    shift = values - center
    # A resample that repeats one run in each arm has no spread: its pivot is infinite, or none.
    degenerate = np.where(np.abs(shift) < ROUNDING, 0, np.copysign(np.inf, shift))
    pivots = np.divide(shift, errors, out=degenerate, where=errors > 0)
    low, high = tails(pivots)
    return center[:, 0] - high * error[:, 0], center[:, 0] - low * error[:, 0]


def log_ratio(
    numerator: Floats, denominator: Floats, top_counts: Floats, bottom_counts: Floats
) -> Ends:
    """Log ratio of means and its standard error, for each data set and resample.

    By the delta method log(mean) has the variance s² / (n mean²), with s² the unbiased variance.

    Returns:
        The log ratio and its standard error, each [data sets, resamples].
    """
    top, bottom = _moments(numerator, top_counts), _moments(denominator, bottom_counts)
    return np.log(top[0] / bottom[0]), np.sqrt(top[1] + bottom[1])


def _moments(times: Floats, counts: Floats) -> Ends:
    """Mean and variance of log(mean), each [data sets, resamples]."""
    runs = times.shape[1]
    mean = times @ counts.T / runs
    spread = times**2 @ counts.T / runs / mean**2 - 1
    return mean, np.where(spread > ROUNDING, spread, 0) / (runs - 1)


def resample(runs: int, resamples: int, rng: np.random.Generator) -> Floats:
    """How often each run enters each resample, float [resamples, runs]; rows sum to `runs`."""
    return rng.multinomial(runs, np.full(runs, 1 / runs), size=resamples).astype(np.float64)


def tails(values: Floats) -> Ends:
    """The k-th smallest and k-th largest of each row, k = TAIL x (columns + 1), each [rows]."""
    columns = values.shape[1]
    k = round(TAIL * (columns + 1))
    ordered = np.partition(values, (k - 1, columns - k), axis=1)
    return ordered[:, k - 1], ordered[:, columns - k]
