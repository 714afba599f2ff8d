"""What a claim may write down: tables, and on how many cases it was checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from claims.declaration import declare
from claims.record import Recorder
from repro.causal.verdict import Answer
from repro.errors import ClaimError
from repro.results import ClaimResult, Table
from repro.verdicts import Verdict

REPRODUCED, NOT, _, _ = Verdict
MARKER = {
    "id": "theory.example",
    "title": "A title",
    "statement": "A statement.",
    "source": ["talk:182"],
    "kind": "theory",
    "expected": "all alike",
}
HEAD = ("rule", "answer")


def recorder() -> Recorder:
    return Recorder(declare("here", MARKER))


def result(record: Recorder, **outcome: Any) -> ClaimResult:  # noqa: ANN401 - arguments of outcome
    record.outcome(REPRODUCED, None, **outcome)
    record.control("swapped", NOT, NOT)
    return record.result(0.1)


def test_tables_are_kept_in_order() -> None:
    record = recorder()
    record.table("by rule", HEAD, [("sarsa", "modular"), ("ppo", "not modular")])
    record.table(
        "by shape", ["shape", "n", "share"], (row for row in (["A", 3, 0.5], ["B", None, 1]))
    )
    assert result(record).tables == (
        Table("by rule", HEAD, (("sarsa", "modular"), ("ppo", "not modular"))),
        Table("by shape", ("shape", "n", "share"), (("A", 3, 0.5), ("B", None, 1))),
    )
    assert result(recorder()).tables == ()


def test_cells_become_plain_text_and_numbers() -> None:
    record = recorder()
    given = (Answer.MODULAR, np.int64(3), np.float32(0.5), 2, 1.5, None)
    record.table("t", ("a",) * 6, [given])
    (table,) = result(record).tables
    assert [(type(cell), cell) for cell in table.rows[0]] == [
        (str, "modular"),
        (int, 3),
        (float, 0.5),
        (int, 2),
        (float, 1.5),
        (type(None), None),
    ]


@pytest.mark.parametrize(
    ("title", "head", "rows", "says"),
    [
        (" ", HEAD, [("a", "b")], "table ' ': given 2 headings and 1 rows"),
        ("t", (), [()], "table 't': given 0 headings and 1 rows"),
        ("t", HEAD, [], "table 't': given 2 headings and 0 rows"),
        ("t", HEAD, [("a", "b"), ("a",)], "table 't', row 2: given 1 cells; expected 2"),
        ("t", HEAD, [("a", "b", "c")], "table 't', row 1: given 3 cells; expected 2"),
        ("t", HEAD, [("a", True)], "table 't': given the cell True; expected text, a number"),
        ("t", HEAD, [("a", np.bool_(0))], "given the cell .*False"),
        ("t", HEAD, [("a", torch.tensor(1.0))], r"given the cell tensor\(1.\)"),
        ("t", HEAD, [("a", ["b"])], r"given the cell \['b'\]"),
    ],
)
def test_a_faulty_table_is_refused(
    title: str, head: tuple[str, ...], rows: list[tuple[object, ...]], says: str
) -> None:
    with pytest.raises(ClaimError, match=says):
        recorder().table(title, head, rows)


def test_cases_are_counted() -> None:
    assert result(recorder(), checked=135).checked == 135
    assert result(recorder()).checked is None


@pytest.mark.parametrize("checked", [0, -1])
def test_a_claim_that_checked_nothing_is_refused(checked: int) -> None:
    with pytest.raises(ClaimError, match=f"given checked={checked}; expected at least one case"):
        recorder().outcome(REPRODUCED, None, checked=checked)
