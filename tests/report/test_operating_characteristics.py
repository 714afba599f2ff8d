"""How often each verdict occurs in simulated worlds, on the page and in Markdown."""

from __future__ import annotations

import math
from dataclasses import replace

from repro.report.operating_characteristics import (
    WORLD_HEAD,
    by_runs,
    by_spread,
    by_world,
    not_simulated,
    world_rows,
)
from repro.verdicts import Characteristic, PerSeedValues, Truth, Verdict
from tests.report.example import CLAIM, REPRODUCED, claim, page, run
from tests.report.test_markdown import read
from tests.support.results import changed

ROWS = (
    Characteristic("ratio <13.9>", Truth.TRUE, "narrow", 10, 400, 390, 1, 9),
    Characteristic("ratio <13.9>", Truth.TRUE, "wide", 10, 400, 200, 1, 199),
    Characteristic("ratio 1", Truth.EDGE, "narrow", 10, 400, 10, 11, 379),
)
KNOWN = claim(REPRODUCED, characteristics=ROWS)
THEORY = claim(REPRODUCED, id="theory.x", kind="theory", n=None, checked=7, measured=None)
FINDING = claim(REPRODUCED, id="finding.x", kind="finding")


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_page_has_a_row_for_each_world_and_spread() -> None:
    text = plain(page(KNOWN).text)
    assert "How often each verdict occurs In simulated worlds" in text
    assert "on 400 data sets each. Ranges are over the simulated spreads of runs." in text
    assert "world the claim is spread of runs 10 runs per arm reproduced not reproduced" in text
    assert "inconclusive ratio <13.9> true narrow 97.5 % 0.2 % 2.2 %" in text
    assert "ratio 1 on its margin narrow 2.5 % 2.8 % 94.8 %" in text
    assert "inconclusive ratio <13.9> true 50.0 to 97.5 % 0.2 % 2.2 to 49.8 % ratio 1 on" in text
    assert "Not known" not in text


def test_numbers_of_runs_stand_side_by_side() -> None:
    """A world that was simulated for one number of runs alone has dashes for the other."""
    thirty = tuple(replace(row, runs=30, reproduced=0, inconclusive=400 - 1) for row in ROWS[:2])
    found = by_world(claim(REPRODUCED, characteristics=ROWS + thirty))
    assert (found.runs, found.data_sets) == ((30, 10), "400")
    ten = ("50.0 to 97.5 %", "0.2 %", "2.2 to 49.8 %")
    assert [tuple(map(plain, row)) for row in found.rows] == [
        ("ratio <13.9>", "true", "0.0 %", "0.2 %", "99.8 %", *ten),
        ("ratio 1", "on its margin", "–", "–", "–", "2.5 %", "2.8 %", "94.8 %"),
    ]


NAMED = tuple(
    replace(row, spread={"narrow": "log-sd 0.3", "wide": "log-sd 0.9, CVS's 0.3"}[row.spread])
    for row in ROWS
)


def test_the_measured_spread_chooses_the_row() -> None:
    """PPO's two times are a factor e^1.27 apart, CVS's e^0.42: log-sds of 0.9 and 0.3."""
    points = (
        PerSeedValues(
            "CVS", "epochs", (100.0, 100 * math.exp(0.3), 100 * math.exp(0.6)), (False,) * 3
        ),
        PerSeedValues(
            "PPO", "epochs", (10.0, 10 * math.exp(0.9), 10 * math.exp(1.8)), (False,) * 3
        ),
    )
    near = claim(REPRODUCED, characteristics=NAMED, points=points)
    assert [row[2] for row in by_world(near).rows] == ["50.0\N{NO-BREAK SPACE}%"]
    assert by_spread(near).marked == (False, True, False)
    text = plain(page(near).text)
    assert "scatter with log-sd 0.9, CVS's 0.3; 0 % of runs censored; the table is for" in text
    alike = replace(points[0], label="PPO")
    narrow = claim(REPRODUCED, characteristics=NAMED, points=(points[0], alike))
    assert by_spread(narrow).marked == (True, False, True)


def test_each_number_of_runs_has_its_own_tables() -> None:
    """The largest comes first, in whatever order the worlds are."""
    more = tuple(
        replace(row, runs=30, reproduced=row.reproduced - 5, inconclusive=row.inconclusive + 5)
        for row in ROWS
    )
    for worlds in (ROWS + more, more + ROWS):
        assert by_runs(worlds) == [(30, more), (10, ROWS)]
        known = claim(REPRODUCED, characteristics=worlds)
        text = plain(page(known).text)
        assert "world the claim is 30 runs per arm 10 runs per arm reproduced" in text
        assert "ratio <13.9> true 48.8 to 96.2 %" in text
        cells = [plain(cell) for cell in read(run(known)).all("td")]
        assert cells[7:9] == ["transfer.headline", "30"]
        assert cells[21:23] == ["transfer.headline", "10"]


def test_a_claim_on_runs_without_worlds_is_marked() -> None:
    assert "Not known: no worlds have been simulated for this claim." in page(CLAIM).text
    assert [not_simulated(one) for one in (CLAIM, KNOWN, THEORY, FINDING)] == [
        True,
        False,
        False,
        True,
    ]
    assert not_simulated(claim(Verdict.NOT_RUN, n=None))
    assert "Not known" in page(FINDING).text
    assert "How often each verdict" not in page(THEORY).text
    assert (
        "each verdict occurs In simulated"
        in page(claim(REPRODUCED, characteristics=ROWS, kind="finding")).text
    )


def test_markdown_has_a_row_for_each_world_over_its_spreads() -> None:
    assert [tuple(map(plain, row)) for row in world_rows(ROWS)] == [
        ("ratio <13.9>", "true", "50.0 to 97.5 %", "0.2 %", "2.2 to 49.8 %"),
        ("ratio 1", "on its margin", "2.5 %", "2.8 %", "94.8 %"),
    ]
    shown = read(run(KNOWN, changed(CLAIM, id="transfer.other")))
    assert shown.all("th")[7:] == ["claim", "n", *WORLD_HEAD]
    cells = [plain(cell) for cell in shown.all("td")]
    assert cells[14:21] == ["transfer.headline", "10", *map(plain, world_rows(ROWS)[0])]
    assert "Not simulated: transfer.other." in shown.all("p")


def test_markdown_lists_claims_that_should_be_simulated() -> None:
    assert "Not simulated: transfer.headline, finding.x." in read(run(CLAIM, FINDING)).all("p")
    result = read(run(THEORY))
    assert not any("simulated" in text for text in result.all("p"))
