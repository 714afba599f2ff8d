"""talk:312-315: bids for C fall and bids for D rise; CVS switches from C to D sooner than PPOF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from claims.bids._shared import (
    ALGORITHMS,
    DIFFERENCES,
    HALVED,
    LETTERS,
    BidClaim,
    all_of,
    judge_ratio,
    needs,
)
from claims.transfer._arms import ANYTHING_ELSE, SWAPPED, censored, mean_epochs
from repro.protocol import BIDS_PROBLEM
from repro.statistics import mean_of_runs
from repro.statistics.bid_times import change, switch
from repro.summaries.bids import endpoints, path_decisions, trajectories, unused_actions
from repro.verdicts import Margin, direction

if TYPE_CHECKING:
    from claims.bids._shared import Bids
    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Estimate, Verdict

    Place = tuple[int, int, int]

STATE, OLD, NEW = path_decisions(BIDS_PROBLEM)[-1]
FIRST, SECOND = unused_actions(BIDS_PROBLEM)[:2]
BACK = f"a switch from {LETTERS[NEW]} to {LETTERS[OLD]}"
IDLE = f"a switch from {LETTERS[FIRST]} to {LETTERS[SECOND]}, neither of which is ever right"


@dataclass(frozen=True)
class Switched:
    """One algorithm's bids at one state, where the right mechanism changes from old to new.

    Attributes:
        fall: mean over runs of the fall of the old mechanism's bid, from first to last epoch.
        rise: mean over runs of the rise of the new mechanism's bid.
        runs: number of runs in which the old bid fell and the new bid rose.
        times: of the switch.
    """

    fall: Estimate
    rise: Estimate
    runs: int
    times: ConvergenceTimes


def switched(bids: Bids, place: Place) -> Switched:
    """Measure the bids [R, epochs, S, K] at a place: state, old and new mechanism."""
    state, old, new = place
    falling, rising = bids[:, :, state, old], bids[:, :, state, new]
    fall, rise = -change(falling), change(rising)
    return Switched(
        fall=mean_of_runs(fall),
        rise=mean_of_runs(rise),
        runs=int(((fall > 0) & (rise > 0)).sum()),
        times=switch(falling, rising),
    )


def judge(cvs: Switched, ppof: Switched, measured: Estimate | None) -> Verdict:
    """Judge both parts: bids fall and rise in both algorithms, and CVS switches sooner."""
    moves = (direction(move, 0.0) for arm in (cvs, ppof) for move in (arm.fall, arm.rise))
    return all_of([*moves, judge_ratio(measured)])


SWITCH = BidClaim("switch", "epochs to the switch", switched, judge)


@pytest.mark.claim(
    id="bids.switch",
    title="Bids switch from C to D, and sooner in CVS",
    statement="When the right last decision changes from C to D, the bid for C falls and the bid for D "
    "rises at this state, in CVS and in PPOF; the bid for D overtakes the bid for C in fewer epochs in CVS.",
    source=["talk:312", "talk:314", "talk:315"],
    kind="empirical",
    group="the new last decision",
    expected="in CVS and in PPOF the bid for C falls and the bid for D rises from epoch 1 to the last one "
    "observed, each of the four mean changes with its 95 % interval beyond 0; and mean epochs to the "
    "switch, PPOF over CVS, 95 % interval above 1. Not reproduced if one of the five intervals lies "
    "entirely on the other side",
    margin=Margin(low=1.0),
    controls={
        SWAPPED: ANYTHING_ELSE,
        HALVED: ANYTHING_ELSE,
        BACK: ANYTHING_ELSE,
        IDLE: ANYTHING_ELSE,
    },
    needs=needs,
    differences=DIFFERENCES,
)
def test_switch(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    records = [runs(block) for block in needs(seeds)]
    cvs, ppof, ppo = (one.bids["bid"] for one in records)
    arms = [switched(bids, (STATE, OLD, NEW)) for bids in (cvs, ppof, ppo)]
    SWITCH.outcome(record, arms[0], arms[1], len(seeds))
    for name, arm in zip(ALGORITHMS, arms, strict=True):
        label, judged = name.upper(), name != "ppo"
        for what, move in (
            (f"fall of {LETTERS[OLD]}", arm.fall),
            (f"rise of {LETTERS[NEW]}", arm.rise),
        ):
            verdict = direction(move, 0.0) if judged else None
            record.detail(f"{what}'s bid, {label}", move, verdict, part=judged)
        record.detail(
            f"runs in which {LETTERS[OLD]}'s bid fell and {LETTERS[NEW]}'s rose, {label}", arm.runs
        )
        record.detail(f"mean epochs to the switch, {label}", mean_epochs(arm.times))
        never = censored(arm.times)
        record.detail(f"runs that never switched, of {never.of}, {label}", never.runs)
        record.points(label, SWITCH.quantity, arm.times.epochs, arm.times.censored)
    record.table(*endpoints(records))
    SWITCH.controls(record, cvs, ppof, (STATE, OLD, NEW))
    SWITCH.control(record, BACK, "back", cvs, ppof, (STATE, NEW, OLD))
    SWITCH.control(record, IDLE, "bystanders", cvs, ppof, (STATE, FIRST, SECOND))
    record.figure(trajectories(records[:2]))
