"""Memory of this process and its descendants."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from repro.plugin import memory
from repro.plugin.memory import PeakMemory, family, share

MIB = 2**20
HOLD = "held = bytearray(b'x') * (100 * 2**20); print('there', flush=True); input()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD!r}])"


def started(code: str) -> subprocess.Popen[str]:
    """Start a program, and wait until it or its child holds 100 MiB."""
    child = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "there\n"
    return child


def pids() -> list[int]:
    return [process.pid for process in family()]


def test_children_count() -> None:
    child = started(HOLD)
    process = psutil.Process(child.pid)
    try:
        assert child.pid in pids()
        assert 100 * MIB < share(process) < 200 * MIB
        watch = PeakMemory()
        watch.start()
        own = share(psutil.Process())
        peak = watch.stop()
        assert peak is not None
        assert peak > own + 95 * MIB
    finally:
        child.communicate("\n")
    assert child.pid not in pids()
    assert share(process) == 0


def test_grandchildren_count_and_other_processes_do_not() -> None:
    stranger, child = os.getppid(), started(PARENT)
    try:
        (grandchild,) = psutil.Process(child.pid).children()
        assert grandchild.name().startswith("python")
        assert {os.getpid(), child.pid, grandchild.pid} <= set(pids())
        assert len(pids()) == len(set(pids()))
        assert stranger not in pids()
        assert sum(map(share, family())) > 100 * MIB + share(psutil.Process())
    finally:
        child.communicate("\n")
    assert grandchild.pid not in pids()


@pytest.mark.parametrize("error", [None, psutil.AccessDenied(), psutil.NoSuchProcess(1)])
def test_a_system_without_shares_gives_no_peak(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    def info(_process: psutil.Process) -> SimpleNamespace:
        if error:
            raise error
        return SimpleNamespace(rss=5, uss=5)

    monkeypatch.setattr(psutil.Process, "memory_full_info", info)
    watch = PeakMemory()
    watch.start()
    assert watch.stop() is None


def test_the_share_is_proportional(monkeypatch: pytest.MonkeyPatch) -> None:
    info = SimpleNamespace(rss=9, uss=4, pss=7)
    monkeypatch.setattr(psutil.Process, "memory_full_info", lambda _: info)
    assert share(psutil.Process()) == 7


def test_the_peak_stays_when_memory_is_released(monkeypatch: pytest.MonkeyPatch) -> None:
    held = iter([7, 90, 5])
    watch = PeakMemory()
    monkeypatch.setattr(memory, "INTERVAL", 0.001)
    monkeypatch.setattr(memory, "family", lambda: [psutil.Process()])

    def next_share(_process: psutil.Process) -> int:
        size = next(held, None)
        if size is None:
            watch._stopped.set()
        return size or 3

    monkeypatch.setattr(memory, "share", next_share)
    watch.start()
    watch._thread.join(timeout=10)
    assert watch.peak == 90


def test_stopping_without_starting() -> None:
    assert PeakMemory().stop() is None
