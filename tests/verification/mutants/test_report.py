"""The exit code: it is 0 only if enough were killed and each survivor has its word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.verification.mutants import report
from tests.verification.mutants.bench import Outcome
from tests.verification.mutants.ledger import Ledger
from tests.verification.mutants.mutant import Spot
from tests.verification.mutants.report import conclude
from tests.verification.mutants.trying import Mutant, made
from tests.verification.mutants.words import Word

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "\n".join(f"x{i} = {i} * y" for i in range(20))
SPOTS = [
    Spot("a.py", (i + 1, 6), (i + 1, 7), "AddNot", i, "", f"x{i} = {i} * y") for i in range(20)
]


def mutant(i: int) -> Mutant:
    found = made(SPOTS[i], TEXT, TEXT.replace(f"x{i} = {i} *", f"x{i} = {i} +"))
    assert found is not None
    return found


WORDS = [Word("a.py", f"x{i} = {i} * y", f"x{i} = {i} + y", "a word") for i in range(3)]


def test_what_is_mutated_is_shown_and_what_is_no_python_is_not_made() -> None:
    assert (mutant(3).before, mutant(3).after) == ("x3 = 3 * y", "x3 = 3 + y")
    assert len({mutant(i).name for i in range(20)}) == 20
    assert made(SPOTS[0], TEXT, "x0 = 0 * * y") is None


@pytest.mark.parametrize(
    ("survive", "worded", "tried", "code"),
    [
        (2, 2, 20, 0),
        (3, 3, 20, 1),  # 85 % are too few
        (2, 1, 20, 1),  # a survivor without a word
        (1, 2, 20, 1),  # a word on a mutant that was killed
        (0, 0, 19, 1),  # one is still to be tried
    ],
)
def test_the_exit_code(
    survive: int,
    worded: int,
    tried: int,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mutants, ledger = [mutant(i) for i in range(20)], Ledger(tmp_path / "results.jsonl")
    for i, one in enumerate(mutants[:tried]):
        killed = "" if i < survive else "test"
        ledger.add(one.result(Outcome(killed, "", 1.0, {}), "earlier" if i == 19 else "now"))
    (tmp_path / "a.py").write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(report, "words", lambda: WORDS[:worded])
    assert conclude(SPOTS, mutants, ledger, "now", tmp_path, tmp_path) == code
    told = json.loads((tmp_path / "mutants.json").read_text(encoding="utf-8"))
    assert told["now"]["killed"] == tried - survive
    assert told["killed by earlier tests"] == (tried == 20)
    assert [row["word"] != "(no word yet)" for row in told["survivors"]] == [
        i < worded for i in range(survive)
    ]
    assert told["by file"] == [
        {"path": "a.py", "places": 20, "can be made": 20, "tried": tried, "killed": tried - survive}
    ]
    empty = Ledger(tmp_path / "empty.jsonl")
    assert conclude(SPOTS, mutants, empty, "now", tmp_path, tmp_path) == 1
    text = (tmp_path / "mutants.md").read_text(encoding="utf-8")
    assert f"{tried - survive} / {tried}" in text
    assert ("Words on mutants that do not survive" in text) == (worded > survive)
