"""What a claim may record: tables, values per seed, controls, and the number of checked cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from repro.causal.auditing.findings import Answer
from repro.errors import ClaimError
from repro.plugin.declaration import declare
from repro.plugin.recorder import BY_CASES, Recorder
from repro.verdicts import (
    Censored,
    ClaimResult,
    Control,
    Estimate,
    Margin,
    Measured,
    PerSeedValues,
    Table,
    Verdict,
)

REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN = Verdict
MARKER = {
    "id": "theory.example",
    "title": "A title",
    "statement": "A statement.",
    "source": ["talk:182"],
    "kind": "theory",
    "expected": "all alike",
    "controls": {"swapped": "not reproduced"},
}
HEAD = ("rule", "answer")


def recorder(**marker: object) -> Recorder:
    return Recorder(declare("here", {**MARKER, **marker}))


def result(record: Recorder, **outcome: Any) -> ClaimResult:  # noqa: ANN401 - arguments of outcome
    record.outcome(REPRODUCED, None, **outcome)
    record.control("swapped", NOT)
    return record.result(0.1)


def test_censored_runs_are_counted_with_all_runs() -> None:
    known = result(recorder(), n=10, censored=Censored(2, of=20))
    assert (known.n, known.censored, known.runs) == (10, 2, 20)
    unknown = result(recorder(), n=10, censored=2)
    assert (unknown.censored, unknown.runs) == (2, None)
    with pytest.raises(ClaimError, match=r"given censored=0\.5; expected a whole number"):
        result(recorder(), n=10, censored=0.5)


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


TWO = {"halves": ("inconclusive", "not reproduced"), "swapped": "not reproduced"}


def test_controls_have_the_order_of_the_marker() -> None:
    record = recorder(controls=TWO)
    record.outcome(REPRODUCED, None)
    record.control("swapped", INCONCLUSIVE)
    record.control("halves", NOT)
    assert record.result(0.1).controls == (
        Control("halves", (INCONCLUSIVE, NOT), NOT, why=BY_CASES),
        Control("swapped", (NOT,), INCONCLUSIVE, why=BY_CASES),
    )


def test_a_control_of_a_claim_with_a_margin_has_a_figure_or_a_reason() -> None:
    record = recorder(controls=TWO, margin=Margin(0.5, 2.0))
    with pytest.raises(ClaimError, match=r"control 'swapped': given a verdict alone, .* a margin"):
        record.control("swapped", NOT)
    record.control("swapped", NOT, Estimate(3.0, 2.5, 4.0, "times"))
    record.control("halves", INCONCLUSIVE, why="an arm has no time")
    record.outcome(NOT, None)
    halves, swapped = record.result(0.1).controls
    assert (halves.measured, halves.why) == (None, "an arm has no time")
    assert (swapped.measured, swapped.why) == (Measured(3.0, 2.5, 4.0, "times"), "")


def test_a_control_that_is_not_declared_is_refused() -> None:
    with pytest.raises(ClaimError) as caught:
        recorder(controls=TWO).control("swaped", NOT)
    assert str(caught.value) == (
        "control 'swaped' is not declared; the marker declares 'halves', 'swapped': "
        "add it, or fix its name"
    )


def test_a_control_that_is_declared_must_be_recorded() -> None:
    record = recorder(controls=TWO)
    record.outcome(REPRODUCED, None)
    record.control("swapped", NOT)
    with pytest.raises(ClaimError, match="ended without the control 'halves', which its marker"):
        record.result(0.1)
    record.control("halves", NOT)
    assert len(record.result(0.1).controls) == 2


def test_a_control_is_recorded_once() -> None:
    record = recorder()
    record.control("swapped", NOT)
    with pytest.raises(ClaimError, match="control 'swapped': recorded twice; record it once"):
        record.control("swapped", NOT)


def test_a_control_has_a_verdict() -> None:
    with pytest.raises(ClaimError, match="'fine' is not a verdict; expected one of reproduced"):
        recorder().control("swapped", "fine")  # type: ignore[arg-type] # deliberately invalid


def test_values_per_seed_are_kept_by_arm() -> None:
    record = recorder()
    record.points("PPO", "epochs", np.array([7, 9]), np.array([False, True]))
    record.points("CVS", "epochs", np.array([0.5, np.nan], np.float32))
    record.points("CVS", "bids", (x for x in (None, 1, 2.5)), iter((True, False, False)))
    found = result(record).points
    assert found == (
        PerSeedValues("PPO", "epochs", (7.0, 9.0), (False, True)),
        PerSeedValues("CVS", "epochs", (0.5, None), (False, False)),
        PerSeedValues("CVS", "bids", (None, 1.0, 2.5), (True, False, False)),
    )
    kinds = {type(x) for one in found for x in (*one.values, *one.censored)}
    assert kinds == {float, bool, type(None)}
    assert result(recorder()).points == ()


@pytest.mark.parametrize(
    ("values", "censored", "says"),
    [
        ([], None, "points of 'PPO': given 0 values and 0 flags"),
        ([1.0, 2.0], [True], "points of 'PPO': given 2 values and 1 flags"),
        ([np.inf], None, "points of 'PPO': given inf; expected a finite number for each seed"),
        ([True], None, "points of 'PPO': given True; expected a finite number"),
        (["7"], None, "points of 'PPO': given '7'; expected a finite number"),
        (np.ones((2, 2)), None, r"given array\(\[1., 1.\]\); expected a finite number"),
    ],
)
def test_faulty_points_are_refused(values: Any, censored: Any, says: str) -> None:  # noqa: ANN401 - faults
    with pytest.raises(ClaimError, match=says):
        recorder().points("PPO", "epochs", values, censored)


def test_an_arm_s_points_are_recorded_once() -> None:
    record = recorder()
    record.points("PPO", "epochs", [1])
    record.points("PPO", "bids", [1])
    record.points("CVS", "epochs", [1])
    with pytest.raises(ClaimError, match="points of 'PPO', epochs: recorded twice"):
        record.points("PPO", "epochs", [2])
