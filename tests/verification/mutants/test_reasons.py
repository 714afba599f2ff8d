"""A reason is found by what a mutant changes, and is obsolete if no mutant needs it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repro.paths import PROJECT
from tests.verification.mutants.reasons import Reason, obsolete, reason_for, reasons
from tests.verification.mutants.test_ledger import ONE

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
[[survivor]]
path = "a.py"
before = "if x:"
after = "if not x:"
reason = "x is never used"
"""


def test_reasons_by_file_and_change(tmp_path: Path) -> None:
    file = tmp_path / "survivors.toml"
    file.write_text(TEXT, encoding="utf-8")
    given = reasons(file)
    assert given == [Reason("a.py", "if x:", "if not x:", "x is never used")]
    assert reason_for(replace(ONE, line=99), given) == "x is never used"
    assert reason_for(replace(ONE, after="if True:"), given) == ""
    assert reason_for(replace(ONE, path="b.py"), given) == ""
    assert obsolete(given, [ONE], tmp_path) == given  # there is no such file
    code = tmp_path / "a.py"
    code.write_text("def f(x):\n    if x:\n        pass\n", encoding="utf-8")
    for tried in ([ONE], [], [replace(ONE, before="if y:", killed="test")]):
        assert obsolete(given, tried, tmp_path) == []
    assert obsolete(given, [replace(ONE, killed="test")], tmp_path) == given
    code.write_text("def f(y):\n    if y:\n        pass\n", encoding="utf-8")
    assert obsolete(given, [ONE], tmp_path) == given


def test_the_stored_reasons_can_be_read() -> None:
    given = reasons()
    assert all(one.reason and one.before for one in given)
    assert len({(one.path, one.before, one.after) for one in given}) == len(given)
    assert obsolete(given, [], PROJECT) == []
