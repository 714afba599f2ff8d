"""The share of the gap between two arms that a third arm closes, in logs of mean times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.statistics.pooled import (
    any_censored,
    check_arms,
    has_spread,
    log_mean,
    ratio_of_logs,
)
from repro.statistics.ratio import RESAMPLES, studentise, tails
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from repro.statistics.pooled import Arm


def factorisation_share(
    start: Arm, middle: Arm, end: Arm, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Estimate | None:
    """Compute the share of the log gap between two arms that a third closes, with a 95 % interval.

    With P, F and C the mean logs of mean times of the three arms it is (P - F) / (P - C): 0 if
    `middle` is as slow as `start`, 1 if it is as fast as `end`. The interval is Fieller's (1954)
    with quantiles from a studentised bootstrap: all shares s for which P - F - s (P - C) differs
    from 0 by no more than resampling explains. If the gap is barely significant, an end is open.

    A censored run counts with its lower bound. In `middle` this makes the share an upper bound. In
    `start` it makes the share a lower bound if the interval of `middle` over `end` is above 1, an
    upper bound if it is below 1, and otherwise leaves both ends open.

    Args:
        start: times of the arm at which the share is 0, by topology and setting.
        middle: times of the arm in between.
        end: times of the arm at which the share is 1.
        rng: source of the resamples.
        resamples: their number.

    Returns:
        The share; None if the interval of `start` over `end` is not above 1, so that there may be no gap,
            or if `middle` has a topology with only one run.

    Raises:
        UserError: as `geometric_mean`.
    """
    check_arms(start, middle, end)
    P, F, C = (log_mean(arm, rng, resamples) for arm in (start, middle, end))
    if not ratio_of_logs(P, C, start, end).low > 1 or not has_spread(middle):
        return None
    closed, gap = P[0] - F[0], P[0] - C[0]
    share = closed[0] / gap[0]
    errors = np.sqrt((1 - share) ** 2 * P[1] + F[1] + share**2 * C[1])
    pivots = studentise((closed - share * gap)[None, 1:], errors[None, 1:])
    data = [float(of_data[0]) for of_data in (closed, gap, P[1], F[1], C[1])]
    high, low = (_fieller(float(pivot[0]), *data) for pivot in tails(pivots))
    bound = "exact"
    if any_censored(start):
        rest = ratio_of_logs(F, C, middle, end)
        bound = "lower" if rest.low > 1 else "upper" if rest.high < 1 else "none"
    if any_censored(middle):
        bound = "none" if any_censored(start) else "upper"
    return Estimate(
        value=float(share),
        low=-np.inf if bound in {"upper", "none"} else low,
        high=np.inf if bound in {"lower", "none"} else high,
        bound=bound,
    )


def _fieller(
    pivot: float, closed: float, gap: float, start: float, middle: float, end: float
) -> float:
    """Solve closed - s gap = pivot x standard error of the left side, for s.

    Args:
        pivot: a quantile; above 0 it gives the lower end, below 0 the upper end.
        closed: P - F of the data.
        gap: P - C, above 0.
        start: variance of P.
        middle: variance of F.
        end: variance of C.

    Returns:
        The end; infinite if the gap does not exceed this pivot's multiple of its standard error.
    """
    outwards = -np.inf if pivot > 0 else np.inf
    if not np.isfinite(pivot):
        return float(outwards)
    square = gap**2 - pivot**2 * (start + end)
    if square <= 0:
        return float(outwards)
    half = closed * gap - pivot**2 * start
    free = closed**2 - pivot**2 * (start + middle)
    root = np.sqrt(max(half**2 - square * free, 0.0))
    return float((half - np.copysign(root, pivot)) / square)
