"""Figures over several settings whose runs share their pretraining: seeds are resampled jointly.

The settings of one topology continue the same pretrained runs, seed by seed, so their times are not
independent. Different topologies are independent, and so are different algorithms. An arm is therefore
a list of topologies; a topology is the list of the `ConvergenceTimes` of its settings, all with the
same seeds in the same order. A resample draws seeds within a topology, each with its times in all
settings. Standard errors are by the delta method, from each seed's influence on the sum over settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError
from repro.statistics.ratio import RESAMPLES, ROUNDING, comparison, resample, studentise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.statistics.convergence import ConvergenceTimes
    from repro.statistics.ratio import Ends, Floats
    from repro.verdicts import Comparison, Estimate

    Arm = Sequence[Sequence[ConvergenceTimes]]


def geometric_mean(
    numerator: Arm, denominator: Arm, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Estimate:
    """Compute the geometric mean over settings of the ratio of mean times, with a 95 % interval.

    For a single setting it equals `ratio_of_means`. As there, censored runs in any setting make it a
    bound, and an arm that has a topology with only one run leaves both ends open.

    Args:
        numerator: times of one arm, by topology and setting.
        denominator: times of the other arm, for the same topologies and settings; seeds are unpaired.
        rng: source of the resamples.
        resamples: their number.

    Raises:
        UserError: an arm has no topology, a topology has no setting or no run, the settings of a
            topology differ in their number of runs, or the arms differ in their settings.
    """
    return compare_pooled(numerator, denominator, rng, resamples=resamples).estimate


def compare_pooled(
    numerator: Arm,
    denominator: Arm,
    rng: np.random.Generator,
    threshold: float = 1.0,
    resamples: int = RESAMPLES,
) -> Comparison:
    """Compute `geometric_mean` with a one-sided lower bound and a p-value, as `compare` does for one ratio.

    Args:
        numerator: see `geometric_mean`.
        denominator: likewise.
        rng: likewise.
        threshold: what the geometric mean is to exceed, above 0.
        resamples: their number.

    Raises:
        UserError: as `geometric_mean`.
    """
    check_arms(numerator, denominator)
    top, bottom = (log_mean(arm, rng, resamples) for arm in (numerator, denominator))
    return comparison_of_logs(top, bottom, numerator, denominator, threshold)


def log_mean(arm: Arm, rng: np.random.Generator, resamples: int) -> Ends:
    """Compute the mean over settings of the log of the mean time, and its variance.

    Returns:
        Both for the data first and then for each resample, [1 + resamples].
    """
    value, variance = np.zeros(1 + resamples), np.zeros(1 + resamples)
    for topology in arm:
        times = np.stack([setting.epochs for setting in topology], axis=1).astype(np.float64)
        runs, settings = times.shape
        first, second = np.triu_indices(settings)
        # Each pair of two settings counts twice in the square below.
        products = times[:, first] * times[:, second] * np.where(first == second, 1, 2)
        counts = resample(runs, resamples, rng)
        means, squares = (_means(counts, one) for one in (times, products))
        # The mean over seeds of the square of each one's influence on the sum of the logs, which is the sum over
        # settings of its time over the mean, less the number of settings.
        spread = (squares / means[:, first] / means[:, second]).sum(axis=1) - settings**2
        value += np.log(means).sum(axis=1)
        variance += np.where(spread > ROUNDING, spread, 0) / max(runs - 1, 1)
    settings = sum(len(topology) for topology in arm)
    return value / settings, variance / settings**2


def _means(counts: Floats, figures: Floats) -> Floats:
    """Compute the means of columns [runs, columns], of the data first and then of each resample."""
    return np.concatenate([figures.sum(axis=0)[None], counts @ figures]) / len(figures)


def ratio_of_logs(top: Ends, bottom: Ends, numerator: Arm, denominator: Arm) -> Estimate:
    """Compute the ratio of two arms from their `log_mean`."""
    return comparison_of_logs(top, bottom, numerator, denominator).estimate


def comparison_of_logs(
    top: Ends, bottom: Ends, numerator: Arm, denominator: Arm, threshold: float = 1.0
) -> Comparison:
    """Compute the ratio of two arms from their `log_mean`, with what judging it as one of several needs."""
    values, errors = top[0] - bottom[0], np.sqrt(top[1] + bottom[1])
    pivots = None
    if has_spread(numerator) and has_spread(denominator):
        center, error = values[None, :1], errors[None, :1]
        pivots = center, error, studentise(values[None, 1:] - center, errors[None, 1:])
    return comparison(
        float(np.exp(values[0])),
        pivots,
        numerator=any_censored(numerator),
        denominator=any_censored(denominator),
        threshold=threshold,
    )


def any_censored(arm: Arm) -> bool:
    """Return whether any run of the arm never converged, in any setting."""
    return any(bool(setting.censored.any()) for topology in arm for setting in topology)


def has_spread(arm: Arm) -> bool:
    """Return whether every topology has at least two runs, so that a spread can be computed."""
    return all(topology[0].epochs.size > 1 for topology in arm)


def check_arms(*arms: Arm) -> None:
    """Refuse arms that cannot be resampled jointly, or that differ in their settings."""
    shapes = [[len(topology) for topology in arm] for arm in arms]
    if not shapes[0] or any(shape != shapes[0] for shape in shapes) or 0 in shapes[0]:
        raise UserError(
            f"pooled: given arms with {' and '.join(map(str, shapes))} settings by topology; "
            "expected the same in all, and at least one setting in each topology"
        )
    for arm in arms:
        for topology in arm:
            runs = [setting.epochs.size for setting in topology]
            if min(runs) < 1 or min(runs) < max(runs):
                raise UserError(
                    f"pooled: given a topology whose settings have {runs} runs; "
                    "expected the same seeds in all of them, and at least one"
                )
