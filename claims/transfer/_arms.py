"""Shared by the claims on transfer: arms, control names, differences from the paper, ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from claims.transfer._resampling import Resampling
from repro.statistics import ConvergenceTimes, compare
from repro.verdicts import Censored, Estimate, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from repro.plugin.recorder import Recorder
    from repro.protocol import Block
    from repro.records.record import Record
    from repro.verdicts import Comparison

    Runs = Callable[[Block], Record]

HEADLINE = "linear_chain.last"
ALGORITHMS = ("cvs", "ppo", "ppof")
"""Their order fixes their colours and markers in every figure."""

SWAPPED = "the two arms swapped"
SPLIT = "the first half of PPO's seeds over the second"
ANYTHING_ELSE = (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE)
"""Verdicts that a control may have: with few seeds a claim may be inconclusive, and so may its control."""

CONTINUED = (
    "Each run continues from its last pretraining epoch; the authors' code continues from the "
    "checkpoint with the best test return."
)
FRESH_DIFFERENCES = (
    "One process collects an epoch, so one episode per epoch is "
    "cut off; in the authors' code ten are. The talk does not say when a run counts as converged; "
    "here it is the first of 30 epochs in a row whose mean return is within 0.01 of the optimum."
)
"""Of a claim on runs that all start from newly initialised weights."""
DIFFERENCES = f"{CONTINUED} {FRESH_DIFFERENCES}"
"""Of a claim on transfers."""


def ratio(what: str, numerator: ConvergenceTimes, denominator: ConvergenceTimes) -> Estimate:
    """Compute the ratio of mean times; `what` names the stream of resamples."""
    return compared(what, numerator, denominator).estimate


def compared(what: str, numerator: ConvergenceTimes, denominator: ConvergenceTimes) -> Comparison:
    """Compute `ratio` as a `Comparison`, to judge it as one of several."""
    return compare(numerator, denominator, Resampling(what))


def halves(times: ConvergenceTimes) -> tuple[ConvergenceTimes, ConvergenceTimes]:
    """Split one arm in two by the order of its seeds: two arms without a true difference."""
    middle = len(times.epochs) // 2
    return (
        ConvergenceTimes(times.epochs[:middle], times.censored[:middle]),
        ConvergenceTimes(times.epochs[middle:], times.censored[middle:]),
    )


def mean_epochs(times: ConvergenceTimes) -> Estimate | float:
    """Compute the mean epochs to convergence; a lower bound if runs are censored."""
    mean = float(times.epochs.mean())
    if times.censored.any():
        return Estimate(mean, mean, np.inf, bound="lower")
    return mean


def show_seeds(record: Recorder, arms: Mapping[str, ConvergenceTimes]) -> None:
    """Show the epochs to convergence of every run, by the labels of the arms."""
    for label, times in arms.items():
        record.points(label, "epochs to convergence", times.epochs, times.censored)


def censored(*arms: ConvergenceTimes) -> Censored:
    """Count the runs of all arms that never converged."""
    return Censored(
        sum(int(arm.censored.sum()) for arm in arms), sum(arm.censored.size for arm in arms)
    )
