"""What came out, in a number and a sentence."""

from __future__ import annotations

import math
from typing import Any

import pytest

from repro.report.found import control_note, found_number, found_sentence, parts_held, parts_of
from repro.verdicts import Control, Detail, Margin, Measured, Verdict
from tests.report.example import CLAIM, INCONCLUSIVE, NOT, NOT_RUN, REPRODUCED, claim, page

ABOVE = Margin(low=1.0)


def said(verdict: Verdict, low: float, high: float, margin: Margin = ABOVE) -> str:
    return found_sentence(claim(verdict, measured=Measured(2.0, low, high), margin=margin))


@pytest.mark.parametrize(
    ("verdict", "low", "high", "sentence"),
    [
        (REPRODUCED, 1.5, 2.5, "all of the interval is above 1, as expected"),
        (NOT, 0.5, 0.9, "all of the interval is below 1; expected above 1"),
        (INCONCLUSIVE, 0.5, 2.5, "the interval reaches beyond what is expected: above 1"),
        (INCONCLUSIVE, 0.0, 2.5, "the interval is open at one end; expected above 1"),
        (NOT, 1.5, 2.5, "this figure is above 1, as expected, and another part decides"),
    ],
)
def test_a_figure_is_compared_with_its_margin(
    verdict: Verdict, low: float, high: float, sentence: str
) -> None:
    assert said(verdict, low, high) == sentence


def test_censored_runs_are_the_reason_of_an_open_end() -> None:
    margin = Margin(4.63, 41.7, 13.9)
    assert said(INCONCLUSIVE, 10.2, math.inf, margin) == (
        "the interval is open at one end; expected within 4.63 to 41.7; runs that did not converge: 2 of 20"
    )
    unknown = claim(INCONCLUSIVE, measured=Measured(2.0, 1.0, math.inf), margin=margin, runs=None)
    assert found_sentence(unknown).endswith("; runs that did not converge: 2")
    assert said(NOT, 50.0, 60.0, margin).startswith("all of the interval is above 41.7; expected")


def test_the_parts_of_a_criterion_are_counted() -> None:
    parts = tuple(
        Detail(f"part {n}", 2.0, 1.0, 3.0, verdict, part=True)
        for n, verdict in enumerate((REPRODUCED, NOT, REPRODUCED))
    )
    one = claim(NOT, details=(*parts, Detail("shown", 1.0)))
    assert parts_held(one) == "2 of 3 parts hold"
    assert found_sentence(one).endswith("; 2 of 3 parts hold")
    assert parts_held(claim(NOT, details=parts[:1])) == parts_held(CLAIM) == ""
    text = page(one).text
    assert "2 of 3 parts hold part 0 2.00 [1.00,\xa03.00] , reproduced part 1" in text
    assert "Further figures Figure Value [95 %] shown 1.00" in text


PRECISE = Margin(4.63, 41.7, 13.9, estimate=(9.27, 20.85))


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict", "parts"),
    [
        (12.0, 9.0, 16.0, REPRODUCED, [REPRODUCED, REPRODUCED]),
        # At least 20.0 is not known to be at most 20.85; at least 21.0 is known not to be.
        (20.0, 10.2, math.inf, INCONCLUSIVE, [INCONCLUSIVE, INCONCLUSIVE]),
        (21.0, 10.2, math.inf, NOT, [NOT, NOT]),
        (10.0, 0.0, 16.0, INCONCLUSIVE, [INCONCLUSIVE, INCONCLUSIVE]),
        (12.0, 4.0, 36.0, INCONCLUSIVE, [REPRODUCED, INCONCLUSIVE]),
        (25.0, 4.0, 36.0, INCONCLUSIVE, [INCONCLUSIVE, INCONCLUSIVE]),
    ],
)
def test_a_bound_is_within_a_range_only_if_all_that_it_allows_is(
    value: float, low: float, high: float, verdict: Verdict, parts: list[Verdict]
) -> None:
    one = claim(verdict, measured=Measured(value, low, high), margin=PRECISE, details=())
    assert [part.verdict for part in parts_of(one)] == parts
    held = sum(part is REPRODUCED for part in parts)
    assert parts_held(one) == f"{held} of 2 parts hold"


def test_a_bound_below_an_open_margin_holds() -> None:
    above = Margin(4.63, math.inf, estimate=(9.27, math.inf))
    one = claim(REPRODUCED, measured=Measured(20.0, 10.2, math.inf), margin=above, details=())
    assert [part.verdict for part in parts_of(one)] == [REPRODUCED, REPRODUCED]


def test_claims_without_a_figure_have_a_number_too() -> None:
    bare: dict[str, Any] = {"measured": None, "margin": None, "n": None, "censored": None}
    every = claim(REPRODUCED, checked=743, details=(), **bare)
    assert found_number(every) == "743 cases, no exception"
    assert found_sentence(every) == "each case is as derived by hand or as the talk says"
    some = claim(NOT, checked=8, details=(Detail("methods that agree", 5),), **bare)
    assert (found_number(some), found_sentence(some)) == ("5", "methods that agree, of 8 cases")
    assert "5: methods that agree, of 8 cases." in page(some).text
    absent = claim(NOT_RUN)
    assert (found_number(absent), found_sentence(absent)) == ("", "was not judged in this run")


def test_a_control_without_a_figure_says_why() -> None:
    assert control_note(Control("c", (NOT,), NOT, why="no time"), ABOVE) == "no time"
    inside = Control("c", (NOT,), NOT, Measured(2.0, 1.5, 3.0))
    assert control_note(inside, ABOVE) == "another part of the criterion decides"
    below = Control("c", (NOT,), NOT, Measured(0.5, 0.4, 0.6))
    assert control_note(below, ABOVE) == ""
    text = page(claim(REPRODUCED, controls=(below, Control("d", (NOT,), NOT, why="no time")))).text
    assert "c 0.500 [0.400,\xa00.600] not reproduced not reproduced as declared" in text
    assert "d no time not reproduced" in text
