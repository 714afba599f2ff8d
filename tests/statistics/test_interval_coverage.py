"""The committed coverage table is complete, and the method in use follows from it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from repro.paths import DATA
from repro.statistics import interval_coverage
from repro.statistics.interval_coverage import Row, choose, condensed, read, write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TABLE = read(DATA / "coverage.csv")
CHOSEN = "studentised"


def deciding(
    method: str, coverages: Iterable[float], width: float = 1.0, runs: int = 10
) -> list[Row]:
    return [
        Row("a", str(i), runs, 0.0, method, 100, coverage, 0.02, 0.0, 0.0, 0.0, width, 0.5)
        for i, coverage in enumerate(coverages)
    ]


def test_the_committed_table_leads_to_the_method_in_use() -> None:
    assert choose(TABLE) == CHOSEN


def test_with_thirty_runs_the_same_method_would_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interval_coverage, "DECIDING_RUNS", 30)
    assert choose(TABLE) == CHOSEN


def test_the_coverage_that_the_page_states_for_thirty_runs() -> None:
    found = [r for r in TABLE if (r.method, r.runs, r.censored) == (CHOSEN, 30, 0)]
    assert len(found) == 9
    assert 0.91 < min(r.coverage for r in found) < max(r.coverage for r in found) < 0.955
    wider = [r for r in found if r.numerator != r.denominator]
    assert max(r.above for r in wider) <= 0.0242
    assert 0.066 < max(r.below for r in wider) < 0.0675
    assert 0.041 < max(r.above for r in found) < 0.0415


def test_the_choice_worked_out_from_the_file_alone() -> None:
    worst: dict[str, float] = {}
    with (DATA / "coverage.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["runs"] == "10" and line["censored"] == "0.0":
                method = line["method"]
                worst[method] = min(worst.get(method, 0.95), float(line["coverage"]))
    best = worst.pop(CHOSEN)
    # No other method is within a percentage point, so width does not matter.
    assert all(best - other > 0.01 for other in worst.values())


def test_the_best_worst_case_is_chosen() -> None:
    rows = deciding("wide", [0.95, 0.90], width=3) + deciding("narrow", [0.96, 0.88], width=1)
    assert choose(rows) == "wide"


def test_level_scores_are_decided_by_width() -> None:
    rows = deciding("wide", [0.95, 0.90], width=3) + deciding("narrow", [0.96, 0.89], width=1)
    assert choose(rows) == "narrow"


def test_coverage_above_nominal_does_not_count() -> None:
    rows = deciding("wide", [0.99, 0.98], width=3) + deciding("narrow", [0.96, 0.945], width=1)
    assert choose(rows) == "narrow"


def test_only_ten_runs_without_censoring_decide() -> None:
    rows = deciding("a", [0.9]) + deciding("b", [0.8])
    others = deciding("b", [0.95], runs=5) + deciding("a", [0.1], runs=20)
    censored = Row("a", "0", 10, 0.1, "a", 100, 0.1, 0.02, 0.0, 0.0, 1.0, 1.0, 0.5)
    assert choose([*rows, *others, censored]) == "a"


def test_each_row_adds_up() -> None:
    for row in TABLE:
        assert row.coverage + row.above + row.below == pytest.approx(1, abs=2e-4)
        binomial = (row.coverage * (1 - row.coverage) / row.replications) ** 0.5
        assert row.standard_error == pytest.approx(binomial, abs=1e-4)
        assert (row.one_sided > 0) == (row.censored > 0)
        # At least one of n runs is censored with probability 1 - (1 - fraction)^n.
        cut = 1 - (1 - row.censored) ** row.runs
        assert row.one_sided == pytest.approx(cut, abs=0.03)


def test_welch_on_logs_holds_its_level_where_theory_says_so() -> None:
    exact = [
        row.coverage
        for row in TABLE
        if row.method == "t on logs"
        and row.numerator == row.denominator != "exponential"
        and (row.runs, row.censored) == (20, 0)
    ]
    assert exact == pytest.approx([0.95] * 4, abs=0.01)


def test_the_page_shows_the_table_and_the_choice() -> None:
    page = (DATA / "coverage.md").read_text(encoding="utf-8")
    assert condensed(TABLE) in page
    assert f"Chosen: **{CHOSEN}**" in page


def test_condensed_by_hand() -> None:
    rows = deciding("x", [0.9, 0.9512], width=1.5) + deciding("y", [0.8, 0.7], width=0.25)
    rows += [Row("a", "0", 5, 0.5, m, 100, 0.99, 0.01, 0, 0, 1, float("inf"), 0.5) for m in "xy"]
    assert condensed(rows) == (
        "| runs per arm | censored | x | y |\n"
        "| --- | --- | --- | --- |\n"
        "| 10 | 0.0 | 0.900 to 0.951, width 1.50 | 0.700 to 0.800, width 0.25 |\n"
        "| 5 | 0.5 | 0.990 to 0.990 | 0.990 to 0.990 |\n"
    )


def test_a_table_is_read_as_written(tmp_path: Path) -> None:
    rows = deciding("x", [0.9, 0.8], width=float("inf"))
    write(rows, tmp_path / "table.csv")
    assert read(tmp_path / "table.csv") == rows
