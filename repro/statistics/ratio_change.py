"""How much a ratio of mean times changes between two conditions that share their runs' seeds.

Each arm has the same runs under both conditions, such as transfers from two epochs of one pretraining. So
the two times of a seed are not independent, and seeds are resampled with both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from repro.errors import UserError
from repro.statistics.ratio import (
    NO_SPREAD,
    ONE_RUN,
    RESAMPLES,
    ROUNDING,
    TAIL,
    bound_of,
    ends,
    resample,
    studentise,
    why_open,
)
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from repro.statistics.convergence import ConvergenceTimes
    from repro.statistics.ratio import Ends


class Arms(NamedTuple):
    """Times of two arms under one condition.

    Attributes:
        numerator: of the arm above.
        denominator: of the arm below.
    """

    numerator: ConvergenceTimes
    denominator: ConvergenceTimes


def ratio_change(
    after: Arms, before: Arms, rng: np.random.Generator, comparisons: int = 1
) -> Estimate:
    """Compute the ratio of mean times under one condition, over that under another, with an interval.

    The interval is the studentised bootstrap of its log, as in `ratio_of_means`. Censored runs make it a
    bound, as there; an arm of one run leaves both ends open, and so do arms whose times are all equal. If times
    differ, but all change by the same factor, the interval is a point.

    Args:
        after: times under the first condition.
        before: times of the same runs, in the same order, under the other.
        rng: source of the resamples.
        comparisons: how many such figures are judged together; the intervals then hold together with a
            probability of at least 95 % (Bonferroni).

    Raises:
        UserError: an arm has no run, or not the same number under both conditions.
    """
    pairs = [
        (after.numerator, before.numerator),
        (after.denominator, before.denominator),
    ]
    for name, pair in zip(Arms._fields, pairs, strict=True):
        runs = [arm.epochs.size for arm in pair]
        if runs[0] != runs[1] or not runs[0]:
            raise UserError(
                f"ratio change: given {runs[0]} and {runs[1]} runs of the {name}; expected the same "
                "seeds under both conditions, and at least one"
            )
    (top, top_variance), (bottom, bottom_variance) = (_log_change(*pair, rng) for pair in pairs)
    values, errors = top - bottom, np.sqrt(top_variance + bottom_variance)
    low, high, note = 0.0, np.inf, ONE_RUN
    if min(pair[0].epochs.size for pair in pairs) > 1:
        note = NO_SPREAD
        if any(np.ptp(arm.epochs) for pair in pairs for arm in pair):
            center, error = values[None, :1], errors[None, :1]
            pivots = studentise(values[None, 1:] - center, errors[None, 1:])
            with np.errstate(over="ignore"):  # an end beyond the largest float is infinite
                limits = ends(center, error, pivots, TAIL / comparisons)
                low, high = (float(np.exp(end[0])) for end in limits)
            note = why_open(low, high)
    cut_above = _any_censored(after.numerator, before.denominator)
    cut_below = _any_censored(after.denominator, before.numerator)
    return Estimate(
        value=float(np.exp(values[0])),
        low=0.0 if cut_below else low,
        high=np.inf if cut_above else high,
        bound=bound_of(numerator=cut_above, denominator=cut_below),
        note=note,
    )


def _log_change(
    after: ConvergenceTimes, before: ConvergenceTimes, rng: np.random.Generator
) -> Ends:
    """Compute the log of the ratio of one arm's means and its variance, of the data and each resample."""
    times = np.stack([after.epochs, before.epochs], axis=1).astype(np.float64)
    runs = len(times)
    counts = np.concatenate([np.ones((1, runs)), resample(runs, RESAMPLES, rng)])
    means = counts @ times / runs
    influence = (1 / means[:, :1]) @ times[:, :1].T - (1 / means[:, 1:]) @ times[:, 1:].T
    spread = (counts * influence**2).sum(axis=1) / runs
    variance = np.where(spread > ROUNDING, spread, 0) / max(runs - 1, 1)
    return np.log(means[:, 0] / means[:, 1]), variance


def _any_censored(*arms: ConvergenceTimes) -> bool:
    return any(bool(arm.censored.any()) for arm in arms)
