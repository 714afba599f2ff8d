"""The scheduler: parents first, each block once, the same bytes however they were spread."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from repro import schedule
from repro.errors import RecordError, TrainingError
from repro.experiment import Block, transfer
from repro.schedule import run_blocks, train_and_save, with_parents
from repro.store import Record, Store

if TYPE_CHECKING:
    from pathlib import Path

SMALL = (("minibatch", 64), ("steps", 256))
PARENT = Block("ppo", "linear_chain.training", (0, 1), 4, settings=SMALL)
CHILD = Block("ppo", "linear_chain.last", (0, 1), 3, bids=True, settings=SMALL, parent=PARENT)
OTHER = Block("cvs", "linear_chain.training", (0, 1), 2, settings=SMALL)
DIVERGING = Block(
    "ppo", "linear_chain.first", (0, 1), 3, settings=(*SMALL, ("value_rate", float("inf")))
)
ORPHAN = Block("ppo", "linear_chain.last", (0, 1), 3, settings=SMALL, parent=DIVERGING)


def test_parents_come_first_and_once() -> None:
    last, first = (transfer("ppo", f"linear_chain.{part}", (0,)) for part in ("last", "first"))
    assert with_parents([last, first]) == [last.parent, last, first]


def test_the_same_bytes_however_blocks_are_spread(tmp_path: Path) -> None:
    """One by one in this process, or on two workers at once."""
    alone, spread = Store(tmp_path / "alone"), Store(tmp_path / "spread")
    for block in (PARENT, CHILD, OTHER):
        train_and_save(block, alone.folder, resumed=False)
    told: list[Block] = []
    results = run_blocks([CHILD, OTHER], spread, jobs=2, done=lambda block, _: told.append(block))
    assert set(results) == set(told) == {PARENT, CHILD, OTHER}
    for block in (PARENT, CHILD, OTHER):
        payloads = [store.path(block, "npz").read_bytes() for store in (alone, spread)]
        assert payloads[0] == payloads[1], block.name


def test_finished_blocks_are_not_run_again_unless_asked(tmp_path: Path) -> None:
    store = Store(tmp_path)
    train_and_save(PARENT, tmp_path, resumed=False)
    before = store.path(PARENT, "json").stat().st_mtime_ns
    told: list[Block] = []
    results = run_blocks([CHILD], store, jobs=1, done=lambda block, _: told.append(block))
    assert told == [CHILD]
    assert store.path(PARENT, "json").stat().st_mtime_ns == before
    child = results[CHILD]
    assert isinstance(child, Record)
    assert child.provenance["resumed"] is True
    anew = run_blocks([PARENT], store, jobs=1, fresh=True, origin=("a1b2", True))[PARENT]
    assert isinstance(anew, Record)
    assert (anew.provenance["commit"], anew.provenance["dirty"]) == ("a1b2", True)
    assert store.path(PARENT, "json").stat().st_mtime_ns > before


def test_a_block_that_fails_takes_none_but_its_children_with_it(tmp_path: Path) -> None:
    results = run_blocks([ORPHAN, PARENT], Store(tmp_path), jobs=2)
    assert isinstance(results[DIVERGING], TrainingError)
    assert "value loss" in str(results[DIVERGING])
    assert "was not run" in str(results[ORPHAN])
    assert isinstance(results[PARENT], Record)
    assert not list(tmp_path.glob("*.progress"))


def test_a_worker_that_dies_costs_no_block_but_the_one_that_kills_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One block's worker is killed each time; whatever was trained beside it is tried again."""
    real, killer = train_and_save, OTHER

    def deadly(block: Block, folder: Path, **named: Any) -> None:  # noqa: ANN401 - passed on
        if block == killer:
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGKILL)
        real(block, folder, **named)

    monkeypatch.setattr(schedule, "train_and_save", deadly)
    results = run_blocks([OTHER, PARENT, CHILD], Store(tmp_path), jobs=2)
    assert isinstance(results[OTHER], TrainingError)
    assert "the worker that trained cvs/linear_chain.training" in str(results[OTHER])
    assert isinstance(results[PARENT], Record)
    assert isinstance(results[CHILD], Record)


def test_a_child_without_its_parents_record_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"needs the record of ppo/linear_chain\.training"):
        train_and_save(CHILD, tmp_path, resumed=False)


def test_a_store_that_cannot_be_written_is_said_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="give another --store"):
        run_blocks([PARENT], Store(tmp_path / "file"), jobs=1)
