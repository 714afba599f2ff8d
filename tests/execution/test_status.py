"""Statuses are counted by outcome, and progress is read and written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.execution.status import (
    Clock,
    Outcome,
    Progress,
    Status,
    peak_mib,
    read_progress,
    tally,
    write_progress,
)
from repro.records.store import Store
from tests.support.halting import OTHER, PARENT

if TYPE_CHECKING:
    from pathlib import Path


def test_blocks_are_counted_by_outcome() -> None:
    outcomes = [Outcome.TRAINED, Outcome.FAILED, Outcome.NOT_RUN, Outcome.TRAINED, Outcome.STORED]
    statuses = [Status(PARENT, outcome, attempts=i % 3) for i, outcome in enumerate(outcomes)]
    assert tally(statuses) == (
        "5 blocks: 1 found in the store, 2 trained, 1 failed, 1 not run, 1 tried again"
    )
    assert tally(iter(statuses[:1])) == "1 block: 1 trained"
    assert tally([]) == "0 blocks"


def test_the_progress_written_last_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert read_progress(store, PARENT) == Progress(0, 0, 0)
    write_progress(store, PARENT, Progress(7, 2, 1, "a"))
    assert read_progress(store, PARENT) == Progress(epoch=7, runs=2, attempts=1, session="a")
    assert read_progress(store, OTHER) == Progress()


@pytest.mark.parametrize(
    "text", ["", "[3, ", "[1, 2, 3, 4]", '["a", 1, 1, ""]', "[1, 2, 3]", "7", "{}"]
)
def test_a_partial_progress_file_is_ignored(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path)
    store.path(PARENT, "progress").write_text(text)
    assert read_progress(store, PARENT) == Progress()


def test_progress_that_cannot_be_written_is_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    write_progress(Store(tmp_path / "file"), PARENT, Progress())


def test_a_clock_measures_wall_time_and_processor_time() -> None:
    clock = Clock()
    time.sleep(0.2)
    status = clock.status(PARENT, Outcome.TRAINED, attempts=1, transitions=12)
    assert status.seconds >= 0.2
    assert status.cpu_seconds < 0.15
    start = time.process_time()
    while time.process_time() - start < 0.1:
        pass
    assert clock.status(PARENT, Outcome.TRAINED, attempts=1).cpu_seconds >= 0.1
    assert (status.block, status.transitions, status.error) == (PARENT, 12, "")


@pytest.mark.slow
def test_peak_memory_is_in_mib() -> None:
    before = peak_mib()
    assert before is not None
    assert 20 < before < 20_000
    full = np.ones(int(before + 100) * 2**17)
    after = peak_mib()
    assert after is not None
    assert after > full.nbytes / 2**20
