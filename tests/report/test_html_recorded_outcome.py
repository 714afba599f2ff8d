"""Counts, colours, shapes and notes never make a verdict look better than it is."""

from __future__ import annotations

import re

import pytest

from repro.report.html import render
from repro.report.recorded_outcome import claim_status, outcome_note
from repro.verdicts import Control, Verdict
from tests.report.example import (
    CLAIM,
    INCONCLUSIVE,
    NOT,
    NOT_RUN,
    REPRODUCED,
    SOURCES,
    claim,
    page,
    run,
)

BROKEN = Control("halves", (NOT,), REPRODUCED)


def test_counts_at_the_top() -> None:
    broken = claim(REPRODUCED, id="b", controls=(BROKEN,))
    head = page(
        CLAIM,
        broken,
        claim(NOT, NOT, id="c"),
        claim(REPRODUCED, NOT, id="d"),
        claim(INCONCLUSIVE, id="e"),
        claim(NOT_RUN, id="f"),
    ).text.partition("All claims")[0]
    counts = "1 reproduced 1 not reproduced 1 inconclusive 1 not run 1 drifted 2 flipped"
    assert counts in head


@pytest.mark.parametrize("recorded", list(Verdict))
@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("controls", [CLAIM.controls, (BROKEN,)])
def test_only_reproduced_as_recorded_with_all_controls_is_green(
    verdict: Verdict, recorded: Verdict, controls: tuple[Control, ...]
) -> None:
    result = claim(verdict, recorded, controls=controls, details=())
    shown = page(result)
    green = [a for a in shown.classed("good") if "tile" not in a["class"]]
    earned = verdict is recorded is REPRODUCED and controls is CLAIM.controls
    assert bool(green) is earned
    assert (claim_status(result) == "good") is earned
    tiles = [a for a in shown.classed("good") if "tile" in a["class"]]
    assert bool(tiles) is earned


@pytest.mark.parametrize(
    ("verdict", "recorded", "required", "colour", "words"),
    [
        (REPRODUCED, REPRODUCED, True, "good", ""),
        (NOT, NOT, True, "no", "as recorded"),
        (INCONCLUSIVE, INCONCLUSIVE, True, "fair", "as recorded"),
        (INCONCLUSIVE, REPRODUCED, True, "fair", "drifted, recorded reproduced"),
        (REPRODUCED, INCONCLUSIVE, True, "fair", "drifted, recorded inconclusive"),
        (NOT, REPRODUCED, True, "bad", "flipped, recorded reproduced"),
        (REPRODUCED, NOT, False, "bad", "flipped, recorded not reproduced"),
        (NOT_RUN, REPRODUCED, True, "bad", ""),
        (NOT_RUN, NOT, False, "idle", "recorded not reproduced"),
    ],
)
def test_colour_and_note_of_a_verdict(
    verdict: Verdict, recorded: Verdict, required: bool, colour: str, words: str
) -> None:
    result = claim(verdict, recorded, required=required)
    assert (claim_status(result), outcome_note(result)) == (colour, words)
    assert page(result).classed(colour)


def test_a_failed_control_is_noted() -> None:
    one, two = claim(REPRODUCED, controls=(BROKEN,)), claim(NOT, NOT, controls=(BROKEN, BROKEN))
    assert outcome_note(one) == "a control failed"
    assert outcome_note(two) == "as recorded; 2 controls failed"
    assert claim_status(one) == claim_status(two) == "bad"
    assert "halves not reproduced reproduced not as declared" in page(one).text


@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_verdict_has_its_own_shape(verdict: Verdict) -> None:
    def drawing(one: Verdict) -> str:
        html = render(run(claim(one, one, controls=(), details=())), SOURCES, (), ())
        chip = re.search(r'<span class="chip[^"]*"><svg[^>]*>(.*?)</svg>\s*' + one.value, html)
        assert chip is not None
        return chip.group(1)

    others = {drawing(other) for other in Verdict if other is not verdict}
    assert drawing(verdict) not in others
    assert len(others) == 3
