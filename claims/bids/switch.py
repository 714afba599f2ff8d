"""When C gives way to D: sooner in CVS than in PPOF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from claims.bids._shared import (
    ALGORITHMS,
    ANYTHING_ELSE,
    DIFFERENCES,
    LETTERS,
    all_of,
    halves,
    later,
    needs,
    ratio_if_any,
)
from claims.transfer._arms import censored, mean_epochs
from repro.experiment import BIDS_PROBLEM
from repro.judge import direction
from repro.statistics.bids import change, switch
from repro.statistics.bids_intervals import mean_of_runs
from repro.summary_bids import bystanders, decided, endpoints, trajectories
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from claims.bids._shared import Bids
    from claims.record import Recorder
    from claims.transfer._arms import Runs
    from repro.statistics import Times
    from repro.verdicts import Estimate


@dataclass(frozen=True)
class Switched:
    """One algorithm's bids at one state, where one mechanism is to give way to another.

    Attributes:
        fall: mean over runs of how far the one's bid ended below where it began.
        rise: mean over runs of how far the other's ended above.
        runs: in how many runs the one fell and the other rose.
        times: of the switch.
    """

    fall: Estimate
    rise: Estimate
    runs: int
    times: Times


def switched(bids: Bids, state: int, old: int, new: int) -> Switched:
    """Measure the bids [R, epochs, S, K] of two mechanisms at a state."""
    falling, rising = bids[:, :, state, old], bids[:, :, state, new]
    fall, rise = -change(falling), change(rising)
    return Switched(
        fall=mean_of_runs(fall),
        rise=mean_of_runs(rise),
        runs=int(((fall > 0) & (rise > 0)).sum()),
        times=switch(falling, rising),
    )


def judge(cvs: Switched, ppof: Switched, measured: Estimate | None) -> Verdict:
    """Judge both parts: bids fall and rise in both algorithms, and CVS's switch comes first."""
    moves = (direction(move, 0.0) for arm in (cvs, ppof) for move in (arm.fall, arm.rise))
    return all_of([*moves, later(measured)])


def compared(what: str, cvs: Bids, ppof: Bids, state: int, old: int, new: int) -> Verdict:
    """Measure and judge other bids in the claim's place."""
    if not len(cvs) or not len(ppof):
        return Verdict.INCONCLUSIVE
    fast, slow = (switched(bids, state, old, new) for bids in (cvs, ppof))
    return judge(fast, slow, ratio_if_any(f"switch {what}", slow.times, fast.times))


@pytest.mark.claim(
    id="bids.switch",
    title="Bids switch from C to D, and sooner in CVS",
    statement="When the right last decision changes from C to D, the bid for C falls and that for D "
    "rises at this state, in CVS and in PPOF; D's bid overtakes C's in fewer epochs in CVS.",
    source=["talk:312", "talk:314", "talk:315"],
    kind="empirical",
    expected="from epoch 1 to the last one observed C's bid falls and D's rises in both, each of the "
    "four mean changes with its 95 % interval beyond 0; and mean epochs to the switch, PPOF over CVS, "
    "95 % interval above 1. Not reproduced if one of the five lies wholly on the other side",
    needs=needs,
    differences=DIFFERENCES,
)
def test_switch(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    records = [runs(block) for block in needs(seeds)]
    bids = [one.bids["bid"] for one in records]
    state, old, new = decided(BIDS_PROBLEM)[-1]
    arms = [switched(one, state, old, new) for one in bids]
    cvs, ppof, _ = arms
    measured = ratio_if_any("switch ppof/cvs", ppof.times, cvs.times)
    record.outcome(
        judge(cvs, ppof, measured),
        measured,
        n=len(seeds),
        censored=censored(cvs.times, ppof.times),
    )
    record.detail("epochs to the switch, PPOF over CVS", measured or np.nan, later(measured))
    for name, arm in zip(ALGORITHMS, arms, strict=True):
        label, judged = name.upper(), name != "ppo"
        for what, move in (
            (f"fall of {LETTERS[old]}", arm.fall),
            (f"rise of {LETTERS[new]}", arm.rise),
        ):
            record.detail(f"{what}'s bid, {label}", move, direction(move, 0.0) if judged else None)
        record.detail(f"runs in which the one fell and the other rose, {label}", arm.runs)
        record.detail(f"mean epochs to the switch, {label}", mean_epochs(arm.times))
        record.detail(f"runs that never switched, {label}", censored(arm.times))
    record.table(*endpoints(records))
    first, second = bystanders(BIDS_PROBLEM)[:2]
    one_half, other_half = halves(bids[0])
    for what, verdict in (
        ("the two arms swapped", compared("cvs/ppof", bids[1], bids[0], state, old, new)),
        (
            "the first half of CVS's seeds, in PPOF's place, over the second",
            compared("cvs/cvs", other_half, one_half, state, old, new),
        ),
        (
            f"{LETTERS[new]} giving way to {LETTERS[old]}",
            compared("back", bids[0], bids[1], state, new, old),
        ),
        (
            f"{LETTERS[first]} giving way to {LETTERS[second]}, which the change does not concern",
            compared("bystanders", bids[0], bids[1], state, first, second),
        ),
    ):
        record.control(what, verdict, ANYTHING_ELSE)
    record.figure(trajectories(records[:2]))
