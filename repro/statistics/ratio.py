"""The ratio of mean times of two unpaired arms, with the interval that the simulation study chose.

The interval is the studentised bootstrap (bootstrap-t) of the log ratio (Efron and Tibshirani, An
Introduction to the Bootstrap, 1993, section 12.5), its standard error by the delta method. See
`repro.statistics.study` for the criterion and data/coverage.md for what it covers, and what not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError
from repro.verdicts import Comparison, Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.statistics.convergence import ConvergenceTimes

    Floats = NDArray[np.float64]
    Ends = tuple[Floats, Floats]

TAIL = 0.025
"""Probability left out at either end of a 95 % interval."""
ONE_SIDED = 0.05
"""Probability left out below a one-sided 95 % lower bound."""
RESAMPLES = 9999
ROUNDING = 1e-12
"""Relative spread or shift that is rounding; that of whole epochs below 1e5 is far larger."""


def ratio_of_means(
    numerator: ConvergenceTimes, denominator: ConvergenceTimes, rng: np.random.Generator
) -> Estimate:
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
    return compare(numerator, denominator, rng).estimate


def compare(
    numerator: ConvergenceTimes, denominator: ConvergenceTimes, rng: np.random.Generator
) -> Comparison:
    """`ratio_of_means`, with a one-sided lower bound and a p-value, all from the same pivots.

    The p-value inverts the interval. With B resamples it is at least 2 / (B + 1), and 2 (c + 1) /
    (B + 1) where c of them put the upper end of the ratio at 1 or above (Davison and Hinkley,
    Bootstrap Methods and their Application, 1997, section 4.2). What censoring or an arm of one run
    takes from the interval it takes from these two as well.

    Args:
        numerator: see `ratio_of_means`.
        denominator: likewise.
        rng: likewise.

    Raises:
        UserError: if an arm has no run.
    """
    for name, arm in (("numerator", numerator), ("denominator", denominator)):
        if arm.epochs.size == 0:
            raise UserError(f"ratio of means: the {name} has no run; give at least one, better ten")
    slow, fast = (arm.epochs.astype(np.float64)[None, :] for arm in (numerator, denominator))
    low, lower, high, p_below = 0.0, 0.0, np.inf, 1.0
    if min(slow.size, fast.size) > 1:
        counts = [resample(arm.size, RESAMPLES, rng) for arm in (slow, fast)]
        center, error, pivots = _pivots(slow, fast, counts[0], counts[1])
        with np.errstate(over="ignore"):  # an end too large to write down is infinite
            low, high = (float(np.exp(end[0])) for end in ends(center, error, pivots))
            lower = float(np.exp(ends(center, error, pivots, ONE_SIDED)[0][0]))
        p_below = p_value_below(center, error, pivots)
    cut_above, cut_below = bool(numerator.censored.any()), bool(denominator.censored.any())
    estimate = Estimate(
        value=float(slow.mean() / fast.mean()),
        low=0.0 if cut_below else low,
        high=np.inf if cut_above else high,
        bound=bound_of(numerator=cut_above, denominator=cut_below),
    )
    return Comparison(estimate, 0.0 if cut_below else lower, 1.0 if cut_above else p_below)


def bound_of(*, numerator: bool, denominator: bool) -> str:
    """What a ratio is by which of its arms are censored: an `Estimate`'s `bound`."""
    if numerator and denominator:
        return "none"
    return "lower" if numerator else "upper" if denominator else "exact"


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
    return ends(*_pivots(numerator, denominator, top_counts, bottom_counts))


def _pivots(
    numerator: Floats, denominator: Floats, top_counts: Floats, bottom_counts: Floats
) -> tuple[Floats, Floats, Floats]:
    """Log ratio and standard error, each [data sets, 1], and the pivots [data sets, resamples]."""
    whole = [np.ones((1, arm.shape[1])) for arm in (numerator, denominator)]
    center, error = log_ratio(numerator, denominator, whole[0], whole[1])
    values, errors = log_ratio(numerator, denominator, top_counts, bottom_counts)
    return center, error, studentise(values - center, errors)


def studentise(shift: Floats, errors: Floats) -> Floats:
    """Shifts of resamples from the data over their own standard errors.

    A resample that repeats one run in each arm has no spread: its pivot is infinite, or none.
    """
    degenerate = np.where(np.abs(shift) < ROUNDING, 0, np.copysign(np.inf, shift))
    return np.divide(shift, errors, out=degenerate, where=errors > 0)


def ends(center: Floats, error: Floats, pivots: Floats, tail: float = TAIL) -> Ends:
    """Ends of the interval that leaves out `tail` on either side, each [data sets]."""
    low, high = tails(pivots, tail)
    return center[:, 0] - high * error[:, 0], center[:, 0] - low * error[:, 0]


def p_value_below(center: Floats, error: Floats, pivots: Floats) -> float:
    """Smallest α for which the two-sided 1 - α interval of the first data set lies below 0."""
    reaching = int((center[0] - pivots[0] * error[0] >= 0).sum())
    return float(min(1, 2 * (reaching + 1) / (pivots.shape[1] + 1)))


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


def tails(values: Floats, tail: float = TAIL) -> Ends:
    """The k-th smallest and k-th largest of each row, k = tail x (columns + 1), each [rows]."""
    columns = values.shape[1]
    k = round(tail * (columns + 1))
    ordered = np.partition(values, (k - 1, columns - k), axis=1)
    return ordered[:, k - 1], ordered[:, columns - k]
