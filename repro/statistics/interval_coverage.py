"""The table of the simulation study, and the choice of a method that follows from it."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NOMINAL = 0.95
DECIDING_RUNS = 10
"""The size of the real arms when the method was chosen; the choice uses only cells of this size without censoring."""
LEVEL = 0.01
"""Scores that differ from the best by at most this count as equal to it."""


@dataclass(frozen=True)
class Row:
    """One method in one cell of the study, where the true ratio is 1.

    Attributes:
        numerator: distribution of the numerator's times.
        denominator: distribution of the denominator's times.
        runs: number of runs in each arm.
        censored: fraction of the numerator's distribution that is cut off.
        method: name of the interval.
        replications: number of data sets simulated.
        coverage: fraction of intervals that contain the true ratio.
        standard_error: Monte-Carlo standard error of the coverage.
        above: fraction of intervals entirely above the true ratio; these claim too much.
        below: fraction of intervals entirely below the true ratio.
        one_sided: fraction of data sets with a censored run, whose interval has no upper end.
        median_log_width: median of log(high / low); inf if most intervals are one-sided.
        median_low: median of the lower end.
    """

    numerator: str
    denominator: str
    runs: int
    censored: float
    method: str
    replications: int
    coverage: float
    standard_error: float
    above: float
    below: float
    one_sided: float
    median_log_width: float
    median_low: float


def write(rows: Iterable[Row], path: Path) -> None:
    """Write rows as CSV, one column for each field."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read(path: Path) -> list[Row]:
    """Read the rows that `write` wrote."""
    kinds = {"str": str, "int": int, "float": float}
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Row(**{f.name: kinds[str(f.type)](line[f.name]) for f in fields(Row)})
            for line in csv.DictReader(file)
        ]


def choose(rows: Iterable[Row]) -> str:
    """Return the method that the study's criterion chooses, see `repro.statistics.interval_study`."""
    deciding = [row for row in rows if row.runs == DECIDING_RUNS and row.censored == 0]
    methods = dict.fromkeys(row.method for row in deciding)
    score = {
        m: min(min(row.coverage, NOMINAL) for row in deciding if row.method == m) for m in methods
    }
    width = {m: sum(row.median_log_width for row in deciding if row.method == m) for m in methods}
    best = max(score.values())
    # Coverages have four decimals; half of the last one allows for rounding.
    level = [m for m in methods if score[m] >= best - LEVEL - 5e-5]
    return min(level, key=lambda m: width[m])


def condensed(rows: Sequence[Row]) -> str:
    """Return a Markdown table: per method the range of coverage and the mean median log-width."""
    methods = list(dict.fromkeys(row.method for row in rows))
    lines = [
        f"| runs per arm | censored | {' | '.join(methods)} |",
        f"| --- | --- |{' --- |' * len(methods)}",
    ]
    for runs, censored in dict.fromkeys((row.runs, row.censored) for row in rows):
        cell = [row for row in rows if (row.runs, row.censored) == (runs, censored)]
        texts = [_range([row for row in cell if row.method == m]) for m in methods]
        lines.append(f"| {runs} | {censored} | {' | '.join(texts)} |")
    return "\n".join(lines) + "\n"


def _range(rows: Sequence[Row]) -> str:
    coverages = [row.coverage for row in rows]
    text = f"{min(coverages):.3f} to {max(coverages):.3f}"
    if any(row.censored for row in rows):
        return text
    return f"{text}, width {sum(row.median_log_width for row in rows) / len(rows):.2f}"
