"""Blocks on a Dask cluster: two worker processes, one of which is killed while it trains."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import distributed
import pytest

from repro.errors import TrainingError, UserError
from repro.execution import dask_workers
from repro.execution.dask_workers import DaskWorkers, checked_work, worker_fault
from repro.execution.job import Job, train_and_save
from repro.execution.schedule import run_blocks
from repro.execution.status import Outcome, Status
from repro.paths import PROJECT
from repro.protocol.blocks import Block
from repro.records.keys import key
from repro.records.store import Store
from tests.support.halting import CHILD, DIVERGING, LONG, PARENT, SMALL, payload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

TIMEOUT = 60
ALSO_LONG = Block("cvs", "linear_chain.training", (0, 1), 20, hyperparameters=SMALL)


@contextmanager
def dask(*words: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of Dask's commands as a process, and kill it when the context ends."""
    command = [sys.executable, "-m", "dask", *words, "--no-dashboard", "--host", "127.0.0.1"]
    environment = {**os.environ, "DASK_LOGGING__DISTRIBUTED": "critical", **more}
    with subprocess.Popen(command, cwd=PROJECT, env=environment) as process:  # noqa: S603 - ours
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """Address of a scheduler on a free port."""
    file = tmp_path / "scheduler.json"
    with dask("scheduler", "--port", "0", "--scheduler-file", str(file)):
        until = time.monotonic() + TIMEOUT
        while not (text := file.read_text() if file.exists() else ""):
            assert time.monotonic() < until
            time.sleep(0.05)
        yield json.loads(text)["address"]


@contextmanager
def worker(scheduler: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that halts in training, and is not restarted when it dies."""
    preload = str(PROJECT / "tests" / "support" / "halting_worker.py")
    words = ["--nthreads", "1", "--no-nanny", "--local-directory", str(folder), "--preload"]
    with dask(
        "worker", scheduler, *words, preload, CONTINUE_FILE=str(folder / "continue")
    ) as process:
        yield process


def test_a_worker_is_killed_and_all_blocks_are_trained_to_the_same_bytes(
    tmp_path: Path, scheduler: str
) -> None:
    alone, spread = Store(tmp_path / "alone"), Store(tmp_path / "spread")
    ended: list[Status] = []
    with worker(scheduler, tmp_path) as first, worker(scheduler, tmp_path) as second:
        with distributed.Client(scheduler, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=TIMEOUT)

        def kill(_: object) -> None:
            """Kill the first worker when both have halted in a long block, then let the other continue."""
            if all(spread.path(block, "checkpoint").exists() for block in (LONG, ALSO_LONG)):
                first.kill()
                first.wait()
                (tmp_path / "continue").touch()

        results = run_blocks(
            [CHILD, LONG, ALSO_LONG, DIVERGING],
            spread,
            jobs=1,
            scheduler=scheduler,
            watch=kill,
            ended=ended.append,
        )
        assert first.poll() == -signal.SIGKILL
        assert second.poll() is None
    outcomes = {status.block: (status.outcome, status.attempts) for status in ended}
    assert len(ended) == len(outcomes) == len(results) == 5
    assert outcomes.pop(DIVERGING) == (Outcome.FAILED, 2)
    assert isinstance(results[DIVERGING], TrainingError)
    assert "expected a finite number" in str(results[DIVERGING])
    once = (Outcome.TRAINED, 1)
    long = [outcomes.pop(block) for block in (LONG, ALSO_LONG)]
    assert sorted(long) == [(Outcome.RESUMED, 2), once]
    assert set(outcomes.values()) == {once}
    for block in (PARENT, CHILD, LONG, ALSO_LONG):
        train_and_save(Job(block, alone.folder))
        assert payload(alone, block) == payload(spread, block), block.name
    assert {path.suffix for path in spread.folder.iterdir()} == {".npz", ".json"}


class _Client:
    """The part of Dask's client that is used, with two workers."""

    def __init__(self, found: object = None, threads: int = 1, count: int = 2) -> None:
        self.found, self.closed = found, False
        self.workers = {f"tcp://10.0.0.{i}:1": threads for i in range(1, count + 1)}
        self.submitted: list[tuple[Any, ...]] = []
        self.future: Future[Status] = Future()
        self.future.cancel()  # as when the scheduler goes away
        self.future.set_running_or_notify_cancel()

    def nthreads(self) -> dict[str, int]:
        return self.workers

    def run(self, function: object, *words: Any, on_error: str) -> dict[str, object]:  # noqa: ANN401
        assert (function, on_error) == (worker_fault, "return")
        assert worker_fault(*words) is None
        return dict(zip(self.workers, (None, self.found), strict=True))

    def get_executor(self, *, pure: bool) -> _Client:
        assert not pure
        return self

    def submit(self, *words: Any) -> Future[Status]:  # noqa: ANN401
        self.submitted.append(words)
        return self.future

    def close(self) -> None:
        self.closed = True


def use(monkeypatch: pytest.MonkeyPatch, client: _Client) -> _Client:
    monkeypatch.setattr(dask_workers, "_connect", lambda _: client)
    return client


@pytest.mark.parametrize(
    ("found", "threads", "message"),
    [
        ("it does not see /runs", 1, r"10\.0\.0\.2:1 of tcp://a:1 .*: it does not see /runs"),
        (ModuleNotFoundError("No module named 'repro'"), 1, r"2:1 of .*'repro'; install this"),
        (None, 3, r"10\.0\.0\.1:1 of .* 3 threads; start it with --nthreads 1"),
    ],
)
def test_a_worker_that_cannot_be_used_is_named_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: object, threads: int, message: str
) -> None:
    client = use(monkeypatch, _Client(found, threads))
    with pytest.raises(UserError, match=message):
        run_blocks([PARENT], Store(tmp_path), jobs=1, scheduler="tcp://a:1")
    assert client.closed
    assert client.submitted == []
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_without_workers_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = use(monkeypatch, _Client(count=0))
    monkeypatch.setattr(dask_workers, "WORKERLESS_SECONDS", 0.3)
    with pytest.raises(UserError, match=r"has had no worker for 0\.3 s"):
        DaskWorkers("tcp://a:1", tmp_path, PARENT)
    assert client.closed


def test_jobs_stop_with_their_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = use(monkeypatch, _Client())
    workers = DaskWorkers("tcp://a:1", tmp_path, PARENT)
    assert workers.capacity() == 2
    workers.submit(Job(PARENT, tmp_path))
    ((function, job, expected),) = client.submitted
    assert (function, expected) == (checked_work, key(PARENT))
    job.check()
    assert job.session.parent == tmp_path
    workers.close()
    assert client.closed
    with pytest.raises(TrainingError, match="was stopped"):
        job.check()


def test_a_lost_scheduler_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = use(monkeypatch, _Client())
    with pytest.raises(UserError, match="connection to the Dask scheduler was lost"):
        run_blocks([PARENT], Store(tmp_path), jobs=1, scheduler="tcp://a:1")
    assert client.closed


def test_why_a_worker_cannot_train(tmp_path: Path) -> None:
    session = tmp_path / "a.session"
    assert "file system that all machines share" in str(worker_fault(session, PARENT, key(PARENT)))
    session.touch()
    assert worker_fault(session, PARENT, key(PARENT)) is None
    assert "differs from this machine's" in str(worker_fault(session, PARENT, key(CHILD)))
    job = Job(PARENT, tmp_path, session=session)
    late = checked_work(job, key(CHILD))
    assert late.outcome is Outcome.FAILED
    assert "differs from this machine's" in late.error
    assert not Store(tmp_path).path(PARENT, "npz").exists()
    assert checked_work(job, key(PARENT)).outcome is Outcome.TRAINED


def test_a_folder_that_a_worker_cannot_write_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    session = tmp_path / "a.session"
    session.touch()
    monkeypatch.setattr("repro.records.store.tempfile.TemporaryFile", full)
    assert "No space left on device" in str(worker_fault(session, PARENT, key(PARENT)))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nowhere", "tcp://", "9", "tcp://a:b"])
def test_an_address_where_nothing_answers_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(dask_workers, "CONNECT_SECONDS", 0.5)
    with pytest.raises(UserError, match=f"no Dask scheduler answers at '{address}'"):
        run_blocks([PARENT], Store(tmp_path), jobs=1, scheduler=address)


def test_the_error_without_dask_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match=r"pip install -e '\.\[distributed\]'"):
        run_blocks([PARENT], Store(tmp_path), jobs=1, scheduler="tcp://127.0.0.1:1")
