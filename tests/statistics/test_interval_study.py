"""The study: its distributions, its cells, and that it reproduces the committed table."""

from __future__ import annotations

import itertools
import math
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.paths import DATA
from repro.statistics import interval_study
from repro.statistics.interval_candidates import CANDIDATES
from repro.statistics.interval_coverage import read

if TYPE_CHECKING:
    from pathlib import Path

TABLE = read(DATA / "coverage.csv")


def test_the_table_contains_every_cell_and_method_once() -> None:
    held = [((r.numerator, r.denominator), r.runs, r.censored, r.method) for r in TABLE]
    assert held == [(*cell, method) for cell in interval_study.cells() for method in CANDIDATES]
    assert len(held) == 9 * 4 * 4 * 4


@pytest.mark.slow
def test_the_first_cell_is_reproduced() -> None:
    again = list(itertools.islice(interval_study.study(), 4))
    for new, old in zip(again, TABLE[:4], strict=True):
        # On another processor, the rounding of a matrix product may change single data sets.
        assert new.coverage == pytest.approx(old.coverage, abs=1e-3)
        assert new.median_log_width == pytest.approx(old.median_log_width, abs=1e-3)


@pytest.mark.parametrize(
    ("pair", "runs", "censored"),
    [
        (("lognormal-1.2", "lognormal-0.3"), 10, 0.0),
        (("exponential", "exponential"), 5, 0.25),
    ],
)
def test_cells_agree_within_monte_carlo_error(
    pair: tuple[str, str], runs: int, censored: float
) -> None:
    rows = interval_study.simulate(
        pair, runs, censored, np.random.default_rng(77), replications=1000
    )
    for row in rows:
        (old,) = (
            r
            for r in TABLE
            if (r.numerator, r.denominator, r.runs, r.censored, r.method)
            == (*pair, runs, censored, row.method)
        )
        error = math.hypot(row.standard_error, old.standard_error)
        assert abs(row.coverage - old.coverage) < 4 * error
        assert row.replications == 1000
        assert row.median_low == pytest.approx(old.median_low, rel=0.15)


def test_shares_of_data_sets_have_four_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three data sets, count those with a run beyond the limit, here the median."""
    monkeypatch.setattr(interval_study, "CHUNK", 3)
    times = interval_study.draw("exponential", (3, 2), np.random.default_rng(5))
    cut = int((times > math.log(2)).any(axis=1).sum())
    assert cut in {1, 2}
    rows = interval_study.simulate(
        ("exponential", "exponential"), 2, 0.5, np.random.default_rng(5), replications=3
    )
    for row in rows:
        assert row.one_sided == {1: 0.3333, 2: 0.6667}[cut]
        assert row.coverage in {0.0, 0.3333, 0.6667, 1.0}
        assert row.above in {0.0, 0.3333, 0.6667, 1.0}


@pytest.mark.parametrize("name", interval_study.DISTRIBUTIONS)
def test_draws_have_mean_one_and_the_stated_quantiles(name: str) -> None:
    times = interval_study.draw(name, (400, 1000), np.random.default_rng(6))
    assert times.mean() == pytest.approx(1, abs=0.02)
    for probability in (0.5, 0.75, 0.9):
        below = (times < interval_study.quantile(name, probability)).mean()
        assert below == pytest.approx(probability, abs=0.005)
    assert interval_study.quantile(name, 1.0) == math.inf


@pytest.mark.parametrize(
    ("name", "median"),
    [
        ("lognormal-0.3", math.exp(-0.045)),
        ("lognormal-1.2", math.exp(-0.72)),
        ("exponential", math.log(2)),
    ],
)
def test_medians_in_closed_form(name: str, median: float) -> None:
    assert interval_study.quantile(name, 0.5) == pytest.approx(median)


def test_the_command_writes_to_the_given_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interval_study, "study", lambda: iter(TABLE[:3]))
    monkeypatch.setattr(sys, "argv", ["study", "--out", str(tmp_path / "table.csv")])
    interval_study.main()
    assert read(tmp_path / "table.csv") == TABLE[:3]
