"""Dependences on the terminal: a table of reads, formulas, and what would separate a pair."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from repro.causal.auditing.evidence import HiddenVariable
from repro.causal.auditing.verdict import MOST_SETS as MOST_PAIRS
from repro.cli.audit_reads_view import (
    MOST_FORMULAS,
    MOST_GRADIENTS,
    MOST_SETS,
    formulas,
    integers,
    reads_table,
    separating_sets,
)
from repro.cli.audit_view import render
from tests.cli.audit_example import MODULAR, NOT, verdict, witness

SHAPES = {"bids": (2, 3), "rate": (), "rewards": (4,)}
LOG_SUM = HiddenVariable("log-sum-exp", "log(x)")


@dataclass(frozen=True)
class Answers:
    """Evidence that gives the same answers to everything."""

    text: str | None = "2 bids[0, 0]"
    given: tuple[HiddenVariable, ...] | None = (LOG_SUM,)

    def formula(self, mechanism: str) -> str | None:
        """Write a formula."""
        return self.text if mechanism != "long" else None

    def digest(self, mechanism: str) -> str:
        """Use the name."""
        return mechanism

    def path(self, mechanism: str, element: str) -> tuple[str, ...]:
        """Return what was asked."""
        return (mechanism, element)

    def separating_set(self, first: str, second: str) -> tuple[HiddenVariable, ...] | None:
        """Return the set."""
        del first, second
        return self.given


def table(**reads: set[str]) -> list[list[str]]:
    """The cells of the printed table, row by row."""
    console = Console(file=StringIO(), width=200, highlight=False)
    with console.capture() as capture:
        shown = {name: frozenset(found) for name, found in reads.items()}
        console.print(reads_table(verdict(MODULAR, reads=shown, shapes=SHAPES)))
    return [line.strip().split("  ") for line in capture.get().splitlines()]


def cells(line: list[str]) -> list[str]:
    return [cell.strip() for cell in line if cell.strip()]


def test_inputs_are_columns_and_equal_gradients_one_row() -> None:
    lines = table(
        a={"bids[0, 0]", "bids[0, 1]", "bids[0, 2]", "rate"},
        b={f"rewards[{k}]" for k in range(4)},
        c={"bids[0, 0]", "bids[0, 1]", "bids[0, 2]", "rate"},
        d=set(),
    )
    assert [cells(line) for line in lines] == [
        ["gradient", "bids", "rate", "rewards"],
        ["a, c", "[0, :]", "all", "–"],
        ["b", "–", "–", "all"],
        ["d", "–", "–", "–"],
    ]


def test_only_inputs_that_are_read_have_a_column_and_others_are_last() -> None:
    lines = table(a={"rewards[1]", "an untracked number"}, b={"rewards[2]"})
    assert [cells(line) for line in lines] == [
        ["gradient", "rewards", "elsewhere"],
        ["a", "[1]", "an untracked number"],
        ["b", "[2]", "–"],
    ]


def test_many_inputs_are_listed_and_many_slices_cut() -> None:
    many = {f"x{k}": (2,) for k in range(7)}
    reads = {"a": frozenset(f"x{k}[0]" for k in range(7)), "b": frozenset()}
    console = Console(file=StringIO(), width=200, highlight=False)
    with console.capture() as capture:
        console.print(reads_table(verdict(MODULAR, reads=reads, shapes=many)))
    lines = [cells(line.split("  ")) for line in capture.get().splitlines()]
    assert lines == [
        ["gradient", "reads"],
        ["a", "x0[0], x1[0], x2[0], x3[0] … and 3 more"],
        ["b", "nothing"],
        ["--json lists all that is read"],
    ]


def test_what_several_gradients_read_is_listed_first() -> None:
    many = {f"x{k}": (2,) for k in range(7)}
    reads = {"a": frozenset(f"x{k}[0]" for k in range(7)), "b": frozenset({"x6[1]", "x5"})}
    console = Console(file=StringIO(), width=200, highlight=False)
    with console.capture() as capture:
        console.print(reads_table(verdict(MODULAR, reads=reads, shapes=many)))
    assert "a         x5[0], x6[0], x0[0], x1[0] … and 3 more" in capture.get()


def test_many_gradients_are_cut() -> None:
    names = [(row, column) for row in range(2) for column in range(3)]
    reads = {f"g{k}": {f"rewards[{k}]"} for k in range(4)}
    reads |= {f"h{r}{c}": {f"bids[{r}, {c}]", f"rewards[{k}]"} for r, c in names for k in [r]}
    reads |= {f"i{r}{c}": {f"bids[{r}, {c}]", "rate"} for r, c in names}
    lines = table(**reads)
    assert len(lines) == 1 + MOST_GRADIENTS + 1
    assert cells(lines[-1]) == [f"… and {len(reads) - MOST_GRADIENTS} more rows; --json lists all"]


def test_short_formulas_are_written() -> None:
    reads: dict[str, Any] = {"long": frozenset(), "a": frozenset()}
    assert formulas(verdict(MODULAR, reads=reads, evidence=Answers())) == ["a = 2 bids[0, 0]"]
    reads = {f"g{k}": frozenset() for k in range(MOST_FORMULAS + 2)}
    lines = formulas(verdict(MODULAR, reads=reads, evidence=Answers()))
    assert lines[-1] == "… and 2 more; --json lists all"
    assert len(lines) == MOST_FORMULAS + 1
    assert formulas(verdict(MODULAR, reads=reads)) == []


def test_equal_sets_are_one_line() -> None:
    assert separating_sets(verdict(NOT, evidence=Answers())) == [
        "A and B, A and C, B and C: log-sum-exp log(x)"
    ]
    two = Answers(given=(LOG_SUM, HiddenVariable("sum", "(a + b)")))
    assert separating_sets(verdict(NOT, evidence=two))[0].endswith(
        ": log-sum-exp log(x); sum (a + b)"
    )
    assert separating_sets(verdict(NOT, evidence=Answers(given=None))) == []
    assert separating_sets(verdict(NOT)) == []


def test_many_sets_are_cut() -> None:
    class Different(Answers):
        def separating_set(self, first: str, second: str) -> tuple[HiddenVariable, ...]:
            return (HiddenVariable("sum", f"({first} + {second})"),)

    pairs = [("A", f"x{k}") for k in range(MOST_SETS + 3)]
    shown = verdict(
        NOT,
        pairs=dict.fromkeys(pairs, NOT),
        joined_at_most=frozenset(pairs),
        witnesses=tuple(witness(pair) for pair in pairs),
        evidence=Different(),
    )
    lines = separating_sets(shown)
    assert len(lines) == MOST_SETS + 1
    assert lines[0] == "A and x0: sum (A + x0)"
    assert lines[-1] == "… and 3 more; --json lists them"


def test_after_many_pairs_no_more_sets_are_sought() -> None:
    pairs = [("A", f"x{k}") for k in range(MOST_PAIRS + 2)]
    shown = verdict(
        NOT,
        pairs=dict.fromkeys(pairs, NOT),
        joined_at_most=frozenset(pairs),
        witnesses=tuple(witness(pair) for pair in pairs for _ in range(2)),
        evidence=Answers(),
    )
    assert separating_sets(shown)[-1].startswith("… not sought for 2 more pairs, which takes")
    found = shown.to_dict()
    assert len(found["separating_sets"]) == MOST_PAIRS
    assert found["separating_sets_left_out"] == 2


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "none, or only indices"),
        (
            {"integers": ("r",)},
            "r: conditioned on, because a gradient is calculated with it",
        ),
        (
            {"integer_factors": ("m",), "integers_to_python": ("n", "k")},
            "m: a factor, as a mask is, and as such not read; n, k: read by Python, which was not traced",
        ),
        (
            {"integers": ("a", "b"), "integer_factors": ("a", "b")},
            "a, b: conditioned on, because a gradient is calculated with it; in other places a factor, as a mask is, and as such not read",
        ),
    ],
)
def test_integers_that_are_more_than_indices_are_named(
    fields: dict[str, tuple[str, ...]], text: str
) -> None:
    assert integers(verdict(MODULAR, **fields)) == text


def test_the_sections_are_part_of_the_verdict() -> None:
    reads = {"A": frozenset({"rewards[1]"}), "B": frozenset({"rewards[2]"})}
    console = Console(file=StringIO(), width=120, highlight=False)
    with console.capture() as capture:
        shown = verdict(NOT, reads=reads, shapes=SHAPES, evidence=Answers(), integers=("rewards",))
        console.print(render(shown, "rule.py", verified=False))
    text = capture.get()
    for words in (
        "Independent, if these were inputs too\n  A and B, A and C, B and C: log-sum-exp log(x)",
        "What each gradient reads\n  gradient  rewards",
        "Gradients\n  A = 2 bids[0, 0]",
        "rewards: conditioned on, because a gradient is calculated with it",
    ):
        assert words in text
    with console.capture() as capture:
        console.print(render(verdict(MODULAR), "rule.py", verified=False))
    assert "What each gradient reads" not in capture.get()
