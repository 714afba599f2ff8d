"""The two claims on the headline setting, on synthetic runs."""

from __future__ import annotations

import pytest

from claims.transfer.headline import test_headline as headline
from claims.transfer.headline_direction import test_headline_direction as slower
from repro.protocol import transfer
from repro.verdicts import Margin, PerSeedValues, Verdict
from tests.claims.transfer.world import SEEDS, SPREAD, World, declared, judged

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
PROBLEM = "linear_chain.last"
ARM = "ppo/linear_chain.last"
CVS, PPOF = 200, 900

# A mean ratio r has an interval of about 0.85 r to 1.25 r: ten runs, one of them slow.
both = pytest.mark.parametrize("claim", [headline, slower])


def world(ratio: float, censored: int = 0) -> World:
    return World({"cvs": CVS, "ppo": ratio * CVS, "ppof": PPOF}, censored={ARM: censored})


def test_needs() -> None:
    assert set(declared(headline).blocks(SEEDS)) == {
        transfer(algorithm, PROBLEM, SEEDS) for algorithm in ("cvs", "ppo")
    }
    assert set(declared(slower).blocks(SEEDS)) == {
        transfer(algorithm, PROBLEM, SEEDS) for algorithm in ("cvs", "ppo", "ppof")
    }


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [(9.0, OPEN), (9.6, YES), (13.9, YES), (20.0, YES), (21.5, OPEN), (5.0, NO), (40.0, NO)],
)
def test_the_headline_is_near_the_talk_s(ratio: float, verdict: Verdict) -> None:
    outcome = judged(headline, world(ratio)).result
    assert outcome.verdict == verdict
    assert outcome.measured is not None
    assert outcome.measured.value == pytest.approx(ratio, rel=0.01)


def test_the_figure_asks_what_the_verdict_asks() -> None:
    (picture,) = judged(headline, world(13.9)).pictures
    question = (
        "Is the diamond within the darker band, and its whole interval within the lighter one?"
    )
    assert picture.caption.startswith(question)
    assert "target 13.9" in picture.alt  # the claim compares with it


def test_the_headline_s_interval_may_reach_a_factor_of_three() -> None:
    margin = declared(headline).margin
    assert margin is not None
    assert (margin.low, margin.high) == pytest.approx((4.633, 41.7), abs=0.001)
    assert margin.target == 13.9
    assert declared(slower).margin == Margin(low=1.0)


@pytest.mark.parametrize(("ratio", "verdict"), [(1.0, OPEN), (1.5, YES), (40.0, YES), (0.6, NO)])
def test_the_direction_is_that_of_the_ratio(ratio: float, verdict: Verdict) -> None:
    assert judged(slower, world(ratio)).result.verdict == verdict


@both
def test_controls_fail_for_their_reasons(claim: object) -> None:
    outcome = judged(claim, world(13.9))  # type: ignore[arg-type] # parametrized
    assert outcome.control("the two arms swapped") == NO
    assert outcome.control("first half of PPO's") in {NO, OPEN}
    assert len(outcome.result.controls) == 2


@both
def test_every_seed_is_shown_with_what_was_censored(claim: object) -> None:
    outcome = judged(claim, world(10.0, censored=2))  # type: ignore[arg-type] # parametrized
    assert outcome.result.censored == 2
    assert {points.quantity for points in outcome.result.points} == {"epochs to convergence"}
    assert outcome.epochs("PPO") == pytest.approx(sorted(10 * CVS * SPREAD))
    assert outcome.epochs("CVS") == pytest.approx(sorted(CVS * SPREAD))
    assert outcome.seeds("PPO").censored == (True, True, *[False] * 8)
    assert outcome.seeds("CVS").censored == (False,) * 10
    assert (
        outcome.seeds("PPO").values[0]
        == world(10.0).record(transfer("ppo", PROBLEM, SEEDS)).times.epochs[0]
    )


def test_ppof_is_shown_by_the_claim_on_the_direction_only() -> None:
    assert isinstance(judged(slower, world(10.0)).seeds("PPOF"), PerSeedValues)
    assert [points.label for points in judged(headline, world(10.0)).result.points] == [
        "PPO",
        "CVS",
    ]
