"""Listings are computed again if and only if something changed that they may depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from repro import paths
from repro.storage import remembered as module
from repro.storage.remembered import remembered, sources_digest

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"claim": "a.b", "lines": (44, 45), "low": float("-inf")}]
READ = [{"claim": "a.b", "lines": [44, 45], "low": float("-inf")}]


class Counted:
    """A computation that knows how often it was done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> list[dict[str, Any]]:
        """Return the rows."""
        self.times += 1
        return ROWS


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project, whose listings are kept."""
    for name in ("repro", "claims", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "repro" / "code.py").write_text("A = 1\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "repro")
    monkeypatch.setattr(paths, "CLAIMS", tmp_path / "claims")
    monkeypatch.setattr(paths, "DATA", tmp_path / "data")
    monkeypatch.setattr(module, "FOLDER", tmp_path / "build" / "listings")
    return tmp_path


def test_the_second_time_it_is_read_and_is_the_same(project: Path) -> None:
    compute = Counted()
    assert remembered("claims", compute) == remembered("claims", compute) == READ
    assert compute.times == 1
    assert [path.name for path in (project / "build" / "listings").iterdir()] == ["claims.json"]


@pytest.mark.parametrize(
    "changed",
    ["repro/code.py", "repro/more.py", "claims/new.py", "data/runs.json", "pyproject.toml"],
)
def test_a_change_makes_it_computed_again(project: Path, changed: str) -> None:
    compute = Counted()
    remembered("claims", compute)
    (project / changed).write_text("B = 2\n", encoding="utf-8")
    remembered("claims", compute)
    assert compute.times == 2


def test_what_is_no_source_changes_nothing(project: Path) -> None:
    before = sources_digest()
    (project / "data" / "badge.svg").write_text("<svg/>", encoding="utf-8")
    assert sources_digest() == before


def test_another_version_changes_the_digest(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert project.is_dir()
    before = sources_digest()
    monkeypatch.setattr(module, "versions", lambda: {"torch": "0"})
    assert sources_digest() != before


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"schema": 1}', b"\xff"])
def test_a_broken_file_is_replaced(project: Path, content: bytes) -> None:
    compute = Counted()
    remembered("claims", compute)
    path = project / "build" / "listings" / "claims.json"
    path.write_bytes(content)
    assert remembered("claims", compute) == remembered("claims", compute) == READ
    assert compute.times == 2


def test_a_file_that_was_edited_is_not_believed(project: Path) -> None:
    compute = Counted()
    remembered("claims", compute)
    path = project / "build" / "listings" / "claims.json"
    path.write_bytes(path.read_bytes().replace(b"a.b", b"b.a"))
    assert remembered("claims", compute) == READ


def test_where_nothing_can_be_written_it_is_computed(project: Path) -> None:
    (project / "build").write_bytes(b"")
    compute = Counted()
    assert remembered("claims", compute) == remembered("claims", compute) == READ
    assert compute.times == 2
