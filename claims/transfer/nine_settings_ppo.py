"""talk:295: in each of the nine transfer settings CVS needs fewer samples to adapt than PPO."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.transfer._arms import ALGORITHMS, DIFFERENCES
from claims.transfer._settings import controls, judge_settings, records, topologies, transfers
from repro.protocol import Block, pretraining
from repro.summaries.learning import all_curves
from repro.verdicts import Margin

if TYPE_CHECKING:
    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks of the learning curves; PPOF is shown but not judged."""
    trained = [pretraining(a, topology, seeds) for a in ALGORITHMS for topology in topologies()]
    return [*trained, *transfers(ALGORITHMS, seeds)]


@pytest.mark.claim(
    id="transfer.nine_settings_ppo",
    title="In all nine transfer settings PPO adapts more slowly than CVS",
    statement="In each of the nine transfer settings PPO takes more steps than CVS, on average, until "
    "it converges again.",
    source=["talk:295", "talk:297"],
    kind="empirical",
    expected="mean steps of PPO over CVS, one-sided 95 % lower bound above 1 in all nine settings "
    "(measured: the setting with the lowest lower bound)",
    margin=Margin(low=1.0),
    controls=controls("ppo"),
    needs=needs,
    differences=DIFFERENCES,
)
def test_nine_settings_ppo(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    arms = {algorithm: records(runs, algorithm, seeds) for algorithm in ALGORITHMS}
    judge_settings(record, "ppo", arms["ppo"], arms["cvs"])
    drawn = {}
    for topology, names in topologies().items():
        trained = [runs(pretraining(algorithm, topology, seeds)) for algorithm in ALGORITHMS]
        drawn[trained[0].block.problem] = trained
        drawn |= {name: [arms[algorithm][name] for algorithm in ALGORITHMS] for name in names}
    record.figure(all_curves(drawn))
