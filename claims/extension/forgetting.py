"""Finding: after a second task that has nothing in common with the first, does CVS learn the first one again faster?

No state of one task occurs in the other, so nothing has to be forgotten. A learner that modifies only what must
be modified comes back at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.explanation._shared import SMALLEST, variant
from claims.extension._shared import BEYOND, CONTROLS, judge_conditions
from claims.transfer._arms import ALGORITHMS, DIFFERENCES
from repro.protocol import Block, pretraining
from repro.verdicts import Margin

if TYPE_CHECKING:
    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder

AWAY = (1250, 2450)
"""Epochs of the second task before the first one comes back."""


def block(algorithm: str, away: int, seeds: tuple[int, ...]) -> Block:
    """Return the first task's second training, after so many epochs of the second task."""
    first = pretraining(algorithm, "invariance", seeds, keep=())
    second = Block(algorithm, "invariance.v2", seeds, AWAY[-1], parent=first, keep=AWAY[:-1])
    return variant(algorithm, "invariance.v1_again", seeds, parent=second, from_epoch=away)


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: three algorithms, back after two lengths of time."""
    return [block(algorithm, away, seeds) for algorithm in ALGORITHMS for away in AWAY]


@pytest.mark.claim(
    id="extension.forgetting",
    title="After a second task, CVS relearns the first one faster than PPOF and PPO",
    statement="After 1250 and after 2450 epochs on a second task that shares no state and no right action with the "
    "first, PPOF and PPO take more steps than CVS to learn the first one again.",
    source=["talk:58", "talk:251"],
    kind="finding",
    required=False,
    study=True,
    expected="mean epochs until the first task is solved again, PPOF over CVS and PPO over CVS, after both lengths of "
    "time: all four 95 % intervals above 1.25 (measured: the one with the lowest lower end)",
    margin=Margin(low=SMALLEST),
    controls=CONTROLS,
    needs=needs,
    differences=f"{DIFFERENCES} {BEYOND} There, the second task takes 1250, 6250 or 31,250 epochs. Here it takes 1250 "
    "or 2450, as training does, because the longest would take most of an hour.",
    recorded="inconclusive",
    reason="In the recorded run (seeds 10 to 39) all come back soon. After 1250 epochs away CVS takes 5 epochs to solve the "
    "first task again, PPOF 16 and PPO 73, and after 2450 epochs 20, 22 and 155. PPO is slower after both, by 14 and 7.9. PPOF "
    "is slower after 1250 epochs, by 3.13 [1.45, 6.01], and after 2450 nothing is decided, 1.11 [0.741, 2.08]. 17 "
    "of CVS's 30 runs solve the first task at once after 1250 epochs, and one after 2450; so CVS forgets, too, although the "
    "tasks share no state.",
)
def test_forgetting(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    found = {
        f"after {away} epochs": {one: runs(block(one, away, seeds)).times for one in ALGORITHMS}
        for away in AWAY
    }
    judge_conditions(
        record, "forgetting", "Learning a task again after another one", found, len(seeds)
    )
