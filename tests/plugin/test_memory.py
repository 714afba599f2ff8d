"""Memory of a process and its children, measured from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from repro.plugin import memory
from repro.plugin.memory import PeakMemory, descendants, share

if TYPE_CHECKING:
    from pathlib import Path

MIB = 2**20
HOLD = "import sys; held = bytearray(b'x') * (100 * 2**20); print('there', flush=True); input()"


@pytest.fixture
def child() -> subprocess.Popen[str]:
    """A process that holds 100 MiB until it is told to end."""
    child = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "there\n"
    return child


def test_children_count(child: subprocess.Popen[str]) -> None:
    try:
        assert child.pid in descendants(os.getpid())
        assert 100 * MIB < share(child.pid) < 200 * MIB
        watch = PeakMemory()
        watch.start()
        own = share(os.getpid())
        peak = watch.stop()
        assert peak is not None
        assert peak > own + 95 * MIB
    finally:
        child.communicate("\n")
    assert child.pid not in descendants(os.getpid())
    assert share(child.pid) == 0


def processes(folder: Path, sizes: dict[int, tuple[str, int, int]]) -> None:
    """Write what the system tells: by process id its name, its parent and its kB."""
    for process, (name, parent, size) in sizes.items():
        (folder / f"{process}").mkdir()
        (folder / f"{process}" / "stat").write_text(f"{process} ({name}) S {parent} 1 1")
        (folder / f"{process}" / "smaps_rollup").write_text(f"head\nRss: 9 kB\nPss:  {size} kB\n")


def test_grandchildren_count_and_strangers_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "PROC", tmp_path)
    processes(
        tmp_path,
        {
            1: ("init", 0, 1),
            10: ("python", 1, 2),
            11: ("a) S 1 (b", 10, 4),
            12: ("worker", 11, 8),
            13: ("stranger", 1, 16),
        },
    )
    assert sorted(descendants(10)) == [10, 11, 12]
    assert sum(map(share, descendants(10))) == 14 * 1024


def test_a_system_that_does_not_tell_gives_no_peak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "PROC", tmp_path)
    watch = PeakMemory()
    watch.start()
    assert watch.stop() is None


def test_the_peak_outlives_what_held_it(monkeypatch: pytest.MonkeyPatch) -> None:
    held = iter([7, 90, 5])
    watch = PeakMemory()
    monkeypatch.setattr(memory, "EVERY_SECONDS", 0.001)
    monkeypatch.setattr(memory, "descendants", lambda root: [root])

    def next_share(_process: int) -> int:
        size = next(held, None)
        if size is None:
            watch._ended.set()
        return size or 3

    monkeypatch.setattr(memory, "share", next_share)
    watch.start()
    watch._thread.join(timeout=10)
    assert watch.peak == 90


def test_what_was_never_started_can_be_stopped() -> None:
    assert PeakMemory().stop() is None
