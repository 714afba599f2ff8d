"""Processes of this machine as workers: who dies, who is interrupted, and what they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from repro.execution import local_workers, schedule
from repro.execution.job import Job, train_and_save, work
from repro.execution.schedule import run_blocks
from repro.execution.status import Outcome, Status
from repro.paths import PROJECT
from repro.records.record import Record
from repro.records.store import Store
from tests.support.halting import CHILD, LONG, OTHER, PARENT, Inline, halting_work, payload

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 60


def test_a_worker_that_dies_costs_no_block_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What trains beside it goes on undisturbed; its block is tried once more, by another."""

    def deadly(job: Job) -> Status:
        if job.block == OTHER and not (tmp_path / "once").exists():
            (tmp_path / "once").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return work(job)

    monkeypatch.setattr(local_workers, "work", deadly)
    ended: list[Status] = []
    results = run_blocks([OTHER, CHILD], Store(tmp_path), jobs=2, ended=ended.append)
    assert all(isinstance(result, Record) for result in results.values())
    told = {status.block: (status.outcome, status.attempts) for status in ended}
    assert told == {
        OTHER.name: (Outcome.TRAINED, 2),
        PARENT.name: (Outcome.TRAINED, 1),
        CHILD.name: (Outcome.TRAINED, 1),
    }


def test_an_interruption_ends_workers_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_workers, "work", halting_work(tmp_path / "never", tmp_path / "pid"))
    store = Store(tmp_path)

    def interrupt(_: object) -> None:
        if store.path(LONG, "checkpoint").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_blocks([LONG], store, jobs=1, watch=interrupt)
    assert ended(int((tmp_path / "pid").read_text()))
    assert store.path(LONG, "checkpoint").exists()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_run_leaves_no_worker_and_is_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: signal.Signals
) -> None:
    command = [sys.executable, "-m", "tests.support.halting", str(tmp_path)]
    store = Store(tmp_path)
    with subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE) as run:  # noqa: S603 - ours
        until = time.monotonic() + PATIENCE
        while not store.path(LONG, "checkpoint").exists() and time.monotonic() < until:
            time.sleep(0.05)
        run.send_signal(by)
        _, said = run.communicate(timeout=PATIENCE)
    assert (b"KeyboardInterrupt" in said) == (by == signal.SIGTERM)
    assert not store.path(LONG, "npz").exists()
    worker = int((tmp_path / "pid").read_text())
    while not ended(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert ended(worker)
    told: list[Status] = []
    monkeypatch.setattr(schedule, "LocalWorkers", Inline)
    run_blocks([LONG], store, jobs=1, ended=told.append)
    assert [(status.outcome, status.attempts) for status in told] == [(Outcome.RESUMED, 1)]
    assert not list(tmp_path.glob("*checkpoint*"))
    alone = Store(tmp_path / "alone")
    train_and_save(Job(LONG, alone.folder))
    assert payload(store, LONG) == payload(alone, LONG)


def ended(process: int) -> bool:
    """Whether a process is no more, or waits only for its parent to look."""
    try:
        return bool(psutil.Process(process).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
