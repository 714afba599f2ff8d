"""The report: shares, counts, and the problems that make the program fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.verification.mutants import report
from tests.verification.mutants.bench import Outcome
from tests.verification.mutants.ledger import Ledger
from tests.verification.mutants.mutant import Spot
from tests.verification.mutants.reasons import Reason
from tests.verification.mutants.report import by, causes, in_words, share
from tests.verification.mutants.test_ledger import ONE
from tests.verification.mutants.trying import Mutant, made

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


REASONS = [Reason("a.py", f"x{i} = {i} * y", f"x{i} = {i} + y", "a reason") for i in range(3)]


def test_a_mutant_shows_its_lines_and_is_python() -> None:
    assert (mutant(3).before, mutant(3).after) == ("x3 = 3 * y", "x3 = 3 + y")
    assert len({mutant(i).name for i in range(20)}) == 20
    assert made(SPOTS[0], TEXT, "x0 = 0 * * y") is None


@pytest.mark.parametrize(
    ("survive", "explained", "tried", "code"),
    [
        (2, 2, 20, 0),
        (3, 3, 20, 1),  # 85 % is not enough
        (2, 1, 20, 1),  # a survivor without a reason
        (1, 2, 20, 1),  # a reason for a mutant that was killed
        (0, 0, 19, 1),  # one has not been tried
    ],
)
def test_the_exit_code(
    survive: int,
    explained: int,
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
    monkeypatch.setattr(report, "reasons", lambda: REASONS[:explained])
    assert report.report(SPOTS, mutants, ledger, "now", tmp_path).conclude(tmp_path) == code
    found = json.loads((tmp_path / "mutants.json").read_text(encoding="utf-8"))
    assert found["now"]["killed"] == tried - survive
    assert found["killed by earlier tests"] == (tried == 20)
    assert [row["reason"] != "(no reason yet)" for row in found["survivors"]] == [
        i < explained for i in range(survive)
    ]
    assert found["by file"] == [
        {"path": "a.py", "places": 20, "can be made": 20, "tried": tried, "killed": tried - survive}
    ]
    text = (tmp_path / "mutants.md").read_text(encoding="utf-8")
    assert f"{tried - survive} / {tried}" in text
    assert ("Reasons for mutants that do not survive" in text) == (explained > survive)
    empty = Ledger(tmp_path / "empty.jsonl")
    assert report.report(SPOTS, mutants, empty, "now", tmp_path).conclude(tmp_path) == 1


KILLED = replace(ONE, killed="test")


def test_the_interval_is_exact() -> None:
    """Clopper and Pearson's for 9 of 10 are 0.5550 and 0.9975; for n of n the lower is 0.025^(1/n)."""
    nine = share([ONE, *[KILLED] * 9])
    assert (nine["mutants"], nine["killed"], nine["share"]) == (10, 9, 0.9)
    assert nine["low"] == pytest.approx(0.5550, abs=5e-5)
    assert nine["high"] == pytest.approx(0.9975, abs=5e-5)
    assert in_words(nine) == "9 / 10 = 90.0 % [55.5, 99.7]"
    every = share([KILLED] * 20)
    assert every["low"] == pytest.approx(0.025 ** (1 / 20))
    assert every["high"] == 1


def test_counts() -> None:
    assert by([ONE, KILLED, replace(ONE, path="0.py")], "path") == [
        {"path": "0.py", "mutants": 1, "killed": 0},
        {"path": "a.py", "mutants": 2, "killed": 1},
    ]
    assert causes([KILLED, ONE, KILLED]) == [
        {"killed by": "nothing", "mutants": 1},
        {"killed by": "test", "mutants": 2},
    ]
