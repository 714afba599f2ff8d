"""Results survive a run that was stopped, even while one was being written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.verification.mutants.ledger import Ledger, Result

if TYPE_CHECKING:
    from pathlib import Path

ONE = Result("one", "a.py", 3, "AddNot", "if x:", "if not x:", "", "", 1.5, "early")


def test_the_first_and_the_last_result_of_each(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "results.jsonl"
    ledger = Ledger(file)
    assert ledger.last(["one"]) == []
    killed, other = replace(ONE, killed="test", tests="late"), replace(ONE, name="other")
    for result in (ONE, other, killed):
        ledger.add(result)
    with file.open("a", encoding="utf-8") as stream:
        stream.write('{"name": "half')
    for again in (ledger, Ledger(file)):
        assert again.first(["one", "unknown"]) == [ONE]
        assert again.last(["other", "one"]) == [other, killed]
