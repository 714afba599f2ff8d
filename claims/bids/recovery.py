"""talk:318-319: the change also affects the bids for A and B, which stay right; CVS's recover sooner."""

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
    BidClaim,
    all_of,
    judge_ratio,
    needs,
    state_name,
)
from claims.transfer._arms import ANYTHING_ELSE, SWAPPED, censored
from repro.protocol import BIDS_PROBLEM
from repro.statistics import share_of_runs
from repro.statistics.bid_times import HALVES, joint_recovery, recovery
from repro.summaries.bids import endpoints, path_decisions, trajectories, unused_actions
from repro.verdicts import Estimate, Margin, direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from claims.bids._shared import Bids
    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.statistics import ConvergenceTimes
    from repro.statistics.bid_times import Recovery
    from repro.verdicts import Verdict

    Places = tuple[tuple[int, int], ...]

PLACES = tuple((s.state, s.after) for s in path_decisions(BIDS_PROBLEM) if s.before == s.after)
OTHERS = unused_actions(BIDS_PROBLEM)
IDLE = f"{LETTERS[OTHERS[0]]} and {LETTERS[OTHERS[1]]}, which are never right, instead of A and B"
MOST = 0.5
"""The change disturbs a bid if the bid is disturbed in more than this share of all runs."""


@dataclass(frozen=True)
class Recovered:
    """Disturbance and recovery of one algorithm's bids.

    Attributes:
        bids: fall and recovery of each bid.
        shares: for each bid, the share of runs in which it was disturbed.
        times: of recovery, in half epochs, of the runs with a disturbed bid.
        has_time: bool [runs], which runs have a disturbed bid.
    """

    bids: tuple[Recovery, ...]
    shares: tuple[Estimate, ...]
    times: ConvergenceTimes
    has_time: NDArray[np.bool_]

    @property
    def every_run(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Epochs to recovery of all runs, NaN if no bid was disturbed; and which are lower bounds."""
        epochs, censored = np.full(self.has_time.size, np.nan), np.zeros_like(self.has_time)
        epochs[self.has_time] = self.times.epochs / HALVES
        censored[self.has_time] = self.times.censored
        return epochs, censored


def recovered(bids: Bids, places: Places) -> Recovered:
    """Measure the bids [R, epochs, S, K] of these two pairs (state, mechanism)."""
    found = tuple(recovery(bids[:, :, state, action]) for state, action in places)
    times, has_time = joint_recovery(found)
    shares = tuple(share_of_runs(one.disturbed) for one in found)
    return Recovered(found, shares, times, has_time)


def judge(cvs: Recovered, ppof: Recovered, measured: Estimate | None) -> Verdict:
    """Judge both parts: each bid is disturbed in most runs of both arms, and CVS recovers sooner."""
    disturbed = (direction(share, MOST) for arm in (cvs, ppof) for share in arm.shares)
    return all_of([*disturbed, judge_ratio(measured)])


RECOVERY = BidClaim("recovery", "epochs to recovery", recovered, judge)


def mean_epochs(arm: Recovered) -> Estimate | float:
    """Compute the mean epochs to recovery of runs with a time; a lower bound if some are censored."""
    if not arm.times.epochs.size:
        return np.nan
    mean = float(arm.times.epochs.mean()) / HALVES
    return Estimate(mean, mean, np.inf, bound="lower") if arm.times.censored.any() else mean


@pytest.mark.claim(
    id="bids.recovery",
    title="A's and B's bids are disturbed, and recover sooner in CVS",
    statement="When the last decision changes, the actions A and B stay right at the first and the second "
    "state. Their bids are disturbed nevertheless, in CVS and in PPOF, and recover in fewer epochs in "
    "CVS.",
    source=["talk:318", "talk:319"],
    kind="empirical",
    expected="in CVS and in PPOF the bids for A and for B are disturbed in more than half of all runs, "
    "each of the four shares with its exact 95 % interval above 1/2; and, over the runs in which at least "
    "one of them is disturbed, mean epochs to recovery, PPOF over CVS, 95 % interval above 1. Not "
    "reproduced if one of the five intervals lies entirely on the other side: bids that are rarely "
    "disturbed contradict the talk too, although they do not count against CVS",
    margin=Margin(low=1.0),
    controls={SWAPPED: ANYTHING_ELSE, HALVED: ANYTHING_ELSE, IDLE: ANYTHING_ELSE},
    needs=needs,
    differences=DIFFERENCES
    + " A bid is disturbed if it falls by at least 0.05 from epoch 1 to its lowest value after that; it has "
    "recovered if it has regained nine tenths of the fall for ten epochs in a row. A run's time is the "
    "mean over its disturbed bids, one or two. The verdict depends on how long a run is observed after it "
    "has converged, which the protocol fixes.",
    recorded="inconclusive",
    reason="In the recorded run (seeds 10 to 39) every bid was disturbed, in all runs of both arms. In one "
    "CVS run of thirty, seed 15, the bid for A had not kept nine tenths of its fall for ten epochs when the run "
    "ended, 300 epochs after it had converged. Such a run gives only a lower bound in the denominator, so the "
    "ratio is an upper bound, 5.0, without a lower end; more seeds make such a run more likely. The two groups "
    "of ten seeds without it gave 4.6 [3.2, 12.2] and 5.1 [3.7, 7.2], both reproduced; mean times were at "
    "least 371 epochs in CVS and 1859 epochs in PPOF. Seeds 0 to 9 gave 6.1 [4.3, 10.9], "
    "reproduced. Ten earlier runs, with other random numbers, were inconclusive for the same reason, and so "
    "were thirty earlier runs that include them; in the last twenty of those all bids recovered, "
    "5.2 [4.1, 6.9].",
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
                part=judged,
            )
        record.detail(f"mean epochs to recovery, {label}", mean_epochs(arm))
        record.detail(f"runs without a disturbed bid, {label}", (~arm.has_time).sum())
        never = censored(arm.times)
        record.detail(
            f"runs that had not recovered at their end, of {never.of} with a disturbed bid, {label}",
            never.runs,
        )
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
            "mean epochs, a lower bound if not all recovered",
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
    RECOVERY.control(record, IDLE, "bystanders", cvs, ppof, idle)
    record.figure(trajectories(records[:2]))
