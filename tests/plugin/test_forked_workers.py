"""Copies of a process do tasks; those that end before they are done are named, and the others go on."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from repro.plugin.forked_workers import ForkedWorkers, WorkerLostError
from repro.plugin.memory import family

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def none_is_left() -> Iterator[None]:
    before = {process.pid for process in family()}
    yield
    assert {process.pid for process in family()} <= before


def do(task: str) -> tuple[str, int]:
    """Do what a task is called: "die" by a signal, "leave" with a code, "stay" for a minute."""
    if task.startswith("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    if task.startswith("leave"):
        os._exit(3)
    if task.startswith("stay"):
        time.sleep(60)
    return task, os.getpid()


def test_each_task_is_done_once_in_another_process() -> None:
    workers = ForkedWorkers(2, do, ["a", "b", "c", "d"])
    assert "c" in workers
    assert "e" not in workers
    found = [workers.result(task) for task in "dabc"]
    assert [task for task, _ in found] == ["d", "a", "b", "c"]
    pids = {pid for _, pid in found}
    assert len(pids) <= 2
    assert os.getpid() not in pids
    assert workers.close() == {}


def test_what_takes_long_is_told() -> None:
    """The second task ends when it has been told twice that the two are being done."""
    ours, its = os.pipe()
    told: list[list[str]] = []

    def silent(tasks: list[str]) -> None:
        told.append(tasks)
        if len(told) == 2:
            os.write(its, b"12")

    def read(_task: str) -> bytes:
        ready, _, _ = select.select([ours], [], [], 20)
        return os.read(ours, 1) if ready else b"nobody was told"

    workers = ForkedWorkers(2, read, ["one", "two"])
    assert sorted([workers.result("one", 0.05, silent), workers.result("two")]) == [b"1", b"2"]
    assert told == [["one", "two"]] * 2


def test_two_tasks_are_done_at_once() -> None:
    """The first waits for the second."""
    ours, its = os.pipe()

    def meet(task: str) -> bytes:
        if task == "one":
            return os.read(ours, 1)
        os.write(its, b"2")
        return b""

    workers = ForkedWorkers(2, meet, ["one", "two"])
    assert workers.result("one") == b"2"
    assert workers.result("two") == b""
    workers.close()
    os.close(ours)
    os.close(its)


def test_memory_counts_the_copies() -> None:
    workers = ForkedWorkers(2, do, ["stay 1", "stay 2", "stay 3"])
    own = os.getpid()
    assert len([one for one in family() if one.pid != own and one.ppid() == own]) >= 2
    assert workers.close() == {}


@pytest.mark.parametrize(("task", "how"), [("die", "SIGKILL"), ("leave", "exit code 3")])
@pytest.mark.parametrize("count", [1, 2])
def test_a_lost_process_loses_its_task_only(task: str, how: str, count: int) -> None:
    workers = ForkedWorkers(count, do, ["a", task, f"{task} too", "b", "c"])
    for lost in (task, f"{task} too"):
        with pytest.raises(
            WorkerLostError, match=rf"ended \({how}\); check that there is enough mem"
        ):
            workers.result(lost)
    assert [workers.result(one)[0] for one in "abc"] == ["a", "b", "c"]
    workers.close()


def test_closing_ends_what_is_not_done_and_returns_what_is() -> None:
    workers = ForkedWorkers(2, do, ["stay", "a", "b", "die", "stay too"])
    assert workers.result("b")[0] == "b"
    began = time.monotonic()
    assert {task: found[0] for task, found in workers.close().items()} == {"a": "a"}
    assert time.monotonic() - began < 10


def test_a_large_result_arrives() -> None:
    workers = ForkedWorkers(2, lambda task: task.encode() * 10**6, ["abc", "de"])
    assert workers.result("de") == b"de" * 10**6
    assert workers.result("abc") == b"abc" * 10**6
    workers.close()


@pytest.mark.slow
def test_copies_end_with_their_parent() -> None:
    code = (
        "import time\n"
        "from repro.plugin.forked_workers import ForkedWorkers\n"
        "def work(task): print('working', flush=True); time.sleep(100)\n"
        "ForkedWorkers(1, work, ['a'])\n"
        "time.sleep(100)\n"
    )
    words = [sys.executable, "-c", code]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as parent:  # noqa: S603 - this Python
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"working\n"
        parent.kill()
        began = time.monotonic()
        assert parent.stdout.read() == b""  # at its end, which is when the copy, too, has ended
        assert time.monotonic() - began < 30
