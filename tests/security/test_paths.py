"""No name leads out of its folder: it is refused with one line, or names a file inside."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest
from matplotlib.figure import Figure

from repro import cli
from repro.errors import RecordError, UserError
from repro.figures import Picture, save
from repro.protocol.blocks import Block, pretraining
from repro.records import store
from repro.records.record_format import to_block
from repro.records.record_set import read_set
from repro.records.shipped import MANIFEST, Shipped
from repro.records.shipping import ship
from repro.records.store import Store
from repro.report import write_report
from repro.storage.checksum import with_checksum
from tests.report.example import REPRODUCED, SOURCES, claim, run
from tests.security.hostile import NAMES
from tests.support.shipping import record, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = pretraining("cvs", "linear_chain", (0, 1))


@pytest.fixture(params=NAMES.values(), ids=list(NAMES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Path]:
    """A folder; afterwards, check that nothing was written next to it."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    yield folder
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert {path.name for path in (tmp_path / "a").iterdir()} <= {"b", "store"}


def one_line(error: BaseException) -> bool:
    """Return True if an error is one line without terminal codes."""
    return len(str(error).splitlines()) == 1 and "\x1b" not in str(error)


def test_a_store_refuses_unknown_names(name: str, inside: Path) -> None:
    """The algorithm and the problem of a block must exist before a file is named."""
    for block in (
        replace(BLOCK, algorithm=name),
        replace(BLOCK, problem=name),
        replace(BLOCK, problem=f"linear_chain.{name}"),
        replace(BLOCK, hyperparameters=((name, 1.0),)),
        replace(BLOCK, parent=replace(BLOCK, problem=name)),
    ):
        with pytest.raises(UserError) as error:
            Store(inside).load(block)
        assert one_line(error.value)


def test_files_of_any_algorithm_name_are_in_the_store(
    name: str, inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "key", lambda *_: "0" * 64)
    path = Store(inside).path(Block(name, name, (0,), 1, hyperparameters=((name, 1.0),)), "npz")
    assert path.parent == inside
    assert path.name not in {"", ".", ".."}


def test_a_block_with_such_a_name_is_refused(name: str, inside: Path) -> None:
    settings = json.loads(json.dumps(asdict(BLOCK)))
    inner = {**settings, "parent": {**settings, "algorithm": name}}
    for body in ({**settings, "algorithm": name}, {**settings, "problem": name}, inner):
        if name not in {".", ".."}:
            with pytest.raises(ValueError, match="expected letters, digits") as error:
                to_block(body)
            assert one_line(error.value)
    assert list(inside.iterdir()) == []


def test_shipped_runs_are_read_only_from_their_folder(name: str, inside: Path) -> None:
    ship(stored(inside.parent / "store", record(BLOCK)), inside / "runs")
    body = json.loads((inside / "runs" / MANIFEST).read_text(encoding="utf-8"))
    (file,) = (inside / "runs").glob("*.npz")
    file.rename(inside / "outside")
    body["blocks"][0]["file"] = name
    (inside / "runs" / MANIFEST).write_text(json.dumps(with_checksum(body)), encoding="utf-8")
    for read in (lambda: Shipped(inside / "runs").verify(), lambda: read_set(inside / "runs")):
        with pytest.raises(RecordError, match="cannot be used") as error:
            read()
        assert "SHA-256" not in str(error.value)  # nothing was read
        assert one_line(error.value)


def test_a_picture_with_such_a_name_is_refused(name: str, inside: Path) -> None:
    with pytest.raises((UserError, OSError)) as error:  # OSError: the name is too long
        save(Picture(name, "words", Figure()), inside)
    assert one_line(error.value)
    assert list(inside.iterdir()) == []


def test_a_report_does_not_use_given_names_for_files(name: str, inside: Path) -> None:
    result_claim = claim(REPRODUCED, id=name or "none", figures=(name,), command=name, title=name)
    result = replace(run(result_claim), tier=name)
    if "\ud800" in name:  # it cannot be encoded; the other files exist
        with pytest.raises(UserError, match="all other files are written"):
            write_report(result, inside, sources=SOURCES)
    else:
        write_report(result, inside, sources=SOURCES)
    written = {path.name for path in inside.iterdir()}
    files = {"claims.json", "runs.csv", "badge.json", "badge.svg", "report.md", "index.html"}
    assert written <= {*files, "figures"}
    assert list((inside / "figures").iterdir()) == []


@pytest.mark.parametrize("kind", ["claim", "algorithm", "task"])
def test_no_skeleton_is_written_with_such_a_name(
    kind: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for given in (name, f"transfer.{name}") if kind == "claim" else (name,):
        assert cli.main(["new", kind, given]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("error: ")
        assert len(printed.err.strip().splitlines()) == 1
        assert "\x1b" not in printed.err
