"""Partial files of killed processes are removed, those of running processes are not."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from repro.records.store import Store
from tests.support.halting import OTHER, PARENT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def dead() -> int:
    """Id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def partial(store: Store, ending: str, writer: str) -> Path:
    path = store.path(PARENT, ending)
    made = path.with_name(f"{path.name}.{writer}.tmp")
    made.write_text("partial")
    return made


@pytest.mark.parametrize("ending", ["npz", "json", "checkpoint"])
def test_partial_files_of_ended_processes_are_removed(
    tmp_path: Path, ending: str, dead: int
) -> None:
    store, here = Store(tmp_path), platform.node()
    removed = partial(store, ending, f"{here}-{dead}")
    running = partial(store, ending, f"{here}-{os.getpid()}")
    other = partial(store, ending, f"another-{dead}")
    store.sweep(OTHER)
    assert removed.exists()
    store.sweep(PARENT)
    assert not removed.exists()
    assert running.exists()
    # Processes of another machine cannot be looked up; only partial checkpoints are removed.
    assert other.exists() == (ending != "checkpoint")


def test_a_process_of_another_user_counts_as_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_process: int, _signal: int) -> None:
        raise PermissionError

    path = partial(Store(tmp_path), "npz", f"{platform.node()}-1")
    monkeypatch.setattr(os, "kill", refuse)
    Store(tmp_path).sweep(PARENT)
    assert path.exists()
    monkeypatch.undo()
    odd = partial(Store(tmp_path), "npz", f"{platform.node()}-{10**30}")
    Store(tmp_path).sweep(PARENT)
    assert odd.exists()


def test_only_the_named_files_are_removed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for block in (PARENT, OTHER):
        for ending in ("npz", "json", "checkpoint", "progress"):
            store.path(block, ending).touch()
    store.sweep(PARENT, "progress", "checkpoint")
    remaining = {path for path in tmp_path.iterdir() if path.name.startswith("ppo")}
    assert remaining == {store.path(PARENT, ending) for ending in ("npz", "json")}
    assert len(list(tmp_path.iterdir())) == 6


def test_a_file_that_cannot_be_removed_is_left(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.path(PARENT, "progress").mkdir()
    store.sweep(PARENT, "progress")
    assert store.path(PARENT, "progress").exists()
    Store(tmp_path / "nowhere").sweep(PARENT, "progress")
