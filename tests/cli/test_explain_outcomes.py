"""What each outcome means for a run, compared with the rules in README."""

from __future__ import annotations

import pytest

from repro.cli.explain_outcomes import control_outcomes, outcomes
from repro.verdicts import ClaimResult, Verdict
from tests.cli.example import CLAIM, INCONCLUSIVE, NOT, REPRODUCED, listed

PLAIN = ("as recorded", 0)
DRIFTED, DRIFT_FAILS = ("drifted", 0), ("drifted", 1)
FLIPPED, FLIP_SHOWN = ("flipped", 1), ("flipped", 0)
LOST, LOST_SHOWN = ("could not be judged", 3), ("could not be judged", 0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (PLAIN, FLIPPED, DRIFTED, LOST)),
        ({"recorded": NOT}, (FLIPPED, PLAIN, DRIFTED, LOST)),
        ({"recorded": INCONCLUSIVE}, (DRIFTED, DRIFTED, PLAIN, LOST)),
        ({"kind": "theory"}, (PLAIN, FLIPPED, DRIFT_FAILS, LOST)),
        ({"required": False}, (PLAIN, FLIP_SHOWN, DRIFTED, LOST_SHOWN)),
        (
            {"required": False, "kind": "theory"},
            (PLAIN, FLIP_SHOWN, DRIFTED, LOST_SHOWN),
        ),
    ],
)
def test_verdicts(changes: dict[str, object], expected: tuple[tuple[str, int], ...]) -> None:
    found = outcomes(listed(**changes).declaration)  # type: ignore[arg-type] # fields of their own types
    assert [one.case for one in found] == list(Verdict)
    assert tuple((one.then, one.exit_code) for one in found) == expected


@pytest.mark.parametrize("recorded", [REPRODUCED, NOT, INCONCLUSIVE])
@pytest.mark.parametrize(("required", "code"), [(True, 1), (False, 0)])
def test_failed_controls(recorded: Verdict, *, required: bool, code: int) -> None:
    found = control_outcomes(listed(recorded=recorded, required=required).declaration)
    assert [one.case for one in found] == [
        "arms swapped: reproduced",
        "arms swapped: inconclusive",
        "halves: reproduced",
    ]
    assert {(one.then, one.exit_code) for one in found} == {("flipped", code)}


def test_the_rules_are_those_that_judge_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClaimResult, "failed", property(lambda _: True))
    assert [one.exit_code for one in outcomes(CLAIM.declaration)] == [1, 1, 1, 3]
