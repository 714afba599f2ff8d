"""Bids that were right all along are disturbed by the change, and come back sooner in CVS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from claims.bids._shared import (
    ALGORITHMS,
    DIFFERENCES,
    HALVED,
    LETTERS,
    Race,
    all_of,
    later,
    needs,
    state_name,
)
from claims.transfer._arms import ANYTHING_ELSE, SWAPPED, censored
from repro.protocol import BIDS_PROBLEM
from repro.statistics import share_of_runs
from repro.statistics.bids import HALVES, joint_recovery, recovery
from repro.summaries.bids import endpoints, path_decisions, trajectories, unused_actions
from repro.verdicts import Estimate, Margin, direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from claims.bids._shared import Bids
    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.statistics import ConvergenceTimes
    from repro.statistics.bids import Recovery
    from repro.verdicts import Verdict

    Places = tuple[tuple[int, int], ...]

PLACES = tuple((s.state, s.after) for s in path_decisions(BIDS_PROBLEM) if s.before == s.after)
OTHERS = unused_actions(BIDS_PROBLEM)
IDLE = f"{LETTERS[OTHERS[0]]} and {LETTERS[OTHERS[1]]} in the place of A and B, right nowhere"
MOST = 0.5
"""A bid counts as disturbed by the change if it is so in more than this share of all runs."""


@dataclass(frozen=True)
class Recovered:
    """How one algorithm's bids were disturbed and came back.

    Attributes:
        bids: fall and recovery of each bid looked at.
        shares: of the runs in which each was disturbed.
        times: in half epochs, of the runs with a figure.
        figured: bool [runs], which these are; in the others neither bid was disturbed.
    """

    bids: tuple[Recovery, ...]
    shares: tuple[Estimate, ...]
    times: ConvergenceTimes
    figured: NDArray[np.bool_]

    @property
    def every_run(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Epochs to recovery of all runs, NaN where there is no figure; and which are bounds."""
        epochs, censored = np.full(self.figured.size, np.nan), np.zeros_like(self.figured)
        epochs[self.figured] = self.times.epochs / HALVES
        censored[self.figured] = self.times.censored
        return epochs, censored


def recovered(bids: Bids, places: Places) -> Recovered:
    """Measure the bids [R, epochs, S, K] at these two (state, mechanism)."""
    found = tuple(recovery(bids[:, :, state, action]) for state, action in places)
    times, figured = joint_recovery(found)
    shares = tuple(share_of_runs(one.disturbed) for one in found)
    return Recovered(found, shares, times, figured)


def judge(cvs: Recovered, ppof: Recovered, measured: Estimate | None) -> Verdict:
    """Judge both parts: each bid is disturbed in most runs of both, and CVS recovers first."""
    disturbed = (direction(share, MOST) for arm in (cvs, ppof) for share in arm.shares)
    return all_of([*disturbed, later(measured)])


RECOVERY = Race("recovery", "epochs to recovery", recovered, judge)


def mean_epochs(arm: Recovered) -> Estimate | float:
    """Mean epochs to recovery over the runs with a figure; a lower bound where some are censored."""
    if not arm.times.epochs.size:
        return np.nan
    mean = float(arm.times.epochs.mean()) / HALVES
    return Estimate(mean, mean, np.inf, bound="lower") if arm.times.censored.any() else mean


@pytest.mark.claim(
    id="bids.recovery",
    title="A's and B's bids are disturbed, and recover sooner in CVS",
    statement="Actions A and B stay right when the last decision changes, at the first and the second "
    "state. Their bids are disturbed all the same, in CVS and in PPOF, and recover in fewer epochs in "
    "CVS.",
    source=["talk:318", "talk:319"],
    kind="empirical",
    expected="A's bid and B's are disturbed in more than half of all runs of both, each of the four "
    "shares with its exact 95 % interval above 1/2; and, over the runs in which either is disturbed, "
    "mean epochs to recovery, PPOF over CVS, 95 % interval above 1. Not reproduced if one of the five "
    "lies wholly on the other side: bids that hardly ever need to recover contradict the talk too, "
    "though not CVS",
    margin=Margin(low=1.0),
    controls={SWAPPED: ANYTHING_ELSE, HALVED: ANYTHING_ELSE, IDLE: ANYTHING_ELSE},
    needs=needs,
    differences=DIFFERENCES
    + " Disturbed means a fall of at least 0.05 from epoch 1 to the lowest value after it; recovered, "
    "nine tenths of the fall made good for ten epochs in a row. A run's figure is the mean of its "
    "disturbed bids; a run with one of them disturbed has that one's.",
    recorded="inconclusive",
    reason="In the recorded run (seeds 0 to 9) both bids were disturbed in every run of both, and "
    "of those that came back within what was observed the means were 373 epochs in CVS and 1846 in PPOF. "
    "But in one CVS run A's bid had not made good nine tenths of its fall when the run ended, 300 epochs "
    "after it had converged. A run that ends so leaves a lower bound in the denominator, so that the ratio "
    "is an upper bound, 4.9, and says nothing about what lies below. Thirty seeds leave it at that, for the "
    "one run is among them; but in seeds 10 to 29 all bids recovered, 5.2 [4.1, 6.9]. What decides is for "
    "how long a run is watched after it has converged, which the protocol fixes.",
)
def test_recovery(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    records = [runs(block) for block in needs(seeds)]
    cvs, ppof, ppo = (one.bids["bid"] for one in records)
    arms = [recovered(bids, PLACES) for bids in (cvs, ppof, ppo)]
    RECOVERY.outcome(record, arms[0], arms[1], len(seeds))
    for name, arm in zip(ALGORITHMS, arms, strict=True):
        label, judged = name.upper(), name != "ppo"
        for (_, action), share in zip(PLACES, arm.shares, strict=True):
            record.detail(
                f"share of runs in which {LETTERS[action]} is disturbed, {label}",
                share,
                direction(share, MOST) if judged else None,
            )
        record.detail(f"mean epochs to recovery, {label}", mean_epochs(arm))
        record.detail(f"runs without a figure, none disturbed, {label}", (~arm.figured).sum())
        record.detail(f"runs that had not recovered when they ended, {label}", censored(arm.times))
        record.points(label, RECOVERY.quantity, *arm.every_run)
    record.table(
        "Fall and recovery, bid by bid",
        (
            "algorithm",
            "state",
            "action",
            "disturbed runs",
            "mean fall",
            "largest fall",
            "recovered",
            "mean epochs, at least if not all recovered",
        ),
        [
            (
                name.upper(),
                state_name(place),
                LETTERS[action],
                int(one.disturbed.sum()),
                float(one.depth.mean()),
                float(one.depth.max()),
                int((one.disturbed & ~one.times.censored).sum()),
                float(one.times.epochs[one.disturbed].mean()) if one.disturbed.any() else None,
            )
            for name, arm in zip(ALGORITHMS, arms, strict=True)
            for place, ((_, action), one) in enumerate(zip(PLACES, arm.bids, strict=True))
        ],
    )
    record.table(*endpoints(records))
    idle = tuple((state, other) for (state, _), other in zip(PLACES, OTHERS, strict=False))
    RECOVERY.controls(record, cvs, ppof, PLACES)
    record.control(IDLE, RECOVERY.verdict("bystanders", cvs, ppof, idle))
    record.figure(trajectories(records[:2]))
