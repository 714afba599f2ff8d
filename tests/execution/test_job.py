"""A worker's job: the record it writes, the status it returns, and the files left by a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import RecordError, TrainingError
from repro.execution import job
from repro.execution.job import Job, train_and_save, work
from repro.execution.status import Outcome, Progress, read_progress, write_progress
from repro.protocol.blocks import Block
from repro.records.record import Record
from repro.records.store import Store
from repro.training.run import run
from tests.support.halting import CHILD, DIVERGING, PARENT, SMALL, payload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from repro.engine.networks import Weights
    from repro.statistics import ConvergenceTimes
    from repro.training.loop import Trained


def engine(
    *, begin: int = 1, leave: int | None = None
) -> Callable[..., tuple[Trained, ConvergenceTimes]]:
    """Make a `run` that continues at epoch `begin`, and whose second run ends early."""

    def stand_in(
        block: Block,
        parent: Weights | None,
        on_epoch: Callable[[int, int], None],
        *,
        checkpoint: Path | None = None,
    ) -> tuple[Trained, ConvergenceTimes]:
        assert checkpoint is not None
        checkpoint.write_text("whole")
        checkpoint.with_name(f"{checkpoint.name}.123.tmp").write_text("partial")
        trained, times = run(block, parent)
        if leave is not None:
            trained.returns[1, leave:] = np.nan
        for epoch in range(begin, block.epochs + 1):
            on_epoch(epoch, 2)
        return trained, times

    return stand_in


def test_the_status_agrees_with_the_record(tmp_path: Path) -> None:
    status = work(Job(PARENT, tmp_path, origin=("a1b2", True)))
    record = Store(tmp_path).load(PARENT)
    assert isinstance(record, Record)
    facts = record.provenance
    assert (status.block, status.outcome, status.error) == (PARENT, Outcome.TRAINED, "")
    assert status.attempts == facts["attempts"] == 1
    assert status.transitions == facts["transitions"] == 4 * 2 * 256
    assert 0 < status.cpu_seconds == facts["cpu_seconds"]
    assert 0 < status.seconds == facts["seconds"]
    assert status.peak_mib == facts["peak_mib"]
    assert (facts["outcome"], facts["resumed"]) == ("trained", False)
    assert (facts["commit"], facts["dirty"]) == ("a1b2", True)


@pytest.mark.parametrize(
    ("begin", "leave", "outcome", "learned"),
    [
        (1, None, Outcome.TRAINED, 4 + 4),
        (1, 3, Outcome.TRAINED, 4 + 3),
        (3, None, Outcome.RESUMED, 2 + 2),
        (3, 3, Outcome.RESUMED, 2 + 1),
        (5, None, Outcome.RESUMED, 0),
    ],
)
def test_transitions_before_a_checkpoint_are_not_counted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begin: int,
    leave: int | None,
    outcome: Outcome,
    learned: int,
) -> None:
    monkeypatch.setattr(job, "run", engine(begin=begin, leave=leave))
    status = work(Job(PARENT, tmp_path))
    assert status.error == ""
    assert (status.outcome, status.transitions) == (outcome, learned * 256)
    assert not list(tmp_path.glob("*checkpoint*"))


def test_a_child_begins_with_its_parents_weights(tmp_path: Path) -> None:
    for block in (PARENT, CHILD):
        train_and_save(Job(block, tmp_path, resumed=True))
    store = Store(tmp_path)
    parent, child = store.load(PARENT), store.load(CHILD)
    assert parent is not None
    assert child is not None
    trained, _ = run(CHILD, parent.weights)
    np.testing.assert_array_equal(child.bids["bid"], trained.bids["bid"])
    assert child.provenance["resumed"] is True


def test_a_child_without_its_parents_record_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"needs the record of ppo/linear_chain\.training"):
        train_and_save(Job(CHILD, tmp_path))
    status = work(Job(CHILD, tmp_path))
    assert (status.outcome, status.attempts) == (Outcome.FAILED, 2)
    assert "needs the record" in status.error


def test_attempts_are_counted_and_a_third_is_refused(tmp_path: Path) -> None:
    """Killed workers leave their progress file."""
    store = Store(tmp_path)
    write_progress(store, PARENT, Progress(3, 2, attempts=1))
    assert work(Job(PARENT, tmp_path)).attempts == 2
    store.path(PARENT, "checkpoint").write_text("partial")
    write_progress(store, PARENT, Progress(3, 2, attempts=2))
    status = work(Job(PARENT, tmp_path))
    assert (status.outcome, status.attempts) == (Outcome.FAILED, 3)
    assert "2 workers" in status.error
    assert store.path(PARENT, "checkpoint").exists()


def test_attempts_of_another_session_do_not_count(tmp_path: Path) -> None:
    """It may be training the same block now, or have been killed."""
    store = Store(tmp_path)
    write_progress(store, PARENT, Progress(3, 2, attempts=2, session="another"))
    assert work(Job(CHILD, tmp_path, session_id="ours")).attempts == 1
    status = work(Job(PARENT, tmp_path, session_id="ours"))
    assert (status.outcome, status.attempts) == (Outcome.TRAINED, 1)
    assert read_progress(store, PARENT).session == "ours"
    write_progress(store, PARENT, Progress(3, 2, attempts=2, session="ours"))
    assert work(Job(PARENT, tmp_path, session_id="ours")).attempts == 3


def test_a_block_that_fails_drops_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "run", engine())
    status = work(Job(DIVERGING, tmp_path))
    assert (status.outcome, status.attempts) == (Outcome.FAILED, 1)
    assert "expected a finite number" in status.error
    assert not Store(tmp_path).path(DIVERGING, "checkpoint").exists()
    with pytest.raises(TrainingError, match="expected a finite number"):
        train_and_save(Job(DIVERGING, tmp_path))


def test_a_full_disk_keeps_the_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise RecordError("no room")

    monkeypatch.setattr(job, "run", engine())
    monkeypatch.setattr(Store, "save", full)
    status = work(Job(PARENT, tmp_path))
    assert (status.outcome, status.error) == (Outcome.FAILED, "no room")
    assert Store(tmp_path).path(PARENT, "checkpoint").read_text() == "whole"


def test_an_unexpected_error_is_reported_with_its_location(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(job, "run", broken)
    assert work(Job(PARENT, tmp_path)).error.startswith("ZeroDivisionError: by zero (test_job.py:")


def test_training_stops_when_its_session_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "run", engine())
    session = tmp_path / "session"
    session.touch()
    of_session = Job(PARENT, tmp_path, session=session)
    assert work(of_session).outcome is Outcome.TRAINED
    session.unlink()
    status = work(of_session)
    assert status.outcome is Outcome.FAILED
    assert "was stopped" in status.error
    assert Store(tmp_path).path(PARENT, "checkpoint").exists()


def test_progress_is_written_while_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written at the first epoch, and then at intervals."""
    seen = []
    store, block = (
        Store(tmp_path),
        Block("ppo", "linear_chain.training", (0,), 5, hyperparameters=SMALL),
    )

    def watching(
        block: Block, parent: Weights | None, on_epoch: Callable[[int, int], None], **_: object
    ) -> tuple[Trained, ConvergenceTimes]:
        def tell(epoch: int, runs: int) -> None:
            seen.append(read_progress(store, block).epoch)
            on_epoch(epoch, runs)
            seen.append(read_progress(store, block).epoch)

        return run(block, parent, tell)

    monkeypatch.setattr(job, "run", watching)
    monkeypatch.setattr(job, "POLL_SECONDS", 1000)
    train_and_save(Job(block, tmp_path))
    assert seen == [0] + [1] * 9
    monkeypatch.setattr(job, "POLL_SECONDS", -1)
    seen.clear()
    store.path(block, "progress").unlink()
    train_and_save(Job(block, tmp_path))
    assert seen == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert payload(store, block)
