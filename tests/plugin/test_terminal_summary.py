"""Words, colours and widths of the table of verdicts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from repro.plugin import terminal_summary
from repro.verdicts import (
    ClaimDeclaration,
    ClaimResult,
    Control,
    LeftOut,
    Measured,
    RunResult,
    Verdict,
)
from tests.support.results import changed

REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN = Verdict
GREEN, RED, YELLOW = "\x1b[32m", "\x1b[31m", "\x1b[33m"
HELD = Control("swapped arms", (NOT, INCONCLUSIVE), NOT)
FAILED = Control("split seeds", (NOT, INCONCLUSIVE), REPRODUCED)
CLAIM = ClaimResult(
    declaration=ClaimDeclaration(
        id="transfer.headline_direction",
        title="A title",
        statement="A statement.",
        source=("talk:43",),
        kind="empirical",
        required=True,
        recorded=REPRODUCED,
        expected="mean steps of PPO over CVS above 1, [bold]95 % interval[/bold]",
        controls={},
    ),
    verdict=REPRODUCED,
    measured=Measured(15.14, 7.26, 31.93),
    n=10,
    censored=2,
    controls=(HELD, HELD),
)
SHORT = changed(CLAIM, id="a.b", verdict=NOT, measured=None, n=None, censored=None, controls=())


def test_a_piped_table_has_one_line_per_claim() -> None:
    heading, *rows = terminal_summary.render([CLAIM, SHORT], width=None, markup=False).splitlines()
    assert re.split("  +", heading) == [
        "verdict",
        "claim",
        "measured [95 % interval]",
        "n (censored, of all arms' runs)",
        "controls held",
        "against the recorded outcome",
    ]
    assert [re.split("  +", row) for row in rows] == [
        [
            "✓ reproduced",
            "transfer.headline_direction",
            "15.1 [7.26, 31.9]",
            "10 (2)",
            "2/2",
        ],
        [
            "! not reproduced",
            "a.b",
            "flipped, recorded reproduced",
        ],
    ]


@pytest.mark.parametrize("width", [200, 120, 80, 45, 10])
def test_no_width_cuts_an_id_or_a_verdict(width: int) -> None:
    table = terminal_summary.render([CLAIM, SHORT], width=width, markup=False)
    assert re.search("^✓ reproduced +transfer.headline_direction", table, re.MULTILINE)
    assert re.search("^! not reproduced +a.b", table, re.MULTILINE)
    assert "…" not in table
    words = table.split()
    for word in [
        "15.1",
        "[7.26,",
        "31.9]",
        "(2)",
        "2/2",
        "flipped,",
        "recorded",
    ]:
        assert word in words
    if width >= 45:
        assert max(map(len, table.splitlines())) <= width


def test_a_claim_without_runs_shows_its_number_of_cases() -> None:
    some = [replace(SHORT, checked=1234), replace(SHORT, checked=1), replace(CLAIM, checked=7)]
    rows = terminal_summary.render(some, width=None, markup=False).splitlines()[1:]
    assert [re.split("  +", row)[2] for row in rows] == [
        "1,234 cases",
        "1 case",
        "15.1 [7.26, 31.9]",
    ]


def test_columns_without_a_cell_are_left_out() -> None:
    plain = changed(SHORT, recorded=NOT)
    (heading, row) = terminal_summary.render([plain], width=None, markup=False).splitlines()
    assert re.split("  +", heading) == ["verdict", "claim", "against the recorded outcome"]
    assert re.split("  +", row) == ["✗ not reproduced", "a.b", "as recorded"]
    bare = replace(CLAIM, measured=None, n=None, controls=())
    assert terminal_summary.render([bare], width=None, markup=False).split() == [
        *("verdict", "claim", "✓", "reproduced", "transfer.headline_direction")
    ]


def test_a_long_expectation_widens_nothing() -> None:
    wordy = changed(CLAIM, expected="word " * 100)
    for width in (None, 120, 40):
        assert terminal_summary.render(
            [wordy], width=width, markup=False
        ) == terminal_summary.render([CLAIM], width=width, markup=False)


def test_claims_left_out_are_named_by_reason() -> None:
    assert terminal_summary.left_out([]) == []
    assert terminal_summary.left_out(
        [LeftOut("a", "A", "no runs"), LeftOut("b", "B", "no room"), LeftOut("c", "C", "no runs")]
    ) == ["left out (no runs): a, c", "left out (no room): b"]


def test_claims_recorded_as_not_reproduced_are_named_in_a_line() -> None:
    """The talk's statements first; not those that drifted or flipped, which have their own line."""
    claims = [
        changed(CLAIM, id="finding.b", kind="finding", verdict=NOT, recorded=NOT),
        changed(CLAIM, id="a.drifted", verdict=INCONCLUSIVE),
        changed(CLAIM, id="a.unsure", verdict=INCONCLUSIVE, recorded=INCONCLUSIVE),
        changed(CLAIM, id="a.unrun", verdict=NOT_RUN, recorded=NOT),
        CLAIM,
        changed(CLAIM, id="a.contrary", verdict=NOT, recorded=NOT),
    ]
    line = "not reproduced or inconclusive, as recorded: a.unsure, a.contrary, finding.b"
    assert terminal_summary.recorded_exceptions(claims) == [line]
    run = RunResult("", None, None, {}, 3.0, tuple(claims))
    assert line in terminal_summary.summary(run, width=None, markup=False)
    assert terminal_summary.recorded_exceptions([CLAIM]) == []


def test_what_is_beside_the_statements_has_its_own_line() -> None:
    why = changed(CLAIM, id="why", kind="explanation")
    lines = [
        terminal_summary.summary(
            RunResult("", None, None, {}, 3.0, claims), width=None, markup=False
        )
        for claims in ((CLAIM, why), (CLAIM,))
    ]
    assert lines[0][-3:] == [
        "1 of 1 statement of the talk reproduced",
        "counted separately: 1 of 1 explanation reproduced",
        "claims: 2 reproduced",
    ]
    assert lines[1][-2:] == ["1 of 1 statement of the talk reproduced", "claims: 1 reproduced"]


def test_the_last_lines_name_the_explain_command() -> None:
    lines = terminal_summary.foot(RunResult("", None, None, {}, 3.0, (), about="this tier"), ())
    assert lines[0].endswith("python -m repro explain CLAIM")
    assert lines[1:] == ["this tier", "took 3 s"]


def test_the_last_lines_name_claims_that_were_never_published() -> None:
    run = RunResult("", None, None, {}, 3.0, (CLAIM, SHORT))
    assert terminal_summary.foot(run, {CLAIM.id, SHORT.id})[0] == terminal_summary.EXPLAIN
    assert terminal_summary.foot(run, {CLAIM.id})[0] == (
        "not yet published, so recorded by their own files only: a.b"
    )


def test_a_failed_control_that_changes_no_exit_code_is_named() -> None:
    """Of two claims with a failed control, one is required: its failure is the exit code's own."""
    free = changed(CLAIM, id="a.free", controls=(HELD, FAILED), required=False)
    bound = changed(CLAIM, controls=(FAILED,))
    run = RunResult("", None, None, {}, 3.0, (free, bound, SHORT))
    assert terminal_summary.foot(run, {one.id for one in run.claims})[0] == (
        "warning: a negative control failed; not required, so the exit code does not tell: a.free"
    )


def test_a_narrow_table_places_figures_below_the_id() -> None:
    lines = terminal_summary.render([CLAIM], width=80, markup=False).splitlines()
    assert [line.strip() for line in lines[2:]] == [
        "measured [95 % interval]: 15.1 [7.26, 31.9]",
        "n (censored, of all arms' runs): 10 (2)",
        "controls held: 2/2",
    ]


@pytest.mark.parametrize(
    ("measured", "shown"),
    [
        (Measured(412.3, 390.0, float("inf"), "epochs"), "≥ 412 [390, ∞] epochs"),
        (Measured(12345.6, 999.9, 1e12), "12,300 [1,000, 1.00 × 10¹²]"),
        (Measured(13.1, 8.9, 31.5), "13.1 [8.90, 31.5]"),
        (Measured(4.94, 0.0, 9.39), "≤ 4.94 [0, 9.39]"),
        (Measured(5.0, 0.0, float("inf")), "no bound"),
        (Measured(0.0123456, None, None), "0.0123"),
        (Measured(None, None, None), ""),
    ],
)
def test_figures(measured: Measured, shown: str) -> None:
    row = terminal_summary.render(
        [replace(SHORT, measured=measured)], width=None, markup=False
    ).splitlines()[1]
    assert re.split("  +", row)[2:-1] == ([shown] if shown else [])


@pytest.mark.parametrize(
    ("change", "colour", "counted"),
    [
        ({}, GREEN, "1 reproduced"),
        ({"controls": (HELD, FAILED)}, RED, "1 flipped"),
        ({"verdict": NOT}, RED, "1 not reproduced (1 flipped)"),
        ({"verdict": NOT, "required": False}, RED, "1 not reproduced (1 flipped)"),
        ({"verdict": NOT, "recorded": NOT}, YELLOW, "1 not reproduced"),
        (
            {"verdict": NOT, "recorded": NOT, "controls": (FAILED,)},
            RED,
            "1 not reproduced (1 flipped)",
        ),
        ({"recorded": NOT}, RED, "1 flipped"),
        ({"recorded": INCONCLUSIVE}, YELLOW, "1 drifted"),
        ({"verdict": INCONCLUSIVE}, YELLOW, "1 inconclusive (1 drifted)"),
        ({"verdict": INCONCLUSIVE, "kind": "theory"}, RED, "1 inconclusive (1 drifted)"),
        ({"verdict": INCONCLUSIVE, "recorded": INCONCLUSIVE}, YELLOW, "1 inconclusive"),
        ({"verdict": NOT_RUN}, RED, "1 not run"),
        ({"verdict": NOT_RUN, "required": False}, YELLOW, "1 not run"),
    ],
)
def test_colour_and_count(change: dict[str, object], colour: str, counted: str) -> None:
    result = changed(CLAIM, **change)
    table = terminal_summary.render([result], width=None, markup=True)
    assert set(re.findall(r"\x1b\[3\dm", table)) == {colour}
    assert "\x1b" not in terminal_summary.render([result], width=None, markup=False)
    assert terminal_summary.tally(RunResult("", None, None, {}, 0.0, (result,))) == counted
