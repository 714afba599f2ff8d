"""Reports of the verification programs: files, problems and exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.verification.program import FAILED, PASSED, Report

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("problems", "code"), [((), PASSED), (("it broke",), FAILED)])
def test_a_report_may_quote_any_characters(
    problems: tuple[str, ...], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report("made", "quotes \udcff and é\n", {"given": "\udcff é"}, problems)
    assert report.conclude(tmp_path / "new") == code
    text = (tmp_path / "new" / "made.md").read_text(encoding="utf-8")
    assert text == "quotes \\udcff and é\n"
    facts = json.loads((tmp_path / "new" / "made.json").read_text(encoding="utf-8"))
    assert facts == {"given": "\udcff é"}
    output = capsys.readouterr()
    assert output.out == text
    assert ("FAILED: it broke" in output.err) == bool(problems)
