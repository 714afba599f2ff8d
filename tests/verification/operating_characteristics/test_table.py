"""The committed table is complete, made by this code, and agrees with independent answers."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scipy import integrate, stats

from repro.statistics import interval_coverage
from repro.verdicts import Verdict
from repro.verdicts.operating_characteristics import TABLE, Characteristic, Truth, read
from tests.verification.operating_characteristics.design import HEAVY, REPLICATIONS, SIZES
from tests.verification.operating_characteristics.study import cells
from tests.verification.operating_characteristics.text import beyond, text

if TYPE_CHECKING:
    import numpy as np

ROWS = read(TABLE)
CELLS = cells()
DATA = Path(TABLE).parent
COVERAGE = interval_coverage.read(DATA / "coverage.csv")


BOTH_SIZES = pytest.mark.parametrize("runs", SIZES)


def row(claim: str, world: str, spread: str, runs: int) -> Characteristic:
    what = (world, spread, runs)
    (found,) = (r for r in ROWS[claim] if (r.world, r.spread, r.runs) == what)
    return found


def error(share: float, replications: int = REPLICATIONS) -> float:
    """Return four standard errors of a share, plus one data set for shares of 0 and 1."""
    return 4 * math.sqrt(share * (1 - share) / replications) + 1 / replications


def test_the_table_holds_every_cell_once_in_order() -> None:
    held = [
        (claim, r.runs, r.world, r.truth, r.spread) for claim, rows in ROWS.items() for r in rows
    ]
    made = [(claim, c.runs, c.world, c.truth, c.spread) for c in CELLS for claim in c.claims]
    assert held == sorted(made, key=lambda cell: cell[0])
    assert (
        max(Counter((c, runs, world, spread) for c, runs, world, _, spread in held).values()) == 1
    )
    assert {r.replications for rows in ROWS.values() for r in rows} == {REPLICATIONS}
    assert (SIZES, REPLICATIONS) == ((30, 10), 400)


def test_every_claim_has_worlds_of_each_truth() -> None:
    for rows in ROWS.values():
        assert {Truth.TRUE, Truth.EDGE, Truth.FALSE} <= {r.truth for r in rows}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "world", "spread"),
    [
        ("transfer.headline_direction", "ratio 2", "log-sd 0.9, CVS's 0.3"),
        ("finding.bids_value", "all 0.025 below", "sd 0.05"),
    ],
)
@BOTH_SIZES
def test_cells_reproduce_the_committed_rows(claim: str, world: str, spread: str, runs: int) -> None:
    what = (claim, world, spread, runs)
    (cell,) = (c for c in CELLS if what == (c.claims[0], c.world, c.spread, c.runs))
    again, held = cell.simulate(), row(claim, world, spread, runs)
    # On another processor, rounding may change single data sets.
    assert again.shares == pytest.approx(held.shares, abs=2 / REPLICATIONS)


def test_a_true_claim_is_called_not_reproduced_in_five_percent_at_most() -> None:
    assert beyond(ROWS, Truth.TRUE) == []


def test_a_false_claim_is_called_reproduced_in_five_percent_at_most_except_the_headline() -> None:
    """With ten runs, at three times the talk's number and the heaviest tail; the text says so."""
    (found,) = beyond(ROWS, Truth.FALSE)
    claim, where, verdict, share = found
    assert (claim, where.world, where.spread) == ("transfer.headline", "ratio 41.7", HEAVY.name)
    assert (where.runs, verdict) == (10, Verdict.REPRODUCED)
    assert 0.05 < share < 0.1
    wrong = {claim for claim, rows in ROWS.items() for r in rows if is_wrong(r)}
    assert wrong == {
        "transfer.headline",
        "explanation.modularity_alone",
        "explanation.learners",
    }


def is_wrong(found: Characteristic) -> bool:
    """Return True if a false claim was ever called reproduced."""
    return found.truth is Truth.FALSE and found.reproduced > 0


def test_without_a_gap_its_share_is_inconclusive() -> None:
    found = [r for rows in ROWS.values() for r in rows if r.truth is Truth.UNDEFINED]
    assert len(found) == 2 * len(SIZES)
    assert all(r.inconclusive == r.replications for r in found)


def test_shares_beyond_five_percent_are_listed_most_frequent_first() -> None:
    counts = {"a": (21, 0), "b": (20, 30), "c": (380, 20)}
    table = {
        claim: [Characteristic("w", Truth.EDGE, "s", 10, 400, yes, no, 400 - yes - no)]
        for claim, (yes, no) in counts.items()
    }
    assert [(claim, verdict, share) for claim, _, verdict, share in beyond(table, Truth.EDGE)] == [
        ("c", Verdict.REPRODUCED, 0.95),
        ("b", Verdict.NOT_REPRODUCED, 0.075),
        ("a", Verdict.REPRODUCED, 0.0525),
    ]
    assert beyond(table, Truth.TRUE) == beyond(table, Truth.FALSE) == []


def test_more_runs_decide_more_often() -> None:
    """Where a claim is true: summed over all its worlds without censored runs of CVS."""
    for claim, rows in ROWS.items():
        if {r.runs for r in rows} != set(SIZES):  # learners are the units
            continue
        decided = {
            runs: sum(
                r.reproduced
                for r in rows
                if r.truth is Truth.TRUE and r.runs == runs and "of CVS's censored" not in r.spread
            )
            for runs in SIZES
        }
        assert decided[30] > decided[10], claim


def test_the_text_follows_from_the_table() -> None:
    assert (DATA / "characteristics.md").read_text(encoding="utf-8") == text(ROWS)


@pytest.mark.parametrize(
    ("log_sd", "spread", "censored"),
    [
        (0.3, "log-sd 0.3", 0.0),
        (0.9, "log-sd 0.9, CVS's 0.3", 0.0),
        (1.2, "log-sd 1.2, CVS's 0.3", 0.0),
        (0.9, "log-sd 0.9, CVS's 0.3, a tenth censored", 0.1),
    ],
)
@BOTH_SIZES
def test_a_direction_without_effect_errs_as_in_the_coverage_study(
    log_sd: float, spread: str, censored: float, runs: int
) -> None:
    """Intervals above the truth are reproduced there, intervals below it are not reproduced."""
    (known,) = (
        r
        for r in COVERAGE
        if (r.numerator, r.denominator) == (f"lognormal-{log_sd}", "lognormal-0.3")
        and (r.runs, r.censored, r.method) == (runs, censored, "studentised")
    )
    found = row("transfer.headline_direction", "ratio 1, no effect", spread, runs)
    assert found.shares[0] == pytest.approx(known.above, abs=error(known.above))
    assert found.shares[1] == pytest.approx(known.below, abs=error(known.below))


@pytest.mark.parametrize("sd", [0.01, 0.025, 0.05])
@BOTH_SIZES
def test_bids_on_the_margin_err_as_eleven_t_intervals_do(runs: int, sd: float) -> None:
    """Each interval is beyond the margin with probability 2.5 %, and the eleven are independent."""
    found = row("finding.bids_value", "all 0.05 below", f"sd {sd:g}", runs)
    expected = 1 - 0.975**11
    assert found.shares[1] == pytest.approx(expected, abs=error(expected))


@pytest.mark.parametrize("sd", [0.01, 0.025, 0.05])
@BOTH_SIZES
def test_bids_at_their_values_are_found_as_often_as_theory_says(runs: int, sd: float) -> None:
    """By integration over the sample's sd, which is independent of its mean."""
    reach, freedom = stats.t.ppf(0.975, runs - 1), runs - 1

    def within(chi: float) -> float:
        left = 0.05 * math.sqrt(runs) / sd - reach * chi
        return float(
            max(0.0, 2 * stats.norm.cdf(left) - 1)
            * stats.chi.pdf(chi * math.sqrt(freedom), freedom)
            * math.sqrt(freedom)
        )

    one, _ = integrate.quad(within, 0, 10)
    found = row("finding.bids_value", "all bids at their values", f"sd {sd:g}", runs)
    assert found.shares[0] == pytest.approx(one**11, abs=error(one**11))


@pytest.mark.parametrize(
    ("world", "chances"),
    [
        ("ratio 13.9, each bid disturbed in 75 %", (0.75,) * 4),
        ("ratio 13.9, one bid disturbed in 50 %", (0.5,)),
        ("ratio 13.9, one bid disturbed in 25 %", (0.25,)),
    ],
)
@pytest.mark.parametrize("spread", ["log-sd 0.3", "log-sd 0.9, CVS's 0.3"])
@pytest.mark.parametrize(("runs", "enough", "little"), [(10, 9, 1), (30, 21, 9)])
def test_disturbed_bids_err_as_binomial_shares_do(
    world: str, chances: tuple[float, ...], spread: str, runs: int, enough: int, little: int
) -> None:
    """Of ten runs, nine or more show that most are disturbed, one or none that few are."""
    found = row("bids.recovery", world, spread, runs)
    most = math.prod(float(stats.binom.sf(enough - 1, runs, chance)) for chance in chances)
    few = 1 - math.prod(float(stats.binom.sf(little, runs, chance)) for chance in chances)
    assert found.shares[0] == pytest.approx(most, abs=error(most))
    assert found.shares[1] == pytest.approx(few, abs=error(few))


def test_a_cell_has_its_own_random_stream() -> None:
    cell = next(c for c in CELLS if c.claims == ("finding.bids_value",) and c.spread == "sd 0.05")
    assert cell.simulate(8) == cell.simulate(8)
    drawn: list[float] = []

    def verdict(rng: np.random.Generator, runs: int) -> Verdict:
        drawn.append(rng.random())
        return cell.verdict(rng, runs)

    for world, runs in (("a", 10), ("a", 30), ("b", 10)):
        replace(cell, world=world, runs=runs, verdict=verdict).simulate(1)
    assert len(set(drawn)) == 3
