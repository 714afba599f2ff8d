"""What killed processes left is removed, and what living ones write is not."""

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
    """Id of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def half(store: Store, ending: str, writer: str) -> Path:
    path = store.path(PARENT, ending)
    made = path.with_name(f"{path.name}.{writer}.tmp")
    made.write_text("half")
    return made


@pytest.mark.parametrize("ending", ["npz", "json", "checkpoint"])
def test_halves_go_with_the_process_that_wrote_them(tmp_path: Path, ending: str, dead: int) -> None:
    store, here = Store(tmp_path), platform.node()
    gone = half(store, ending, f"{here}-{dead}")
    stays = half(store, ending, f"{here}-{os.getpid()}")
    other = half(store, ending, f"another-{dead}")
    store.sweep(OTHER)
    assert gone.exists()
    store.sweep(PARENT)
    assert not gone.exists()
    assert stays.exists()
    # Who lives on another machine is not known; a half of a checkpoint is of no use to anyone.
    assert other.exists() == (ending != "checkpoint")


def test_a_process_of_somebody_else_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_process: int, _signal: int) -> None:
        raise PermissionError

    path = half(Store(tmp_path), "npz", f"{platform.node()}-1")
    monkeypatch.setattr(os, "kill", refuse)
    Store(tmp_path).sweep(PARENT)
    assert path.exists()
    monkeypatch.undo()
    odd = half(Store(tmp_path), "npz", f"{platform.node()}-{10**30}")
    Store(tmp_path).sweep(PARENT)
    assert odd.exists()


def test_only_what_is_named_goes(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for block in (PARENT, OTHER):
        for ending in ("npz", "json", "checkpoint", "progress"):
            store.path(block, ending).touch()
    store.sweep(PARENT, "progress", "checkpoint")
    left = {path for path in tmp_path.iterdir() if path.name.startswith("ppo")}
    assert left == {store.path(PARENT, ending) for ending in ("npz", "json")}
    assert len(list(tmp_path.iterdir())) == 6


def test_what_cannot_be_removed_is_left(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.path(PARENT, "progress").mkdir()
    store.sweep(PARENT, "progress")
    assert store.path(PARENT, "progress").exists()
    Store(tmp_path / "nowhere").sweep(PARENT, "progress")
