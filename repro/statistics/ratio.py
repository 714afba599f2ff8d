"""The ratio of mean times of two unpaired arms, with the interval that the simulation study chose.

The interval is the studentised bootstrap (bootstrap-t) of the log ratio (Efron and Tibshirani, An
Introduction to the Bootstrap, 1993, section 12.5), with a standard error by the delta method. See
`repro.statistics.interval_study` for the criterion of the choice and data/coverage.md for the coverage.
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
    Pivots = tuple[Floats, Floats, Floats]

TAIL = 0.025
"""Probability outside each end of a 95 % interval."""
ONE_SIDED = 0.05
"""Probability below a one-sided 95 % lower bound."""
RESAMPLES = 9999
NO_SPREAD = "all times of each arm are equal, so they show no spread"
ONE_RUN = "an arm of one run shows no spread"
FEW_VALUES = "there are too few different times for an interval"
ROUNDING = 1e-12
"""Relative spread or shift that counts as rounding; those of whole epochs below 1e5 are far larger."""


def ratio_of_means(
    numerator: ConvergenceTimes, denominator: ConvergenceTimes, rng: np.random.Generator
) -> Estimate:
    """Compute the ratio of arithmetic mean times with a 95 % interval on its log.

    A censored run counts with its lower bound, so the arm's mean is a lower bound too. The ratio is
    then a lower bound if the numerator has censored runs (high = inf), an upper bound if the
    denominator has (low = 0), and open at both ends if both have. Both ends are open as well if the data
    show too little spread for an interval: if an arm has one run, or if all times of each arm are equal.

        >>> import numpy as np
        >>> from repro.statistics import ConvergenceTimes, ratio_of_means
        >>> never = np.zeros(4, bool)
        >>> slow = ConvergenceTimes(np.array([300, 420, 350, 510]), never)
        >>> fast = ConvergenceTimes(np.array([100, 140, 90, 120]), never)
        >>> ratio = ratio_of_means(slow, fast, np.random.default_rng(0))
        >>> f"{ratio.value:.2f} [{ratio.low:.1f}, {ratio.high:.1f}]"
        '3.51 [2.4, 5.3]'

    Args:
        numerator: times of one arm, at least one run.
        denominator: times of the other arm; the arms may differ in size.
        rng: source of the resamples; the same state gives the same interval.

    Returns:
        The ratio, a pure number; its `bound` says which ends censoring leaves open, its `note` why the
        data give no interval.

    Raises:
        UserError: an arm has no run.
    """
    return compare(numerator, denominator, rng).estimate


def compare(
    numerator: ConvergenceTimes,
    denominator: ConvergenceTimes,
    rng: np.random.Generator,
    threshold: float = 1.0,
) -> Comparison:
    """Compute `ratio_of_means` with a one-sided lower bound and a p-value, from the same pivots.

    The p-value inverts the interval. It is 2 (c + 1) / (B + 1) if c of B resamples put the upper end
    of the ratio at the threshold or above (Davison and Hinkley, Bootstrap Methods and their Application, 1997,
    section 4.2). If censoring or an arm of one run leaves the lower end open, the bound is 0; if the
    upper end is open, the p-value is 1.

    Args:
        numerator: see `ratio_of_means`.
        denominator: likewise.
        rng: likewise.
        threshold: what the ratio is to exceed, above 0.

    Raises:
        UserError: an arm has no run.
    """
    for name, arm in (("numerator", numerator), ("denominator", denominator)):
        if arm.epochs.size == 0:
            raise UserError(
                f"ratio of means: the {name} has no run; give at least one, preferably ten"
            )
    slow, fast = (arm.epochs.astype(np.float64)[None, :] for arm in (numerator, denominator))
    pivots = None
    if min(slow.size, fast.size) > 1:
        counts = [resample(arm.size, RESAMPLES, rng) for arm in (slow, fast)]
        pivots = _pivots(slow, fast, counts[0], counts[1])
    return comparison(
        float(slow.mean() / fast.mean()),
        pivots,
        numerator=bool(numerator.censored.any()),
        denominator=bool(denominator.censored.any()),
        threshold=threshold,
    )


def comparison(
    value: float, pivots: Pivots | None, *, numerator: bool, denominator: bool, threshold: float
) -> Comparison:
    """Make the comparison of two arms from the pivots of their log ratio.

    Args:
        value: the ratio.
        pivots: log ratio and standard error, each [1, 1], and the pivots of resamples, [1, resamples]; None
            if an arm of one run shows no spread.
        numerator: whether runs of the arm above are censored.
        denominator: whether runs of the arm below are.
        threshold: what the ratio is to exceed, above 0.
    """
    low, lower, high, p_below, note = 0.0, 0.0, np.inf, 1.0, ONE_RUN
    if pivots is not None:
        center, error, shifts = pivots
        note = NO_SPREAD
        if error[0, 0] > 0:
            with np.errstate(over="ignore"):  # an end beyond the largest float is infinite
                low, high = (float(np.exp(end[0])) for end in ends(center, error, shifts))
                lower = float(np.exp(ends(center, error, shifts, ONE_SIDED)[0][0]))
            p_below = p_value_below(center - np.log(threshold), error, shifts)
            note = why_open(low, high)
    estimate = Estimate(
        value=value,
        low=0.0 if denominator else low,
        high=np.inf if numerator else high,
        bound=bound_of(numerator=numerator, denominator=denominator),
        note=note,
    )
    return Comparison(
        estimate, 0.0 if denominator else lower, 1.0 if numerator else p_below, threshold
    )


def bound_of(*, numerator: bool, denominator: bool) -> str:
    """Return the `bound` of an `Estimate` of a ratio, given which arms have censored runs."""
    if numerator and denominator:
        return "none"
    return "lower" if numerator else "upper" if denominator else "exact"


def why_open(low: float, high: float) -> str:
    """Say why an end of a ratio's interval is open before censoring opens it; "" if none is."""
    return "" if low > 0 and high < np.inf else FEW_VALUES


def studentised(
    numerator: Floats, denominator: Floats, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Ends:
    """Compute the 95 % interval for the log of the ratio of means, for many data sets at once.

    Args:
        numerator: times [data sets, n], n at least 2.
        denominator: times [data sets, m], m at least 2.
        rng: source of the resamples, which all data sets share.
        resamples: their number.

    Returns:
        Lower and upper ends, each [data sets]; infinite if too many resamples have no spread.
    """
    counts = [resample(arm.shape[1], resamples, rng) for arm in (numerator, denominator)]
    return bootstrap_t(numerator, denominator, counts[0], counts[1])


def bootstrap_t(
    numerator: Floats, denominator: Floats, top_counts: Floats, bottom_counts: Floats
) -> Ends:
    """Compute `studentised` for given resamples: counts of each run, [resamples, n] and [.., m]."""
    return ends(*_pivots(numerator, denominator, top_counts, bottom_counts))


def _pivots(
    numerator: Floats, denominator: Floats, top_counts: Floats, bottom_counts: Floats
) -> tuple[Floats, Floats, Floats]:
    """Compute log ratio and standard error, [data sets, 1], and the pivots [data sets, resamples]."""
    whole = [np.ones((1, arm.shape[1])) for arm in (numerator, denominator)]
    center, error = log_ratio(numerator, denominator, whole[0], whole[1])
    values, errors = log_ratio(numerator, denominator, top_counts, bottom_counts)
    return center, error, studentise(values - center, errors)


def studentise(shift: Floats, errors: Floats) -> Floats:
    """Divide the shifts of resamples from the data by their own standard errors.

    A resample that repeats one run in each arm has no spread: its pivot is infinite, or 0 if its shift is.
    """
    degenerate = np.where(np.abs(shift) < ROUNDING, 0, np.copysign(np.inf, shift))
    return np.divide(shift, errors, out=degenerate, where=errors > 0)


def ends(center: Floats, error: Floats, pivots: Floats, tail: float = TAIL) -> Ends:
    """Compute the ends of the interval that excludes `tail` on each side, each [data sets]."""
    low, high = tails(pivots, tail)
    return center[:, 0] - high * error[:, 0], center[:, 0] - low * error[:, 0]


def p_value_below(center: Floats, error: Floats, pivots: Floats) -> float:
    """Find the smallest α for which the 1 - α interval of the first data set lies below 0."""
    reaching = int((center[0] - pivots[0] * error[0] >= 0).sum())
    return float(min(1, 2 * (reaching + 1) / (pivots.shape[1] + 1)))


def log_ratio(
    numerator: Floats, denominator: Floats, top_counts: Floats, bottom_counts: Floats
) -> Ends:
    """Compute the log ratio of means and its standard error, for each data set and resample.

    By the delta method log(mean) has the variance s² / (n mean²), with s² the unbiased variance.

    Returns:
        The log ratio and its standard error, each [data sets, resamples].
    """
    top, bottom = _moments(numerator, top_counts), _moments(denominator, bottom_counts)
    return np.log(top[0] / bottom[0]), np.sqrt(top[1] + bottom[1])


def _moments(times: Floats, counts: Floats) -> Ends:
    """Compute the mean, and the variance of log(mean), each [data sets, resamples]."""
    runs = times.shape[1]
    mean = times @ counts.T / runs
    spread = times**2 @ counts.T / runs / mean**2 - 1
    return mean, np.where(spread > ROUNDING, spread, 0) / (runs - 1)


def resample(runs: int, resamples: int, rng: np.random.Generator) -> Floats:
    """Draw the count of each run in each resample, float [resamples, runs]; rows sum to `runs`."""
    return rng.multinomial(runs, np.full(runs, 1 / runs), size=resamples).astype(np.float64)


def tails(values: Floats, tail: float = TAIL) -> Ends:
    """Return the k-th smallest and k-th largest of each row, k = tail x (columns + 1), each [rows]."""
    columns = values.shape[1]
    k = round(tail * (columns + 1))
    ordered = np.partition(values, (k - 1, columns - k), axis=1)
    return ordered[:, k - 1], ordered[:, columns - k]
