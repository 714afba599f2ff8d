"""The command `gallery`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from repro import cli
from repro.paths import GALLERY
from repro.report.library_gallery import read_gallery

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_each_method_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["gallery"]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    table, _, text = output.out.partition("\n\n")
    head, *rows = table.splitlines()
    assert head.split() == [
        *("library", "method", "mechanisms", "answer", "shared", "because", "seconds", "lines")
    ]
    methods = read_gallery(GALLERY).methods
    assert len(rows) == len(methods)
    for line, method in zip(rows, methods, strict=True):
        assert line.startswith(f"{method.library} {method.version}")
        assert f" {method.answer} " in line
        assert line.endswith(str(method.lines))
    assert "Measured by `nox -s gallery`" in " ".join(text.split())


def test_json_has_the_answers_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["gallery", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {"methods", "left_out", "environment", "code"} == set(printed)
    assert all(row["answer"] == row["by_hand"] for row in printed["methods"])


def test_a_missing_table_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("repro.cli.gallery.GALLERY", tmp_path / "none.json")
    assert cli.main(["gallery"]) == 2
    assert "none.json cannot be read" in capsys.readouterr().err
