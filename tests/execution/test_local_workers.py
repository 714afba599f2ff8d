"""Local workers: processes that die or are interrupted, and what remains after them."""

from __future__ import annotations

import errno
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
import torch

from repro.errors import UserError
from repro.execution import local_workers, schedule
from repro.execution.job import Job, train_and_save, work
from repro.execution.schedule import run_blocks
from repro.execution.status import Outcome, Status
from repro.paths import PROJECT
from repro.records.record import Record
from repro.records.store import Store
from tests.support.halting import CHILD, LONG, OTHER, PARENT, Inline, halting_work, payload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

TIMEOUT = 60


def test_a_worker_that_dies_affects_only_its_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other blocks continue; its block is tried again by another worker."""

    def deadly(job: Job) -> Status:
        if job.block == OTHER and not (tmp_path / "once").exists():
            (tmp_path / "once").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return work(job)

    monkeypatch.setattr(local_workers, "work", deadly)
    ended: list[Status] = []
    results = run_blocks([OTHER, CHILD], Store(tmp_path), jobs=2, ended=ended.append)
    assert all(isinstance(result, Record) for result in results.values())
    outcomes = {status.block: (status.outcome, status.attempts) for status in ended}
    assert outcomes == {
        OTHER: (Outcome.TRAINED, 2),
        PARENT: (Outcome.TRAINED, 1),
        CHILD: (Outcome.TRAINED, 1),
    }


def test_without_shared_memory_no_worker_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_words: object) -> None:
        raise FileNotFoundError(
            errno.ENOENT, "No such file or directory"
        )  # what loky's locks raise

    monkeypatch.setattr(local_workers, "compile_kernels", lambda *_: None)
    monkeypatch.setattr(local_workers, "ProcessPoolExecutor", refuse)
    with pytest.raises(UserError, match=r"made \(No such file or directory\); .* mount /dev/shm"):
        run_blocks([OTHER], Store(tmp_path), jobs=1)


def page_faults() -> int:
    """Fill ten arrays of 2 MB, fifty times; return the pages asked of the system after the first time."""
    faults = []
    for _ in range(50):
        _ = [np.ones(250_000) for _ in range(10)]
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
    return faults[-1] - faults[0]


def test_a_worker_reuses_memory_and_has_one_thread() -> None:
    executor = local_workers._executor()
    try:
        assert executor.submit(torch.get_num_threads).result(TIMEOUT) == 1
        # Each time, they have 4880 pages of 4 KiB.
        assert (
            platform.libc_ver()[0] != "glibc" or executor.submit(page_faults).result(TIMEOUT) < 5000
        )
    finally:
        executor.shutdown(wait=True, kill_workers=True)


def test_an_interruption_kills_the_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_workers, "work", halting_work(tmp_path / "never", tmp_path / "pid"))
    store = Store(tmp_path)

    def interrupt(_: object) -> None:
        if store.path(LONG, "checkpoint").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_blocks([LONG], store, jobs=1, watch=interrupt)
    assert ended(int((tmp_path / "pid").read_text()))
    assert store.path(LONG, "checkpoint").exists()


@contextmanager
def halting(store: Store) -> Iterator[subprocess.Popen[bytes]]:
    """Start training that halts, in a session of its own; it has written a checkpoint, and is killed at the end."""
    command = [sys.executable, "-m", "tests.support.halting", str(store.folder)]
    with subprocess.Popen(  # noqa: S603 - ours
        command, cwd=PROJECT, stderr=subprocess.PIPE, start_new_session=True
    ) as run:
        try:
            until = time.monotonic() + TIMEOUT
            while not store.path(LONG, "checkpoint").exists() and time.monotonic() < until:
                time.sleep(0.05)
            yield run
        finally:
            run.kill()


def test_a_terminals_ctrl_c_prints_nothing_of_the_workers(tmp_path: Path) -> None:
    """It reaches every process, here twice; the error of the session itself is the only one."""
    with halting(Store(tmp_path)) as run:
        for _ in range(2):
            os.killpg(run.pid, signal.SIGINT)
            time.sleep(0.1)
        _, errors = run.communicate(timeout=TIMEOUT)
    assert errors.count(b"Traceback") == 1
    assert b"Loky" not in errors
    assert b"leaked" not in errors
    assert ended(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_run_leaves_no_worker_and_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: signal.Signals
) -> None:
    store = Store(tmp_path)
    with halting(store) as run:
        run.send_signal(by)
        _, errors = run.communicate(timeout=TIMEOUT)
    assert (b"KeyboardInterrupt" in errors) == (by == signal.SIGTERM)
    assert not store.path(LONG, "npz").exists()
    worker = int((tmp_path / "pid").read_text())
    until = time.monotonic() + TIMEOUT
    while not ended(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert ended(worker)
    statuses: list[Status] = []
    monkeypatch.setattr(schedule, "LocalWorkers", Inline)
    run_blocks([LONG], store, jobs=1, ended=statuses.append)
    assert [(status.outcome, status.attempts) for status in statuses] == [(Outcome.RESUMED, 1)]
    assert not list(tmp_path.glob("*checkpoint*"))
    alone = Store(tmp_path / "alone")
    train_and_save(Job(LONG, alone.folder))
    assert payload(store, LONG) == payload(alone, LONG)


def ended(process: int) -> bool:
    """Whether a process has ended, or is a zombie."""
    try:
        return bool(psutil.Process(process).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
