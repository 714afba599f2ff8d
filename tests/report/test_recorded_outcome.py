"""Symbols, counts and notes on verdicts."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.report.recorded_outcome import (
    controls_held,
    count_not_reproduced,
    deviations,
    figure,
    sample_size,
    symbol,
)
from repro.verdicts import Control, LeftOut, Measured, Verdict
from tests.report.example import CLAIM, INCONCLUSIVE, NOT, NOT_RUN, REPRODUCED, claim, run

if TYPE_CHECKING:
    from repro.verdicts import ClaimResult

HELD = Control("arms swapped", (NOT, INCONCLUSIVE), NOT)
FAILED = Control("halves", (NOT, INCONCLUSIVE), REPRODUCED)
OUTCOMES = [
    claim(verdict, recorded, controls=controls)
    for verdict, recorded in product(Verdict, Verdict)
    for controls in ((HELD,), (HELD, FAILED))
    if recorded is not NOT_RUN
]


def test_counts_include_flipped_and_drifted() -> None:
    result = run(
        CLAIM,
        claim(NOT, NOT),
        claim(NOT),
        claim(NOT, NOT, controls=(FAILED,)),
        claim(INCONCLUSIVE),
        claim(INCONCLUSIVE, INCONCLUSIVE),
        claim(INCONCLUSIVE, controls=(FAILED,)),
        claim(NOT_RUN),
        claim(REPRODUCED, INCONCLUSIVE),
        claim(REPRODUCED, NOT),
        claim(REPRODUCED, controls=(FAILED,)),
    )
    assert count_not_reproduced(replace(result, left_out=(LeftOut("a", "A", "no runs"),))) == [
        "3 not reproduced (2 flipped)",
        "3 inconclusive (1 flipped, 1 drifted)",
        "1 not run",
        "2 flipped",
        "1 drifted",
        "1 left out",
    ]
    assert count_not_reproduced(run(CLAIM, CLAIM)) == []


@given(st.lists(st.sampled_from(OUTCOMES)))
def test_each_claim_is_counted_once(claims: list[ClaimResult]) -> None:
    result = run(*claims)
    counted = [int(part.partition(" ")[0]) for part in count_not_reproduced(result)]
    assert sum(counted) + result.totals["reproduced"] == len(claims)


@pytest.mark.parametrize(
    ("verdict", "recorded", "shown"),
    [
        (REPRODUCED, REPRODUCED, "✓"),
        (NOT, NOT, "✗"),
        (INCONCLUSIVE, INCONCLUSIVE, "?"),
        (NOT_RUN, REPRODUCED, "–"),
        (NOT, REPRODUCED, "!"),
        (INCONCLUSIVE, REPRODUCED, "!"),
    ],
)
def test_symbols(verdict: Verdict, recorded: Verdict, shown: str) -> None:
    assert symbol(claim(verdict, recorded)) == shown


def test_runs_and_controls() -> None:
    assert sample_size(CLAIM) == "10 (2 of 20)"
    assert sample_size(replace(CLAIM, runs=None)) == "10 (2)"
    assert sample_size(replace(CLAIM, censored=None)) == "10 (0)"
    assert sample_size(replace(CLAIM, n=None)) == ""
    assert controls_held(replace(CLAIM, controls=(FAILED, HELD, HELD))) == "2/3"
    assert controls_held(replace(CLAIM, controls=())) == ""


def test_the_figure_or_the_number_of_cases() -> None:
    assert figure(CLAIM) == "11.5 [4.02,\N{NO-BREAK SPACE}30.0] times"
    assert figure(claim(NOT, checked=1500)) == figure(CLAIM)
    assert figure(claim(NOT, measured=None, checked=1500)) == "1,500 cases"
    assert figure(claim(NOT, measured=Measured(None, None, None))) == ""


def test_deviations() -> None:
    assert deviations([CLAIM]) == []
    assert deviations([claim(NOT, NOT)]) == []
    assert deviations(
        [
            claim(NOT_RUN, id="a", explanation="no room"),
            claim(INCONCLUSIVE, id="b"),
            claim(INCONCLUSIVE, id="e", explanation="all times are equal"),
            claim(REPRODUCED, NOT, id="c", controls=(FAILED, HELD)),
        ]
    ) == [
        "a was not run: no room",
        "b drifted: recorded reproduced, now inconclusive; expected: within 1.5 of 13.9",
        "e drifted: recorded reproduced, now inconclusive; expected: within 1.5 of 13.9; all times are equal",
        "c flipped: recorded not reproduced, now reproduced; expected: within 1.5 of 13.9",
        "c: control 'halves' is reproduced, declared not reproduced or inconclusive",
    ]
