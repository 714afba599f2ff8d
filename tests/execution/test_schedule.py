"""Scheduling: parents first, each block once, the same bytes on any number of workers."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest
from loky.process_executor import TerminatedWorkerError

from repro.errors import RecordError, TrainingError
from repro.execution import local_workers, schedule, session
from repro.execution.job import Job, train_and_save, work
from repro.execution.schedule import run_blocks
from repro.execution.status import Outcome, Status
from repro.protocol.blocks import Block, transfer, with_parents
from repro.records.record import Record
from repro.records.store import Store
from tests.support.halting import CHILD, DIVERGING, LONG, ORPHAN, OTHER, PARENT, Inline, payload

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "LocalWorkers", Inline)


def test_parents_come_first_and_once() -> None:
    last, first = (transfer("ppo", f"linear_chain.{part}", (0,)) for part in ("last", "first"))
    assert with_parents([last, first]) == [last.parent, last, first]


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    """In this process one after the other, or on two workers at once."""
    alone, spread = Store(tmp_path / "alone"), Store(tmp_path / "spread")
    for block in (PARENT, CHILD, OTHER):
        train_and_save(Job(block, alone.folder))
    done: list[Block] = []
    ended: list[Status] = []
    results = run_blocks(
        [CHILD, OTHER],
        spread,
        jobs=2,
        done=lambda block, _: done.append(block),
        ended=ended.append,
    )
    assert set(results) == set(done) == {PARENT, CHILD, OTHER}
    assert [status.block for status in ended] == done
    for status in ended:
        assert (status.outcome, status.attempts, status.error) == (Outcome.TRAINED, 1, "")
    for block in (PARENT, CHILD, OTHER):
        assert payload(alone, block) == payload(spread, block), block.name
    assert not list(spread.folder.glob("*.progress"))


@pytest.mark.usefixtures("inline")
def test_finished_blocks_are_not_run_again_unless_asked(tmp_path: Path) -> None:
    store = Store(tmp_path)
    train_and_save(Job(PARENT, tmp_path))
    before = store.path(PARENT, "json").stat().st_mtime_ns
    done: list[Block] = []
    ended: list[Status] = []
    results = run_blocks(
        [CHILD], store, jobs=1, done=lambda block, _: done.append(block), ended=ended.append
    )
    assert done == [CHILD]
    assert [status.outcome for status in ended] == [Outcome.STORED, Outcome.TRAINED]
    assert store.path(PARENT, "json").stat().st_mtime_ns == before
    child = results[CHILD]
    assert isinstance(child, Record)
    assert child.provenance["resumed"] is True
    again = run_blocks([PARENT], store, jobs=1, fresh=True, origin=("a1b2", True))[PARENT]
    assert isinstance(again, Record)
    assert (again.provenance["commit"], again.provenance["dirty"]) == ("a1b2", True)
    assert store.path(PARENT, "json").stat().st_mtime_ns > before


@pytest.mark.usefixtures("inline")
def test_only_the_children_of_a_failed_block_are_not_run(tmp_path: Path) -> None:
    ended: list[Status] = []
    results = run_blocks([ORPHAN, PARENT], Store(tmp_path), jobs=2, ended=ended.append)
    assert isinstance(results[DIVERGING], TrainingError)
    assert "expected a finite number" in str(results[DIVERGING])
    assert "was not run" in str(results[ORPHAN])
    assert isinstance(results[PARENT], Record)
    assert not list(tmp_path.glob("*.progress"))
    by_block = {status.block: status for status in ended}
    assert len(by_block) == len(ended) == 3
    failed, orphan = by_block[DIVERGING], by_block[ORPHAN]
    assert (failed.outcome, failed.attempts) == (Outcome.FAILED, 2)
    assert failed.error == str(results[DIVERGING])
    assert (orphan.outcome, orphan.attempts) == (Outcome.NOT_RUN, 0)
    assert orphan.error == str(results[ORPHAN])


@pytest.mark.usefixtures("inline")
def test_a_block_that_fails_once_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mark = tmp_path / "failed once"

    def flaky(job: Job) -> Status:
        if job.block == CHILD and not mark.exists():
            mark.touch()
            return Status(job.block, Outcome.FAILED, attempts=1, error="once")
        return work(job)

    monkeypatch.setattr(local_workers, "work", flaky)
    ended: list[Status] = []
    results = run_blocks([CHILD], Store(tmp_path), jobs=1, ended=ended.append)
    assert caplog.messages == [f"{CHILD.name} failed and is tried once more: once"]
    assert isinstance(results[CHILD], Record)
    assert [(s.outcome, s.attempts) for s in ended] == [(Outcome.TRAINED, 1), (Outcome.TRAINED, 2)]


@pytest.mark.usefixtures("inline")
def test_a_block_whose_workers_die_twice_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadly(_: Job) -> Status:
        raise TerminatedWorkerError

    monkeypatch.setattr(local_workers, "work", deadly)
    ended: list[Status] = []
    results = run_blocks([CHILD], Store(tmp_path), jobs=2, ended=ended.append)
    assert [(s.outcome, s.attempts) for s in ended] == [(Outcome.FAILED, 2), (Outcome.NOT_RUN, 0)]
    assert isinstance(results[PARENT], TrainingError)
    assert f"the worker that trained {PARENT.name} was lost" in str(results[PARENT])


@pytest.mark.slow
@pytest.mark.usefixtures("inline")
def test_the_longest_block_starts_first_if_a_worker_is_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Block] = []
    seen: list[int] = []

    def noting(job: Job) -> Status:
        started.append(job.block)
        return work(job)

    monkeypatch.setattr(local_workers, "work", noting)
    train_and_save(Job(OTHER, tmp_path))
    results = run_blocks(
        [CHILD, OTHER, LONG],
        Store(tmp_path),
        jobs=2,
        fresh=True,
        watch=lambda _: seen.append(len(started)),
    )
    # By hand: 60 epochs of 2 networks; 2 epochs of 12; 4 and then 3 epochs of 2.
    assert started == [LONG, OTHER, PARENT, CHILD]
    assert seen == [2, 3, 4]
    assert all(isinstance(result, Record) for result in results.values())


def test_at_most_one_block_for_each_worker_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here blocks finish just after the scheduler has found no idle worker."""
    started: list[tuple[Job, Future[Status]]] = []
    open_at_once: list[int] = []

    class Late(Inline):
        def capacity(self) -> int:
            open_now = [(job, future) for job, future in started if not future.done()]
            open_at_once.append(len(open_now))
            if len(open_at_once) % 3 == 0:
                for job, future in open_now:
                    future.set_result(work(job))
            return self.count

        def submit(self, job: Job) -> Future[Status]:
            started.append((job, Future()))
            return started[-1][1]

    monkeypatch.setattr(schedule, "LocalWorkers", Late)
    monkeypatch.setattr(session, "POLL_SECONDS", 0.01)
    results = run_blocks([CHILD, OTHER, LONG], Store(tmp_path), jobs=2)
    assert [job.block for job, _ in started] == [LONG, OTHER, PARENT, CHILD]
    assert max(open_at_once) == 2
    assert len(results) == 4


@pytest.mark.usefixtures("inline")
@pytest.mark.parametrize("fresh", [True, False])
def test_only_a_fresh_run_drops_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fresh: bool
) -> None:
    store, found = Store(tmp_path), []
    checkpoint = store.path(PARENT, "checkpoint")
    checkpoint.write_text("of an earlier session")

    def look(job: Job) -> Status:
        found.append(checkpoint.exists())
        checkpoint.unlink(missing_ok=True)
        return work(job)

    monkeypatch.setattr(local_workers, "work", look)
    run_blocks([PARENT], store, jobs=1, fresh=fresh)
    assert found == [not fresh]


@pytest.mark.usefixtures("inline")
def test_leftover_files_of_finished_blocks_are_removed(tmp_path: Path) -> None:
    """A session was killed between writing the record and removing the checkpoint."""
    store = Store(tmp_path)
    train_and_save(Job(PARENT, tmp_path))
    for ending in ("checkpoint", "progress"):
        store.path(PARENT, ending).write_text("left")
    run_blocks([PARENT], store, jobs=1)
    assert {path.suffix for path in tmp_path.iterdir()} == {".npz", ".json"}


@pytest.mark.usefixtures("inline")
def test_all_attempts_of_a_session_have_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids: list[str] = []

    def noting(job: Job) -> Status:
        ids.append(job.session_id)
        return work(job)

    monkeypatch.setattr(local_workers, "work", noting)
    for name in ("a", "b"):
        run_blocks([CHILD], Store(tmp_path / name), jobs=1)
    assert len(ids) == 4
    assert ids[0] == ids[1] != ids[2] == ids[3]


@pytest.mark.usefixtures("inline")
def test_a_missing_record_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(job: Job) -> Status:
        return Status(job.block, Outcome.TRAINED, attempts=1)

    monkeypatch.setattr(local_workers, "work", forgetful)
    ended: list[Status] = []
    results = run_blocks([PARENT], Store(tmp_path), jobs=1, ended=ended.append)
    assert "is not in" in str(results[PARENT])
    assert [(s.outcome, s.attempts) for s in ended] == [(Outcome.FAILED, 2)]


def test_a_store_that_cannot_be_written_is_reported_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="give another --store"):
        run_blocks([PARENT], Store(tmp_path / "file"), jobs=1)
