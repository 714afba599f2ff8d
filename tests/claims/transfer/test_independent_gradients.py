"""The geometric mean of PPOF over CVS, on synthetic runs."""

from __future__ import annotations

import pytest

from claims.transfer._settings import settings
from claims.transfer.independent_gradients import test_independent_gradients as claim
from repro.protocol import transfer
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
MEANS = {"cvs": 200.0, "ppof": 1200.0}


def test_needs_are_the_two_factorised_arms() -> None:
    assert set(declared(claim).blocks(SEEDS)) == {
        transfer(algorithm, name, SEEDS) for algorithm in MEANS for name in settings()
    }


@pytest.mark.slow
@pytest.mark.parametrize(("cvs", "verdict"), [(200, YES), (1200, OPEN), (7000, NO)])
def test_the_verdict_follows_the_mean_ratio(cvs: float, verdict: Verdict) -> None:
    outcome = judged(claim, World({**MEANS, "cvs": cvs}))
    assert outcome.result.verdict == verdict
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(1200 / cvs, rel=0.01)
    assert (outcome.result.n, outcome.result.censored) == (10, 0)


def test_controls_fail_for_their_reasons() -> None:
    outcome = judged(claim, World(MEANS))
    assert outcome.control("swapped") == NO
    assert outcome.control("itself") == OPEN
    assert outcome.control("half") in {NO, OPEN}


def test_the_mean_may_be_above_1_although_one_setting_is_not() -> None:
    outcome = judged(claim, World(MEANS, arms={"ppof/linear_chain.first": 100}))
    assert outcome.result.verdict == YES
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx((6**8 * 0.5) ** (1 / 9), rel=0.01)


def test_censored_runs_open_an_end() -> None:
    outcome = judged(claim, World(MEANS, censored={"ppof/linear_chain.first": 1}))
    assert (outcome.result.verdict, outcome.result.censored) == (YES, 1)
    assert outcome.result.measured is not None
    assert outcome.result.measured.high == float("inf")
    outcome = judged(claim, World(MEANS, censored={"cvs/linear_chain.first": 1}))
    assert outcome.result.verdict == OPEN


def test_every_seed_is_shown_by_setting() -> None:
    points = judged(claim, World(MEANS)).result.points
    assert len(points) == len({one.label for one in points}) == 18
    assert {one.label.partition(", ")[0] for one in points} == {"PPOF", "CVS"}


def test_each_topology_is_shown_too() -> None:
    arms = {f"ppof/{name}": 2400.0 for name in settings() if name.startswith("linear")}
    outcome = judged(claim, World(MEANS, arms=arms))
    values = [detail.value for detail in outcome.result.details]
    assert values == pytest.approx([6, 6, 12], rel=0.01)
    (picture,) = outcome.pictures
    assert picture.name == "ratios.independent_gradients"
    left = picture.figure.axes[0]
    rows = [text.get_text() for text in left.get_yticklabels()]
    assert rows[:3] == [
        "all nine, geometric mean",
        "common ancestor, geometric mean",
        "common ancestor, ancestor",
    ]
    assert len(rows) == 1 + 3 + 9
