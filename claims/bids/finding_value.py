"""Finding, after talk:304: after training, the winners of CVS's auctions bid the value of their states.

By theory (Chang et al., ICML 2020) the clone makes the auction's price another truthful bid, and the
best bid of a mechanism is the value of acting: the reward, if its decision is the last, or the
discounted price that the next winner pays. If bids were deterministic, the winners' bids along the
optimal path would be 0.8 γ^k, with k decisions left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.protocol import Block, pretraining
from repro.statistics import mean_of_runs
from repro.statistics.bid_times import DISTURBED
from repro.summaries.bids import PathState, bids_against_values, path_states
from repro.summaries.learning import problem_words
from repro.verdicts import Margin, equivalent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.verdicts import Estimate, Verdict

    Bids = Mapping[str, NDArray[np.floating]]

TOPOLOGIES = ("linear_chain", "common_ancestor", "common_descendant")
MARGIN = DISTURBED
"""The smallest fall of a bid that the protocol counts as a disturbance; fixed before bids were looked at."""
UNTRAINED = 0.5
"""Mean bid of an untrained mechanism, whose bids are uniform on (0, 1)."""
OTHERS = "the highest bid of the other mechanisms instead of the winner's bid"
FRESH = f"bids before training, all with the mean {UNTRAINED:g}"


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: CVS on the three training problems."""
    return [pretraining("cvs", topology, seeds) for topology in TOPOLOGIES]


def distances(
    bids: Sequence[NDArray[np.floating]], path: Sequence[PathState]
) -> list[NDArray[np.float64]]:
    """Subtract each state's value from its bids; [runs] for each state."""
    return [np.asarray(bid, np.float64) - step.value for bid, step in zip(bids, path, strict=True)]


def judge(found: Sequence[NDArray[np.float64]]) -> Verdict:
    """Judge whether all mean bids lie within the margin around the values of their states."""
    return equivalent([*map(mean_of_runs, found)], -MARGIN, MARGIN)


def furthest(found: Sequence[NDArray[np.float64]]) -> Estimate:
    """Return the mean distance that is furthest from 0."""
    return max(map(mean_of_runs, found), key=lambda distance: abs(distance.value))


@pytest.mark.claim(
    id="finding.bids_value",
    title="CVS's winners bid the discounted value of their states",
    statement="After training, the mean bid of the mechanism that is right at a state of the optimal "
    "path is near 0.8 γ^k, with k decisions to come, on all three training problems.",
    source=["talk:304"],
    kind="finding",
    required=False,
    expected="at every state of the optimal paths, mean bid less discounted value, 95 % interval within "
    "±0.05, the smallest fall of a bid that the protocol counts as a disturbance",
    margin=Margin(-MARGIN, MARGIN),
    controls={OTHERS: "not reproduced", FRESH: "not reproduced"},
    needs=needs,
    differences="The talk does not compare bids with values; that truthful bids are best is the theory of "
    "the paper that introduced CVS. In that theory the value is the price that the next winner pays. An "
    "entropy bonus keeps the Beta distributions wide, so this price, the lower of the winner's two "
    "samples, is below its mean bid: each bid should be slightly less than γ times the next one, and the "
    "distance should grow with the number of decisions to come.",
    recorded="inconclusive",
    reason="In the recorded run (seeds 10 to 39) the distance grew as the differences from the paper predict: "
    "below 0.01 at every last decision, 0.023 to 0.035 with one decision to come, and 0.0509 [0.0492, 0.0527] "
    "with two, at the first state of the linear chain. This interval contains the edge of the margin, as did "
    "those of seeds 0 to 9, 0.0495 [0.0471, 0.0518], and of ten earlier runs with other random numbers, 0.0497 "
    "[0.0464, 0.0530]. Seeds 20 to 29 alone lie just beyond the margin: 0.0527 [0.05003, 0.0555].",
)
def test_value(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    records = [runs(block) for block in needs(seeds)]
    path = [step for one in records for step in path_states(one.block.problem)]
    final = {one.block.problem: one.final_bids["bid"] for one in records}
    at_states = [final[step.problem][:, step.state] for step in path]
    winners = [bids[:, step.action] for bids, step in zip(at_states, path, strict=True)]
    losers = [
        np.delete(bids, step.action, axis=1).max(axis=1)
        for bids, step in zip(at_states, path, strict=True)
    ]
    found = distances(winners, path)
    measured = [*map(mean_of_runs, found)]
    record.outcome(judge(found), furthest(found), n=len(seeds))
    for step, distance, mean in zip(path, found, measured, strict=True):
        label = f"{problem_words(step.problem)[0]}, {step.task}, state {step.place}"
        record.points(label, "mean bid less discounted value", distance)
        record.part(f"bid less value, {label}", mean, equivalent([mean], -MARGIN, MARGIN))
    record.table(
        "Bids of the right mechanism and discounted values",
        (
            "problem",
            "task",
            "state",
            "mechanism",
            "decisions to come",
            "discounted value",
            "mean bid",
            "low",
            "high",
            "distance",
            "runs in which its bid is the highest",
            "highest other bid, mean",
        ),
        [
            (
                step.problem,
                step.task,
                f"state {step.place}",
                step.letter,
                step.left,
                step.value,
                distance.value + step.value,
                distance.low + step.value,
                distance.high + step.value,
                distance.value,
                int((bids > others).sum()),
                float(others.mean()),
            )
            for step, distance, bids, others in zip(path, measured, winners, losers, strict=True)
        ],
    )
    fresh = [np.full_like(bids, UNTRAINED) for bids in winners]
    for what, bids in ((OTHERS, losers), (FRESH, fresh)):
        others = distances(bids, path)
        record.control(what, judge(others), furthest(others))
    record.figure(bids_against_values(final, MARGIN))
