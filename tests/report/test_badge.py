"""The badge counts the talk's statements; what each colour requires."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from repro.report.badge import Badge, badge
from repro.verdicts import (
    Agreement,
    ClaimResult,
    Compared,
    Control,
    LeftOut,
    RunResult,
    ShippedComparison,
    claims_by_statement,
)
from tests.report.example import CLAIM, INCONCLUSIVE, NOT, NOT_RUN, REPRODUCED, claim, run
from tests.support.results import changed

FAILED = Control("halves", (NOT,), REPRODUCED)
TWO = (claim(REPRODUCED, id="a.one"), claim(REPRODUCED, id="a.two"))
OUT = LeftOut("a.out", "X", "no runs", "a.out")
BEYOND = LeftOut("explanation.x", "X", "the study")
CLEAN = replace(run(*TWO), dirty=False, known=2, known_statements={"a.one": 1, "a.two": 1})
UNLIKE = ShippedComparison("def456", (Compared("cvs/x", Agreement.BROKEN),))
ALIKE = ShippedComparison("def456", (Compared("cvs/x", Agreement.DIFFERENT, "other code"),))


def judged(*claims: ClaimResult) -> RunResult:
    """A clean run of all claims at the paper tier; those of no group are made different ones."""
    each = [changed(one, id=f"a.{i}") for i, one in enumerate(claims)]
    known = claims_by_statement(one.declaration for one in each)
    return replace(CLEAN, claims=tuple(each), known=len(each), known_statements=known)


def test_the_message_of_the_docstring() -> None:
    """Claims of one group are one statement, with the worst of their verdicts."""
    group = [claim(REPRODUCED, group="one")] * 2 + [claim(INCONCLUSIVE, INCONCLUSIVE, group="one")]
    some = [claim(NOT, NOT)] * 2 + [claim(INCONCLUSIVE, INCONCLUSIVE)]
    beside = [claim(NOT, NOT, kind=kind) for kind in ("consistency", "explanation", "finding")]
    assert badge(judged(*[CLAIM] * 13, *group, *some, *beside)) == Badge(
        "13/17 statements reproduced · 2 not reproduced · 2 inconclusive · paper tier", "yellow"
    )


ALL = "2/2 statements reproduced"


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (CLEAN, f"{ALL} · paper tier"),
        (replace(CLEAN, tier="study"), f"{ALL} · study tier"),
        (
            judged(claim(NOT)),
            "0/1 statement reproduced · 1 not reproduced · 1 claim flipped · paper tier",
        ),
        (
            replace(CLEAN, tier="audit", left_out=(OUT,)),
            "2/3 statements reproduced · 1 left out · number of statements unknown · audit tier",
        ),
        (
            replace(CLEAN, left_out=(OUT, BEYOND), known_statements=dict.fromkeys("abc", 1)),
            (
                "2/6 statements reproduced · 1 left out · 3 not chosen · number of statements unknown "
                "· paper tier"
            ),
        ),
        (
            replace(
                CLEAN,
                left_out=(OUT,),
                known_statements={"a.one": 1, "a.two": 1, "a.out": 1, "b": 2, "c": 1},
            ),
            "2/5 statements reproduced · 1 left out · 2 not chosen · paper tier",
        ),
        (replace(CLEAN, left_out=(BEYOND,)), f"{ALL} · paper tier"),
        (
            replace(CLEAN, known_statements={"a.one": 1, "a.two": 3}),
            "1/2 statements reproduced · 1 judged in part · paper tier",
        ),
        (
            replace(
                judged(claim(REPRODUCED, group="one")),
                left_out=(LeftOut("b", "B", "no runs", "one"),),
                known_statements={"one": 2},
            ),
            "0/1 statement reproduced · 1 judged in part · paper tier",
        ),
        (
            replace(CLEAN, known_statements={}),
            f"{ALL} · number of statements unknown · paper tier",
        ),
        (
            replace(CLEAN, known_statements={"a.one": 1}),
            f"{ALL} · number of statements unknown · paper tier",
        ),
        (judged(), "0/0 statements reproduced · number of statements unknown · paper tier"),
        (replace(CLEAN, dirty=True), f"{ALL} · paper tier · uncommitted changes"),
        (replace(CLEAN, dirty=None), f"{ALL} · paper tier · no commit"),
        (replace(CLEAN, comparison=UNLIKE), f"{ALL} · paper tier · runs differ from shipped"),
        (replace(CLEAN, comparison=ALIKE), f"{ALL} · paper tier"),
        (
            judged(claim(REPRODUCED, NOT)),
            "0/1 statement reproduced · 1 inconclusive · 1 claim flipped · paper tier",
        ),
        (
            judged(claim(REPRODUCED, INCONCLUSIVE)),
            "0/1 statement reproduced · 1 inconclusive · 1 claim drifted · paper tier",
        ),
        (judged(claim(NOT_RUN)), "0/1 statement reproduced · 1 not run · paper tier"),
        (
            judged(CLAIM, claim(NOT, kind="finding"), claim(NOT_RUN, kind="explanation")),
            (
                "1/1 statement reproduced · 1 claim flipped · 1 claim counted apart not run · paper tier"
            ),
        ),
        (
            judged(CLAIM, claim(INCONCLUSIVE, kind="consistency")),
            "1/1 statement reproduced · 1 claim drifted · paper tier",
        ),
        # What neither is about a statement nor makes the run fail is not mentioned.
        (
            judged(CLAIM, claim(INCONCLUSIVE, kind="finding"), claim(NOT, NOT, kind="explanation")),
            "1/1 statement reproduced · paper tier",
        ),
        (
            judged(CLAIM, claim(NOT_RUN, kind="finding", required=False)),
            "1/1 statement reproduced · paper tier",
        ),
        (
            judged(claim(INCONCLUSIVE, controls=(FAILED,))),
            "0/1 statement reproduced · 1 inconclusive · 1 claim flipped · paper tier",
        ),
    ],
)
def test_messages(result: RunResult, message: str) -> None:
    assert badge(result).message == message


@pytest.mark.parametrize(
    ("change", "color"),
    [
        ({}, "brightgreen"),
        ({"tier": "study"}, "brightgreen"),
        ({"tier": "quick"}, "yellow"),
        ({"tier": "audit"}, "yellow"),
        ({"tier": "custom"}, "yellow"),
        ({"dirty": True}, "yellow"),
        ({"dirty": None}, "yellow"),
        ({"left_out": (OUT,)}, "yellow"),
        ({"left_out": (BEYOND,)}, "brightgreen"),
        ({"known": 3}, "brightgreen"),  # a finding that was not chosen
        ({"known_statements": {"a.one": 1, "a.two": 1, "b": 1}}, "yellow"),
        ({"known_statements": {"a.one": 1, "a.two": 2}}, "yellow"),
        ({"known_statements": {"a.one": 1}}, "yellow"),
        ({"known_statements": {}}, "yellow"),
        ({"claims": (), "known_statements": {}}, "yellow"),
        ({"comparison": ALIKE}, "brightgreen"),
        ({"comparison": UNLIKE}, "red"),
        ({"comparison": ShippedComparison(fault="the manifest is torn")}, "red"),
    ],
)
def test_how_the_run_changes_the_colour(change: dict[str, object], color: str) -> None:
    assert badge(replace(CLEAN, **change)).color == color  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(
    ("given", "color", "beside"),
    [
        (claim(NOT), "red", "red"),
        (claim(REPRODUCED, NOT), "red", "red"),
        (claim(REPRODUCED, controls=(FAILED,)), "red", "red"),
        (claim(NOT, NOT, controls=(FAILED,)), "red", "red"),
        (claim(NOT, NOT), "yellow", "brightgreen"),
        (claim(INCONCLUSIVE, INCONCLUSIVE), "yellow", "brightgreen"),
        (claim(INCONCLUSIVE), "yellow", "brightgreen"),
        (claim(REPRODUCED, INCONCLUSIVE), "yellow", "brightgreen"),
        (CLAIM, "brightgreen", "brightgreen"),
    ],
)
def test_how_one_claim_changes_the_colour(
    given: ClaimResult, color: str, beside: str, required: bool
) -> None:
    """A claim on a statement of the talk, and one that is counted apart."""
    assert badge(judged(CLAIM, changed(given, required=required))).color == color
    for kind in ("explanation", "finding"):
        one = changed(given, required=required, kind=kind)
        assert badge(judged(CLAIM, one)).color == beside


@pytest.mark.parametrize(
    ("kind", "otherwise"),
    [("empirical", "yellow"), ("explanation", "brightgreen"), ("finding", "brightgreen")],
)
def test_a_required_claim_that_was_not_run_is_red(kind: str, otherwise: str) -> None:
    assert badge(judged(CLAIM, claim(NOT_RUN, kind=kind))).color == "red"
    assert badge(judged(CLAIM, claim(NOT_RUN, kind=kind, required=False))).color == otherwise


def test_a_drift_that_fails_the_run_is_red() -> None:
    drifted = claim(INCONCLUSIVE, kind="theory")
    assert badge(judged(drifted)).color == "red"
    assert badge(judged(changed(drifted, required=False))).color == "yellow"


def test_the_endpoint_schema() -> None:
    assert badge(CLEAN).to_json() == (
        '{\n  "schemaVersion": 1,\n  "label": "claims",\n'
        '  "message": "2/2 statements reproduced · paper tier",\n'
        '  "color": "brightgreen",\n  "isError": false\n}\n'
    )
    flags = {
        color: json.loads(Badge("x", color).to_json())["isError"] for color in ("yellow", "red")
    }
    assert flags == {"yellow": False, "red": True}


def test_unprintable_characters_are_dropped() -> None:
    odd = replace(CLEAN, tier="pa\x00p\u202eer\n\ud800")
    assert badge(odd).message == "2/2 statements reproduced · paper tier"
    assert badge(odd).color == "yellow"
