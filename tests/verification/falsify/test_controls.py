"""The table of controls, on synthetic claims."""

from __future__ import annotations

from typing import Any

import pytest

from tests.verification.falsify.controls import Control, table

NOT, OPEN = "not reproduced", "inconclusive"


@pytest.mark.parametrize(
    ("declared", "actual", "problem"),
    [
        ((NOT,), NOT, ""),
        ((NOT, OPEN), OPEN, ""),
        ((NOT,), OPEN, "it is not as declared"),
        ((NOT, OPEN), "reproduced", "it is reproduced"),
        (("reproduced",), "reproduced", "it is declared to be reproduced"),
        ((NOT, "reproduced"), NOT, "it is declared to be reproduced"),
    ],
)
def test_problems_of_a_control(declared: tuple[str, ...], actual: str, problem: str) -> None:
    assert Control("c", "swapped", declared, actual).problem == problem


def claim(name: str, *controls: dict[str, str]) -> dict[str, Any]:
    return {"id": name, "controls": [*controls]}


def test_every_claim_has_a_row() -> None:
    judged = [
        claim("b", {"what": "swapped", "expected": f"{NOT} or {OPEN}", "verdict": OPEN}),
        claim("a"),
        claim("new", {"what": "split", "expected": NOT, "verdict": "reproduced"}),
    ]
    rows = table(["b", "a", "lost"], judged)
    assert [(one.claim, one.what, one.problem) for one in rows] == [
        ("a", "", "no control was judged"),
        ("b", "swapped", ""),
        ("lost", "", "no control was judged"),
        ("new", "split", "it is reproduced"),
    ]
    assert rows[1].declared == (NOT, OPEN)
