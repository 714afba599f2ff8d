"""Probability of improvement: how often a run of one arm takes longer than a run of the other.

P(X > Y) + P(X = Y) / 2 over all pairs of seeds, which are unpaired (Agarwal et al., Deep Reinforcement
Learning at the Edge of the Statistical Precipice, 2021). It does not measure how much longer, so a
few very slow runs do not change it.

The bootstrap in that paper gives no width if the arms don't overlap, and arms of ten often do not. The
interval here is the score interval of Newcombe (2006, Statistics in Medicine 25:559, method 5), the
analogue of Wilson's for a proportion: all probabilities p whose distance from the measured one is at
most 1.96 standard errors, with the standard error at p by Hanley and McNeil's formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from repro.errors import UserError

if TYPE_CHECKING:
    from repro.statistics.convergence import ConvergenceTimes

QUANTILE = float(special.ndtri(0.975))


@dataclass(frozen=True)
class Probability:
    """A probability with its 95 % interval.

    Attributes:
        least: the lowest value that it can have, whatever the true times of the censored runs.
        most: the highest such value; equal to `least` if no pair depends on a censored run.
        low: lower end of the interval around `least`.
        high: upper end of the interval around `most`.
    """

    least: float
    most: float
    low: float
    high: float


def probability_of_improvement(slow: ConvergenceTimes, fast: ConvergenceTimes) -> Probability:
    """Estimate the probability that a run of `slow` takes longer than a run of `fast`.

    A tie counts half. A censored run may have any time from its bound on, so the probability lies
    between `least` and `most`. A pair in which the order is certain in spite of censoring leaves no
    gap between the two.

    Args:
        slow: times of the arm to be improved upon, at least one run.
        fast: times of the other arm, likewise; seeds are unpaired and the sizes may differ.

    Raises:
        UserError: an arm has no run.
    """
    if not slow.epochs.size or not fast.epochs.size:
        raise UserError(
            f"probability of improvement: given {slow.epochs.size} and {fast.epochs.size} runs; "
            "expected at least one in each arm"
        )
    x, y = slow.epochs[:, None], fast.epochs[None, :]
    score = np.where(x > y, 1.0, np.where(x == y, 0.5, 0.0))
    least = float(np.where(fast.censored[None, :], 0.0, score).mean())
    most = float(np.where(slow.censored[:, None], 1.0, score).mean())
    sizes = (slow.epochs.size, fast.epochs.size)
    # The formula is the same for p and 1 - p: the upper end is the lower end for the complement.
    return Probability(least, most, _lower_end(least, *sizes), 1 - _lower_end(1 - most, *sizes))


def _lower_end(measured: float, n: int, m: int) -> float:
    """Find the lowest p below `measured` that the interval contains."""
    if measured <= 0:
        return 0.0

    def beyond(p: float) -> float:
        pairs = (n + m) / 2 - 1
        variance = p * (1 - p) * (1 + pairs * ((1 - p) / (2 - p) + p / (1 + p))) / (n * m)
        return (measured - p) ** 2 - QUANTILE**2 * variance

    from scipy import optimize  # noqa: PLC0415 - takes a second to load

    # At `measured` the distance is 0, and so is the variance if `measured` is 1.
    return float(optimize.brentq(beyond, 0.0, measured * (1 - 1e-9)))
