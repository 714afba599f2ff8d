"""Fixtures of commands that judge claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cli_place import Place, replace_training, skip_drawing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Folders that do not exist yet."""
    skip_drawing(monkeypatch)
    return Place(tmp_path)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replace training by synthetic records; return its arguments."""
    return replace_training(monkeypatch)


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests replace what commands list; see `repro.storage.remembered`."""
    monkeypatch.setattr("repro.storage.remembered.FOLDER", None)
