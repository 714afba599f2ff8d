"""The order of the report, and the summary of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.report.claim_groups import (
    KINDS,
    apart_counts,
    exceptions,
    groups,
    statement_counts,
    summary,
)
from repro.verdicts import LeftOut
from tests.report.example import CLAIM, INCONCLUSIVE, NOT, NOT_RUN, REPRODUCED, claim, run
from tests.support.results import changed

if TYPE_CHECKING:
    from repro.verdicts import ClaimResult


def test_claims_are_grouped_by_kind_with_known_kinds_first() -> None:
    names = [("a", "other"), ("b", "finding"), ("c", "theory"), ("d", "empirical"), ("e", "theory")]
    claims = [changed(CLAIM, id=name, kind=kind) for name, kind in names]
    gathered = [(group.kind, [one.id for one in group.claims]) for group in groups(claims)]
    assert gathered == [
        ("theory", ["c", "e"]),
        ("empirical", ["d"]),
        ("finding", ["b"]),
        ("other", ["a"]),
    ]
    assert groups(()) == []


def test_in_a_group_the_headline_is_first_then_the_talks_order() -> None:
    given = [
        changed(CLAIM, id=name, source=source)
        for name, source in (
            ("late", ("talk:304",)),
            ("first", ("talk:295", "talk:31")),
            ("again", ("talk:31",)),
            ("transfer.headline", ("talk:44",)),
        )
    ]
    (group,) = groups(given)
    assert [one.id for one in group.claims] == ["transfer.headline", "first", "again", "late"]


def test_a_group_is_headed_by_its_kind() -> None:
    theory, strange = groups([changed(CLAIM, kind="theory"), changed(CLAIM, kind="strange")])
    assert (theory.heading, theory.about) == KINDS["theory"]
    assert (strange.heading, strange.about) == ("strange", "")
    assert all(heading and about for heading, about in KINDS.values())


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([], "No required claim was judged."),
        ([claim(REPRODUCED)], "No required claim contradicts its recorded outcome."),
        ([claim(NOT)], "1 required claim flipped, drifted or failed a control."),
        (
            [claim(NOT_RUN), claim(NOT_RUN), claim(NOT), claim(REPRODUCED)],
            (
                "2 required claims could not be run. "
                "1 required claim flipped, drifted or failed a control."
            ),
        ),
        (
            [claim(INCONCLUSIVE), claim(REPRODUCED)],
            "No required claim contradicts its recorded outcome; 1 drifted.",
        ),
        (
            [claim(NOT, NOT), claim(NOT, NOT)],
            (
                "No required claim contradicts its recorded outcome. 2 claims have a recorded outcome "
                "other than reproduced; each gives the reason."
            ),
        ),
        (
            [claim(NOT, required=False), claim(REPRODUCED)],
            "No required claim contradicts its recorded outcome.",
        ),
    ],
)
def test_the_summary(claims: list[ClaimResult], expected: str) -> None:
    assert summary(run(*claims)) == expected


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ([], ""),
        ([CLAIM], ""),
        (
            [claim(REPRODUCED, kind="consistency"), claim(NOT, kind="consistency")],
            "counted separately: 1 of 2 consistency checks reproduced",
        ),
        (
            [CLAIM, claim(REPRODUCED, kind="finding")],
            "counted separately: 1 of 1 finding reproduced",
        ),
        # One that flipped or drifted to "reproduced" does not count as reproduced.
        (
            [claim(REPRODUCED, INCONCLUSIVE, kind="explanation"), claim(NOT, kind="explanation")],
            "counted separately: 0 of 2 explanations reproduced",
        ),
        (
            [
                *[claim(NOT, NOT, kind="finding")] * 2,
                *[claim(REPRODUCED, kind="finding")] * 6,
                CLAIM,
                *[claim(INCONCLUSIVE, kind="explanation")] * 2,
                *[claim(REPRODUCED, kind="explanation")] * 3,
            ],
            "counted separately: 3 of 5 explanations, 6 of 8 findings reproduced",
        ),
    ],
)
def test_what_is_counted_apart_from_the_statements(claims: list[ClaimResult], words: str) -> None:
    assert apart_counts(run(*claims)) == words


def test_exceptions_are_not_reproduced_or_inconclusive_with_findings_last() -> None:
    claims = [
        claim(NOT, NOT, id="a", kind="finding"),
        claim(NOT, NOT, id="why", kind="explanation"),
        claim(REPRODUCED, NOT, id="b"),
        claim(INCONCLUSIVE, id="c"),
        claim(NOT_RUN, id="d"),
        claim(NOT, id="e"),
    ]
    assert [one.id for one in exceptions(claims)] == ["c", "e", "why", "a"]


@pytest.mark.parametrize(
    ("out", "known", "words"),
    [
        ((), {}, ""),
        (("theory.a", "theory.b"), {}, "; 2 more not judged, all on the theory"),
        (("theory.a", "bids.b"), {}, "; 2 more not judged"),
        (("theory.a",), {"bids.b": 1, "theory.a": 1}, "; 2 more not judged"),
        (("",), {}, ""),  # a claim that is about no statement
    ],
)
def test_statements_that_were_not_judged_are_counted(
    out: tuple[str, ...], known: dict[str, int], words: str
) -> None:
    left = tuple(LeftOut(one or "finding.a", "T", "no time", counts_as=one) for one in out)
    given = replace(run(claim(REPRODUCED)), left_out=left, known_statements=known)
    assert statement_counts(given) == f"1 of 1 statement of the talk reproduced{words}"
