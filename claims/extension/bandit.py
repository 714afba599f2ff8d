"""Finding: when the best and the worst of four actions of a bandit are exchanged, is CVS faster?

With one decision an episode there is no credit to assign over time. What is left of the difference between the
algorithms is how each forgets that an action was best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.explanation._shared import SMALLEST, by_arm, variant
from claims.extension._shared import BEYOND, CONTROLS, judge_conditions
from claims.transfer._arms import ALGORITHMS, DIFFERENCES
from repro.protocol import Block
from repro.verdicts import Margin

if TYPE_CHECKING:
    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder

TRAINED = 250
"""Epochs of training, as in the authors' released code."""


def training(algorithm: str, seeds: tuple[int, ...]) -> Block:
    """Return the training from which the transfer starts."""
    return Block(algorithm, "bandit.training", seeds, TRAINED)


def block(algorithm: str, seeds: tuple[int, ...]) -> Block:
    """Return the transfer to the bandit whose rewards are exchanged."""
    return variant(algorithm, "bandit.exchanged", seeds, parent=training(algorithm, seeds))


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: three algorithms, and their trainings."""
    return [one(algorithm, seeds) for one in (training, block) for algorithm in ALGORITHMS]


@pytest.mark.claim(
    id="extension.bandit",
    title="CVS adapts faster to a bandit whose rewards are exchanged",
    statement="After 250 epochs on a bandit of four actions, when the rewards of the best and the worst one are "
    "exchanged, PPOF and PPO take more steps than CVS to converge.",
    source=["talk:43", "talk:251"],
    kind="finding",
    required=False,
    study=True,
    expected="mean epochs, PPOF over CVS and PPO over CVS: both 95 % intervals above 1.25 (measured: the one with the "
    "lower end)",
    margin=Margin(low=SMALLEST),
    controls=CONTROLS,
    needs=needs,
    differences=f"{DIFFERENCES} {BEYOND} Transfers start after 250 epochs whether a run has converged by then or not.",
)
def test_bandit(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    times = {algorithm: runs(block(algorithm, seeds)).times for algorithm in ALGORITHMS}
    found = {"rewards exchanged": times}
    judge_conditions(
        record, "bandit", "A bandit's best and worst action, exchanged", found, len(seeds)
    )
    trained = {one.upper(): runs(training(one, seeds)).times for one in ALGORITHMS}
    record.table(
        f"Epochs to convergence in training, of {TRAINED}",
        ("algorithm", "mean epochs", "censored runs"),
        by_arm(trained),
    )
