"""Shipped runs that are made up: two algorithms on the chain, with ten, five and two seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.library import Runs, load_shipped
from repro.protocol import matched, pretraining, transfer
from repro.records import ship
from tests.support.shipping import record, stored

if TYPE_CHECKING:
    from pathlib import Path

    from repro.protocol import Block

MIDDLE = "linear_chain.middle"
TEN, FIVE, TWO = tuple(range(10, 20)), tuple(range(10, 15)), (10, 11)
NEVER = 0
"""In place of the epoch of convergence of a run that is censored."""


def transfers() -> list[Block]:
    """The blocks that are shipped, apart from pretraining."""
    return [
        transfer("ppo", MIDDLE, TEN),
        transfer("cvs", MIDDLE, TEN),
        transfer("ppo", MIDDLE, FIVE, hyperparameters={"minibatch": 128, "policy_lr": 4e-5}),
        transfer("ppo", MIDDLE, TEN, from_epoch=950, changes={"scale_logits": 0.5}),
        transfer("cvs", "linear_chain.first", TWO),
        matched(
            transfer("ppof", MIDDLE, TWO), "matched_habit", pretraining("cvs", "linear_chain", TWO)
        ),
    ]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of shipped runs; CVS takes 100 epochs longer from seed to seed, one run of PPO never converges."""
    place = tmp_path_factory.mktemp("library")
    ppo, cvs, *others = transfers()
    records = [
        record(ppo, [1000, NEVER, *range(1200, 2000, 100)]),
        record(cvs, list(range(100, 200, 10))),
        *(record(other) for other in others),
    ]
    ship(stored(place / "store", *records), place / "runs")
    return place / "runs"


@pytest.fixture
def runs(folder: Path) -> Runs:
    """These runs, opened."""
    return load_shipped(folder=folder)
