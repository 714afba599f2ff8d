"""Blocks that are shipped in tests, and a folder of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.protocol.blocks import Block, pretraining, transfer
from repro.records.shipping import ship
from tests.support.shipping import record, stored

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = (0, 1, 2)
LAST = replace(transfer("ppo", "linear_chain.last", SEEDS), epochs=900)
TRAINING = pretraining("cvs", "linear_chain", SEEDS, keep=())
SLOW = Block("ppo", "linear_chain.training", SEEDS, 50, hyperparameters=(("policy_lr", 1e-6),))
BLOCKS = (LAST, TRAINING, SLOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three shipped blocks, of which one never converges."""
    records = stored(tmp_path / "store", record(LAST), record(TRAINING, 40), record(SLOW, 0))
    ship(records, tmp_path / "runs")
    return tmp_path / "runs"
