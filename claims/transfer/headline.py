"""talk:44: PPO takes 13.9 times as long as CVS to converge after the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.transfer._arms import (
    ANYTHING_ELSE,
    DIFFERENCES,
    HEADLINE,
    SPLIT,
    SWAPPED,
    censored,
    halves,
    mean_epochs,
    ratio,
    show_seeds,
)
from claims.transfer._resampling import Resampling
from repro.figures import ratio_intervals
from repro.protocol import Block, transfer
from repro.statistics import sensitivity
from repro.statistics.convergence import TOLERANCE, WINDOW
from repro.verdicts import Margin, near

if TYPE_CHECKING:
    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Estimate, Verdict

TARGET = 13.9
FACTOR, INTERVAL_FACTOR = 1.5, 3.0
"""Margins of the ratio and of its interval, as factors: those of this file's first version, which is older than the
runs of seeds 10 to 39 that they judge."""


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: the two arms."""
    return [transfer(algorithm, HEADLINE, seeds) for algorithm in ("cvs", "ppo")]


def measure(ppo: ConvergenceTimes, cvs: ConvergenceTimes) -> Estimate:
    """Measure the ratio that is judged."""
    return ratio("ppo/cvs", ppo, cvs)


def judge(measured: Estimate) -> Verdict:
    """Judge whether a ratio is near that of the talk."""
    return near(measured, TARGET, FACTOR, INTERVAL_FACTOR)


@pytest.mark.claim(
    id="transfer.headline",
    title="PPO takes 13.9 times as long as CVS to transfer",
    statement="When the last decision of the linear chain changes from C to D, PPO takes 13.9 times "
    "as many steps as CVS, on average, until it converges again.",
    source=["talk:44"],
    kind="empirical",
    group="the new last decision",
    expected="mean steps of PPO over CVS within a factor 1.5 of 13.9, and the "
    "whole 95 % interval within a factor 3",
    margin=Margin(
        TARGET / INTERVAL_FACTOR,
        TARGET * INTERVAL_FACTOR,
        TARGET,
        estimate=(TARGET / FACTOR, TARGET * FACTOR),
    ),
    controls={SWAPPED: "not reproduced", SPLIT: ANYTHING_ELSE},
    needs=needs,
    differences=DIFFERENCES,
    recorded="inconclusive",
    reason="In the recorded run (seeds 10 to 39) one of thirty PPO runs did not converge within 50,000 "
    "epochs, so the ratio is only bounded: at least 20 [10, ∞]. Without this run, which must not be left out, "
    "it would be 12.2. The run, seed 19, lost the new action: after 1000 epochs of transfer the other five "
    "actions were equally likely at the changed state and D had a probability of about 1e-6; in 413 of 50,000 "
    "epochs it was rewarded at all. Learning rates fall by 1 % in a hundred epochs, to a third at epoch "
    "12,000 and to 0.7 % at epoch 50,000, so longer training would hardly help: a mean time of PPO may not "
    "exist under this protocol. Of ten seeds at a time, two groups are near the talk's number, 16.4 "
    "[12.5, 25.5] and 10.9 [7.9, 15.1]; the third contains seed 19. The same happened before. Seeds 0 to 29 of "
    "an earlier version of this project, with at most 12,000 epochs, had one PPO run that did not converge: at least 13.2, the "
    "interval from 10.5 upwards; two of their groups of ten were reproduced. Seeds 0 to 9, from which this "
    "project first reported 13.1 as reproduced, gave 12.9 [9.3, 20] with the present version, and with random "
    "numbers drawn in three other ways 13.1 [8.9, 32]; 13.7 [9.4, 48], which is inconclusive; and, with one "
    "run that did not converge, at least 16.9 [8.3, ∞], inconclusive too. So the verdict on ten seeds depends "
    "on whether such a run is among them; the talk's number lies among those that ten seeds give here.",
)
def test_headline(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    records = [runs(block) for block in needs(seeds)]
    cvs, ppo = (one.times for one in records)
    measured = measure(ppo, cvs)
    record.outcome(judge(measured), measured, n=len(ppo.epochs), censored=censored(ppo, cvs))
    record.detail("mean epochs to convergence, PPO", mean_epochs(ppo))
    record.detail("mean epochs to convergence, CVS", mean_epochs(cvs))
    show_seeds(record, {"PPO": ppo, "CVS": cvs})
    swapped, split = ratio("cvs/ppo", cvs, ppo), ratio("ppo/ppo", *halves(ppo))
    record.control(SWAPPED, judge(swapped), swapped)
    record.control(SPLIT, judge(split), split)
    rows = {f"within {TOLERANCE:g} for {WINDOW} epochs (judged)": measured}
    for other in sensitivity(records[1].returns, records[0].returns, Resampling("ppo/cvs")):
        if (other.tolerance, other.window) != (TOLERANCE, WINDOW):
            label = f"within {other.tolerance:g} for {other.window} epochs"
            record.detail(f"ratio if a run counts as converged {label}", other.estimate)
            rows[label] = other.estimate
    record.figure(
        ratio_intervals(
            "ratio.headline",
            rows,
            title="PPO over CVS, by convergence rule",
            quantity="ratio of mean steps to convergence",
            target=TARGET,
            bands={
                f"factor {factor:g}": (TARGET / factor, TARGET * factor)
                for factor in (FACTOR, INTERVAL_FACTOR)
            },
            caption="Is the diamond within the darker band, and its whole interval within the lighter one?",
        )
    )
