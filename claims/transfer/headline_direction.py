"""talk:43: after the switch to the transfer task, PPO adapts more slowly than CVS."""

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
    ratio,
    show_seeds,
)
from repro.protocol import Block, transfer
from repro.summaries.learning import convergence, curves
from repro.verdicts import Margin, direction

if TYPE_CHECKING:
    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Estimate, Verdict


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: all three algorithms; PPOF is shown but not judged."""
    return [transfer(algorithm, HEADLINE, seeds) for algorithm in ("cvs", "ppo", "ppof")]


def measure(ppo: ConvergenceTimes, cvs: ConvergenceTimes) -> Estimate:
    """Measure the ratio that is judged."""
    return ratio("ppo/cvs", ppo, cvs)


def judge(measured: Estimate) -> Verdict:
    """Judge whether a ratio is above 1."""
    return direction(measured)


@pytest.mark.claim(
    id="transfer.headline_direction",
    title="PPO transfers more slowly than CVS",
    statement="When the last decision of the linear chain changes from C to D, PPO takes more steps "
    "than CVS, on average, until it converges again.",
    source=["talk:31", "talk:43"],
    kind="empirical",
    group="the new last decision",
    expected="mean steps of PPO over CVS, 95 % interval above 1",
    margin=Margin(low=1.0),
    controls={SWAPPED: "not reproduced", SPLIT: ANYTHING_ELSE},
    needs=needs,
    differences=DIFFERENCES,
)
def test_headline_direction(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    records = [runs(block) for block in needs(seeds)]
    cvs, ppo, ppof = (one.times for one in records)
    measured = measure(ppo, cvs)
    record.outcome(judge(measured), measured, n=len(ppo.epochs), censored=censored(ppo, cvs))
    record.detail("PPOF over CVS, ratio of mean steps", ratio("ppof/cvs", ppof, cvs))
    record.detail("PPO over PPOF, ratio of mean steps", ratio("ppo/ppof", ppo, ppof))
    show_seeds(record, {"PPO": ppo, "CVS": cvs, "PPOF": ppof})
    swapped, split = ratio("cvs/ppo", cvs, ppo), ratio("ppo/ppo", *halves(ppo))
    record.control(SWAPPED, judge(swapped), swapped)
    record.control(SPLIT, judge(split), split)
    record.figure(curves(records))
    record.figure(convergence({HEADLINE: records}))
