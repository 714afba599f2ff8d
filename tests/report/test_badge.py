"""What the badge counts, and what each colour requires."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.report.badge import Badge, badge
from repro.verdicts import (
    Agreement,
    ClaimResult,
    Compared,
    Control,
    LeftOut,
    RunResult,
    ShippedComparison,
)
from tests.report.example import CLAIM, INCONCLUSIVE, NOT, NOT_RUN, REPRODUCED, claim, run
from tests.report.test_recorded_outcome import OUTCOMES
from tests.support.results import changed

FAILED = Control("halves", (NOT,), REPRODUCED)
OUT = LeftOut("theory.x", "X", "no runs")
CLEAN = replace(run(CLAIM, CLAIM), dirty=False, known=2)
UNLIKE = ShippedComparison("def456", (Compared("cvs/x", Agreement.BROKEN),))
ALIKE = ShippedComparison("def456", (Compared("cvs/x", Agreement.DIFFERENT, "other code"),))


def judged(*claims: ClaimResult) -> RunResult:
    """A clean run of all claims at the paper tier."""
    return replace(CLEAN, claims=claims, known=len(claims))


def test_the_message_of_the_docstring() -> None:
    some = [claim(INCONCLUSIVE, INCONCLUSIVE)] * 2
    assert badge(judged(*[CLAIM] * 21, *some)) == Badge(
        "21/23 reproduced · 2 inconclusive · paper tier", "yellow"
    )


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (CLEAN, "2/2 reproduced · paper tier"),
        (judged(claim(NOT)), "0/1 reproduced · 1 not reproduced (1 flipped) · paper tier"),
        (
            replace(CLEAN, tier="audit", left_out=(OUT,), known=3),
            "2/3 reproduced · 1 left out · audit tier",
        ),
        (replace(CLEAN, known=22), "2/22 reproduced · 20 not chosen · paper tier"),
        (
            replace(CLEAN, left_out=(OUT,), known=22),
            "2/22 reproduced · 1 left out · 19 not chosen · paper tier",
        ),
        (replace(CLEAN, known=0), "2/2 reproduced · number of claims unknown · paper tier"),
        (replace(CLEAN, known=1), "2/2 reproduced · number of claims unknown · paper tier"),
        (judged(), "0/0 reproduced · number of claims unknown · paper tier"),
        (replace(CLEAN, dirty=True), "2/2 reproduced · paper tier · uncommitted changes"),
        (replace(CLEAN, dirty=None), "2/2 reproduced · paper tier · no commit"),
        (
            replace(CLEAN, comparison=UNLIKE),
            "2/2 reproduced · paper tier · runs differ from shipped",
        ),
        (replace(CLEAN, comparison=ALIKE), "2/2 reproduced · paper tier"),
        (judged(claim(REPRODUCED, NOT)), "0/1 reproduced · 1 flipped · paper tier"),
        (judged(claim(REPRODUCED, INCONCLUSIVE)), "0/1 reproduced · 1 drifted · paper tier"),
    ],
)
def test_messages(result: RunResult, message: str) -> None:
    assert badge(result).message == message


@pytest.mark.parametrize(
    ("change", "color"),
    [
        ({}, "brightgreen"),
        ({"tier": "quick"}, "yellow"),
        ({"tier": "audit"}, "yellow"),
        ({"tier": "custom"}, "yellow"),
        ({"dirty": True}, "yellow"),
        ({"dirty": None}, "yellow"),
        ({"left_out": (OUT,)}, "yellow"),
        ({"left_out": (OUT,), "known": 3}, "yellow"),
        ({"known": 3}, "yellow"),
        ({"known": 1}, "yellow"),
        ({"known": 0}, "yellow"),
        ({"claims": (), "known": 0}, "yellow"),
        ({"comparison": ALIKE}, "brightgreen"),
        ({"comparison": UNLIKE}, "red"),
        ({"comparison": ShippedComparison(fault="the manifest is torn")}, "red"),
    ],
)
def test_how_the_run_changes_the_colour(change: dict[str, object], color: str) -> None:
    assert badge(replace(CLEAN, **change)).color == color  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(
    ("given", "color"),
    [
        (claim(NOT), "red"),
        (claim(REPRODUCED, NOT), "red"),
        (claim(REPRODUCED, controls=(FAILED,)), "red"),
        (claim(NOT, NOT, controls=(FAILED,)), "red"),
        (claim(NOT, NOT), "yellow"),
        (claim(INCONCLUSIVE, INCONCLUSIVE), "yellow"),
        (claim(INCONCLUSIVE), "yellow"),
        (claim(REPRODUCED, INCONCLUSIVE), "yellow"),
        (CLAIM, "brightgreen"),
    ],
)
def test_how_one_claim_changes_the_colour(given: ClaimResult, color: str, required: bool) -> None:
    assert badge(judged(CLAIM, changed(given, required=required))).color == color


def test_a_required_claim_that_was_not_run_is_red() -> None:
    assert badge(judged(CLAIM, claim(NOT_RUN))).color == "red"
    assert badge(judged(CLAIM, claim(NOT_RUN, required=False))).color == "yellow"


def test_a_drift_that_fails_the_run_is_red() -> None:
    drifted = claim(INCONCLUSIVE, kind="theory")
    assert badge(judged(drifted)).color == "red"
    assert badge(judged(changed(drifted, required=False))).color == "yellow"


RUNS = st.builds(
    lambda claims, lost, more, tier, dirty, comparison: replace(
        CLEAN,
        claims=tuple(claims),
        left_out=(OUT,) * lost,
        known=max(0, len(claims) + lost + more),
        tier=tier,
        dirty=dirty,
        comparison=comparison,
    ),
    st.lists(
        st.one_of(
            st.just(CLAIM),
            st.builds(
                lambda made, required: changed(made, required=required),
                st.sampled_from(OUTCOMES),
                st.booleans(),
            ),
        ),
        max_size=4,
    ),
    st.integers(0, 2),
    st.integers(-1, 2),
    st.sampled_from(["paper", "paper", "audit"]),
    st.sampled_from([False, False, True, None]),
    st.sampled_from([None, ALIKE, UNLIKE]),
)


@given(RUNS)
def test_green_requires_a_message_without_reservations(result: RunResult) -> None:
    made = badge(result)
    count = len(result.claims)
    plain = made.message == f"{count}/{count} reproduced · paper tier"
    assert (made.color == "brightgreen") == plain
    if result.undecided or result.failed:
        assert made.color == "red"


@given(RUNS)
def test_the_counts_add_up_to_all_claims(result: RunResult) -> None:
    reproduced, known, rest = re.match(
        r"(\d+)/(\d+) reproduced(.*)", badge(result).message
    ).groups()  # type: ignore[union-attr]
    assert int(reproduced) == result.totals["reproduced"]
    assert int(known) - int(reproduced) == sum(map(int, re.findall(r"· (\d+)", rest)))
    assert int(known) == max(result.known, len(result.claims) + len(result.left_out))


def test_the_endpoint_schema() -> None:
    assert badge(CLEAN).to_json() == (
        '{\n  "schemaVersion": 1,\n  "label": "claims",\n'
        '  "message": "2/2 reproduced · paper tier",\n'
        '  "color": "brightgreen",\n  "isError": false\n}\n'
    )
    flags = {
        color: json.loads(Badge("x", color).to_json())["isError"] for color in ("yellow", "red")
    }
    assert flags == {"yellow": False, "red": True}


def test_unprintable_characters_are_dropped() -> None:
    odd = replace(CLEAN, tier="pa\x00p\u202eer\n\ud800")
    assert badge(odd).message == "2/2 reproduced · paper tier"
    assert badge(odd).color == "yellow"
