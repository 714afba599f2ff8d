"""A claim is reproduced only if its figure, or each part of it, lies within its margin."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from repro.errors import ClaimError
from repro.plugin.declaration import declare
from repro.plugin.recorder import not_run
from repro.verdicts import (
    ClaimResult,
    Detail,
    Estimate,
    Margin,
    Verdict,
)
from tests.plugin.test_recorder import (
    INCONCLUSIVE,
    MARKER,
    NOT,
    NOT_RUN,
    REPRODUCED,
    recorder,
    result,
)

MARGIN = Margin(0.5, 2.0, 1.0)


def concluded(verdict: Verdict, value: float | None) -> ClaimResult:
    record = recorder(margin=MARGIN)
    estimate = None if value is None else Estimate(value, value - 1, value + 1)
    record.outcome(verdict, estimate)
    record.control("swapped", NOT, why="not measured")
    return record.result(0.1)


@pytest.mark.parametrize(
    ("verdict", "value"),
    [
        (REPRODUCED, 0.5),
        (REPRODUCED, 2.0),
        (NOT, 3.0),
        (INCONCLUSIVE, 3.0),
        (NOT, 1.0),
        (NOT, None),
        (INCONCLUSIVE, None),
    ],
)
def test_the_result_has_the_margin(verdict: Verdict, value: float | None) -> None:
    assert concluded(verdict, value).margin == MARGIN


@pytest.mark.parametrize("value", [0.49, 2.01, float("nan")])
def test_no_claim_is_reproduced_outside_its_margin(value: float) -> None:
    with pytest.raises(ClaimError, match=rf"reproduced with {value}, outside the margin \[0.5, 2"):
        concluded(REPRODUCED, value)


def test_no_claim_is_reproduced_outside_the_margin_of_its_estimate() -> None:
    record = recorder(margin=replace(MARGIN, estimate=(0.9, 1.1)))
    record.outcome(REPRODUCED, Estimate(1.2, 1.1, 1.3))
    record.control("swapped", NOT, why="not measured")
    with pytest.raises(ClaimError, match=r"reproduced with 1.2, outside the margin \[0.9, 1.1\]"):
        record.result(0.1)


def test_parts_are_details_that_the_claim_needs() -> None:
    record = recorder()
    record.part("first", Estimate(2.0, 1.5, 3.0), REPRODUCED)
    record.detail("shown", 4)
    assert result(record).details == (
        Detail("first", 2.0, 1.5, 3.0, REPRODUCED, part=True),
        Detail("shown", 4.0),
    )


def test_no_claim_with_a_margin_is_reproduced_without_a_figure() -> None:
    with pytest.raises(ClaimError, match=r"reproduced without a figure, .* margin \[0.5, 2.0\]"):
        concluded(REPRODUCED, None)


@pytest.mark.parametrize(
    ("low", "high"), [(math.nan, math.nan), (0.5, math.nan), (1.1, 1.5), (0.5, 0.9), (1.5, 0.5)]
)
def test_no_claim_is_reproduced_by_an_interval_without_its_value(low: float, high: float) -> None:
    record = recorder(margin=MARGIN)
    record.outcome(REPRODUCED, Estimate(1.0, low, high))
    record.control("swapped", NOT, why="not measured")
    with pytest.raises(ClaimError, match=r"reproduced with 1.0 in the interval"):
        record.result(0.1)


@pytest.mark.parametrize("outcome", [{"n": math.nan}, {"censored": 0.5}, {"checked": 0.5}])
def test_counts_are_whole_numbers(outcome: dict[str, Any]) -> None:
    with pytest.raises(ClaimError, match=r"expected a whole number, or None"):
        recorder().outcome(NOT, None, **outcome)


def test_a_detail_is_a_number() -> None:
    with pytest.raises(ClaimError, match=r"detail 'a': given 1000.*; expected an estimate or"):
        recorder().detail("a", 10**400)


def test_a_figure_without_a_margin_is_refused() -> None:
    record = recorder()
    record.outcome(NOT, Estimate(1.0, 0.5, 1.5))
    record.control("swapped", NOT)
    with pytest.raises(ClaimError, match=r"a figure without a margin; add .* margin=Margin\(low=1"):
        record.result(0.1)


def test_a_claim_that_was_not_run_has_its_margin_too() -> None:
    claim = not_run(declare("here", {**MARKER, "margin": MARGIN}), "no runs")
    assert (claim.verdict, claim.margin, claim.points) == (NOT_RUN, MARGIN, ())
    assert not_run(declare("here", MARKER), "no runs").margin is None


@pytest.mark.parametrize(
    ("verdict", "reason", "explanation"),
    [(INCONCLUSIVE, "", "no spread"), (REPRODUCED, "", ""), (INCONCLUSIVE, "known", "known")],
)
def test_an_inconclusive_outcome_says_why_the_data_give_no_interval(
    verdict: Verdict, reason: str, explanation: str
) -> None:
    recorded = {"recorded": "inconclusive", "reason": reason} if reason else {}
    record = recorder(margin=Margin(low=1.0), **recorded)
    record.outcome(verdict, Estimate(3.0, 2.0, math.inf, note="no spread"))
    record.control("swapped", NOT, why="not measured")
    assert record.result(0.1).explanation == explanation
