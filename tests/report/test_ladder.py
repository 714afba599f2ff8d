"""The ladder: from figures of claims, none typed."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

from repro.plugin.report_sections import ladder_picture, report_sections
from repro.report.ladder import LADDER, LENGTH, LOWER_LADDER, ladder, written
from repro.report.sentences import SENTENCES
from repro.verdicts import Detail, Measured, RunResult, Verdict
from tests.report.example import CLAIM
from tests.support.results import changed


def judged(claim_id: str, *details: Detail, **change: Any) -> Any:  # noqa: ANN401 - a ClaimResult
    return replace(changed(CLAIM, id=claim_id, title="It holds", **change), details=details)


def as_json(*claims: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - ClaimResults
    run = RunResult("study", None, None, {}, 0.0, tuple(claims))
    found: list[dict[str, Any]] = json.loads(run.to_json())["claims"]
    return found


RATIOS = replace(
    judged(
        LENGTH,
        Detail("PPO over CVS, from epoch 950", 6.5, 5.25, 8.0),
        Detail("PPO over CVS, from epoch 2450", 20.0, 10.2, math.inf),
        Detail("PPOF over CVS, from epoch 950", 2.0, 0.0, 2.5),
    ),
    verdict=Verdict.NOT_REPRODUCED,
    measured=Measured(0.3, 0.0, 0.5),
)


def test_a_rung_is_a_figure_of_a_claim() -> None:
    rungs = ladder(as_json(RATIOS))
    assert [(one.arm, one.label, one.value) for one in rungs] == [
        ("PPOF", "the whole transfer, from epoch 950", 2.0),
        ("PPO", "the whole transfer, from epoch 2450", 20.0),
        ("PPO", "the whole transfer, from epoch 950", 6.5),
    ]
    assert written(rungs[0]) == "≤ 2.00 [0,\N{NO-BREAK SPACE}2.50]"
    assert written(rungs[1]) == "≥ 20.0 [10.2,\N{NO-BREAK SPACE}∞]"


def test_the_picture_shows_every_rung() -> None:
    picture = ladder_picture(ladder(as_json(RATIOS)))
    assert picture.name == "ladder"
    assert "the talk's ratio, for PPO's whole transfer: 13.9" in picture.alt
    assert "PPOF, the whole transfer, from epoch 950 2 [no lower bound, 2.5]" in picture.alt
    assert "PPO, the whole transfer, from epoch 2450 20 [10.2, no upper bound]" in picture.alt


def test_without_these_claims_there_is_no_ladder() -> None:
    sections, drawn = report_sections((), (judged("another.claim"),), trained=False)
    assert not [one for one in sections if one.first]
    assert drawn == []


def test_every_rung_is_in_a_sentence() -> None:
    """Names of details are checked on a whole run, by `tests/claims/explanation/test_outcome.py`."""
    named = {claim for claim, _ in (*LADDER.values(), *LOWER_LADDER.values())}
    assert named <= {clause.claim for clauses in SENTENCES.values() for clause in clauses}
