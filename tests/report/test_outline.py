"""The report's order, and the run in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.report.outline import KINDS, groups, summary
from tests.report.example import CLAIM, INCONCLUSIVE, NOT, NOT_RUN, REPRODUCED, claim, run
from tests.support.results import changed

if TYPE_CHECKING:
    from repro.verdicts import ClaimResult


def test_claims_are_gathered_by_kind_and_known_kinds_come_first() -> None:
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


def test_a_group_has_the_heading_of_its_kind_and_a_strange_kind_its_own_name() -> None:
    theory, strange = groups([changed(CLAIM, kind="theory"), changed(CLAIM, kind="strange")])
    assert (theory.heading, theory.about) == KINDS["theory"]
    assert (strange.heading, strange.about) == ("strange", "")
    assert all(heading and about for heading, about in KINDS.values())


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ([], "No required claim was judged."),
        ([claim(REPRODUCED)], "Every required claim came out as recorded."),
        ([claim(NOT)], "1 required claim came out otherwise, or with a failed control."),
        (
            [claim(NOT_RUN), claim(NOT_RUN), claim(NOT), claim(REPRODUCED)],
            (
                "2 required claims could not be run. "
                "1 required claim came out otherwise, or with a failed control."
            ),
        ),
        (
            [claim(INCONCLUSIVE), claim(REPRODUCED)],
            "Every required claim has its recorded outcome; 1 drifted.",
        ),
        (
            [claim(NOT, NOT), claim(NOT, NOT)],
            (
                "Every required claim came out as recorded. 2 claims are recorded with an "
                "outcome other than reproduced; the reason stands with each."
            ),
        ),
        (
            [claim(NOT, required=False), claim(REPRODUCED)],
            "Every required claim came out as recorded.",
        ),
    ],
)
def test_the_run_in_a_sentence(claims: list[ClaimResult], told: str) -> None:
    assert summary(run(*claims)) == told
