"""What the claims on transfer share: the arms compared, their controls, and how ours differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from claims.transfer._resampling import Resampling
from repro.statistics import ConvergenceTimes, compare
from repro.verdicts import Estimate, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from repro.plugin.recorder import Recorder
    from repro.protocol import Block
    from repro.records.record import Record
    from repro.verdicts import Comparison

    Runs = Callable[[Block], Record]

HEADLINE = "linear_chain.last"
ALGORITHMS = ("cvs", "ppo", "ppof")
"""In this order they get their colours and markers in every figure."""

SWAPPED = "the two arms swapped"
SPLIT = "the first half of PPO's seeds over the second"
ANYTHING_ELSE = (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE)
"""What a control may come out as: where few seeds leave a claim open, they leave its mirror so too."""

DIFFERENCES = (
    "Each run goes on from its last pretraining epoch; the authors' code picks the checkpoint of the "
    "best test return. One process collects an epoch, so one episode of it is cut, where theirs cuts "
    "ten. The talk does not say when a run counts as converged; here it is the first of 30 epochs in "
    "a row whose mean return is within 0.01 of the optimum."
)


def ratio(what: str, numerator: ConvergenceTimes, denominator: ConvergenceTimes) -> Estimate:
    """Ratio of mean times, its interval resampled from the stream of this name."""
    return compared(what, numerator, denominator).estimate


def compared(what: str, numerator: ConvergenceTimes, denominator: ConvergenceTimes) -> Comparison:
    """`ratio`, with what is needed to judge it as one of several."""
    return compare(numerator, denominator, Resampling(what))


def halves(times: ConvergenceTimes) -> tuple[ConvergenceTimes, ConvergenceTimes]:
    """Split one arm in two by the order of its seeds: arms between which there is no difference."""
    middle = len(times.epochs) // 2
    return (
        ConvergenceTimes(times.epochs[:middle], times.censored[:middle]),
        ConvergenceTimes(times.epochs[middle:], times.censored[middle:]),
    )


def mean_epochs(times: ConvergenceTimes) -> Estimate | float:
    """Mean epochs to convergence; a lower bound where runs are censored."""
    mean = float(times.epochs.mean())
    if times.censored.any():
        return Estimate(mean, mean, np.inf, bound="lower")
    return mean


def show_seeds(record: Recorder, arms: Mapping[str, ConvergenceTimes]) -> None:
    """Show the epochs to convergence of every run, arm by arm, under the arms' labels."""
    for label, times in arms.items():
        record.points(label, "epochs to convergence", times.epochs, times.censored)


def censored(*arms: ConvergenceTimes) -> int:
    """How many runs of all arms never converged."""
    return sum(int(arm.censored.sum()) for arm in arms)
