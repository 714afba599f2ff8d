"""Four candidate 95 % intervals for the log of a ratio of arithmetic means; only the study uses them.

Each takes the times of both arms, float [data sets, runs], and a generator, and returns the lower and
upper ends, float [data sets], for the log of numerator over denominator. The arms are unpaired and
may differ in size and spread.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from repro.statistics.ratio import TAIL, log_ratio, resample, studentised, tails

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.statistics.ratio import Ends, Floats

RESAMPLES = 1999
"""Fewer than in `repro.statistics.ratio`, which uses more to reduce the noise of the ends."""


def t_on_logs(numerator: Floats, denominator: Floats, _rng: np.random.Generator) -> Ends:
    """Welch's t interval on the logs of the times; it estimates the ratio of geometric means."""
    top, bottom = np.log(numerator), np.log(denominator)
    center = top.mean(axis=1) - bottom.mean(axis=1)
    return _welch(center, (_variance(top), _variance(bottom)), (top.shape[1], bottom.shape[1]))


def delta(numerator: Floats, denominator: Floats, _rng: np.random.Generator) -> Ends:
    """Delta method on the log of the ratio of means, with Welch's degrees of freedom."""
    top, bottom = numerator.mean(axis=1), denominator.mean(axis=1)
    variances = (_variance(numerator) / top**2, _variance(denominator) / bottom**2)
    return _welch(np.log(top / bottom), variances, (numerator.shape[1], denominator.shape[1]))


def percentile(numerator: Floats, denominator: Floats, rng: np.random.Generator) -> Ends:
    """Percentile bootstrap, with each arm resampled separately."""
    counts = [resample(arm.shape[1], RESAMPLES, rng) for arm in (numerator, denominator)]
    values, _ = log_ratio(numerator, denominator, counts[0], counts[1])
    return tails(values)


CANDIDATES: dict[str, Callable[[Floats, Floats, np.random.Generator], Ends]] = {
    "t on logs": t_on_logs,
    "delta": delta,
    "percentile": percentile,
    "studentised": partial(studentised, resamples=RESAMPLES),
}


def _variance(values: Floats) -> Floats:
    """Variance of each row's mean."""
    return np.asarray(values.var(axis=1, ddof=1) / values.shape[1])


def _welch(center: Floats, variances: tuple[Floats, Floats], runs: tuple[int, int]) -> Ends:
    """Center -/+ t x standard error, with the degrees of freedom of Welch and Satterthwaite."""
    total = variances[0] + variances[1]
    freedom = total**2 / sum(v**2 / (n - 1) for v, n in zip(variances, runs, strict=True))
    half = stats.t.ppf(1 - TAIL, freedom) * np.sqrt(total)
    return center - half, center + half
