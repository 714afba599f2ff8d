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
"""Margins of the ratio and of its interval, as factors; fixed before any run."""


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
    expected="mean steps of PPO over CVS within a factor 1.5 of 13.9, and the "
    "whole 95 % interval within a factor 3",
    margin=Margin(TARGET / INTERVAL_FACTOR, TARGET * INTERVAL_FACTOR, TARGET),
    controls={SWAPPED: "not reproduced", SPLIT: ANYTHING_ELSE},
    needs=needs,
    differences=DIFFERENCES
    + " The number of very slow runs among ten seeds of PPO decides how wide the interval is, and so the "
    "verdict: seeds 0 to 9 gave 12.9 [9.3, 20] when this was recorded. With random numbers drawn in three "
    "other ways they gave 13.1 [8.9, 32]; 13.7 [9.4, 48], which is inconclusive; and, with one run of PPO "
    "that did not converge, at least 16.9 [8.3, ∞], inconclusive too.",
)
def test_headline(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    records = [runs(block) for block in needs(seeds)]
    cvs, ppo = (one.times for one in records)
    measured = measure(ppo, cvs)
    record.outcome(judge(measured), measured, n=len(ppo.epochs), censored=censored(ppo, cvs))
    record.detail("mean epochs to convergence, PPO", mean_epochs(ppo))
    record.detail("mean epochs to convergence, CVS", mean_epochs(cvs))
    show_seeds(record, {"PPO": ppo, "CVS": cvs})
    record.control(SWAPPED, judge(ratio("cvs/ppo", cvs, ppo)))
    record.control(SPLIT, judge(ratio("ppo/ppo", *halves(ppo))))
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
        )
    )
