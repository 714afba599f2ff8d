"""The share of the gap that factorisation closes, on synthetic runs."""

from __future__ import annotations

import math

import pytest

from claims.transfer.finding_factorisation_share import test_factorisation_share as claim
from repro.protocol import transfer
from repro.verdicts import Margin, Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
ONE = "linear_chain.first"
LABEL = "linear chain, first"


def world(cvs: float, ppof: float, ppo: float, ppo_in_one: float | None = None) -> World:
    arms = {} if ppo_in_one is None else {f"ppo/{ONE}": ppo_in_one}
    return World({"cvs": cvs, "ppof": ppof, "ppo": ppo}, arms)


def test_it_is_a_finding_and_not_required() -> None:
    declaration = declared(claim)
    assert (declaration.kind, declaration.required) == ("finding", False)
    assert len(declaration.blocks(SEEDS)) == 27


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ppof", "verdict"), [(1200, YES), (2000, OPEN), (200, OPEN), (20_000, NO), (20, NO)]
)
def test_the_verdict_follows_the_share(ppof: float, verdict: Verdict) -> None:
    outcome = judged(claim, world(200, ppof, 2000))
    assert outcome.result.verdict == verdict
    assert outcome.result.measured is not None
    expected = math.log(2000 / ppof) / math.log(10)
    assert outcome.result.measured.value == pytest.approx(expected, abs=0.01)


def test_controls_fail_for_their_reasons() -> None:
    outcome = judged(claim, world(100, 500, 2500))
    assert outcome.result.verdict == YES
    assert outcome.control("PPO and PPOF swapped") == NO
    assert outcome.control("PPOF and CVS swapped") == NO
    assert outcome.control("half") in {NO, OPEN}


def test_every_seed_is_shown_by_setting() -> None:
    outcome = judged(claim, world(200, 1200, 2000))
    assert len(outcome.result.points) == 27
    assert [outcome.seeds(f"{arm}, {LABEL}").values[0] for arm in ("PPO", "PPOF", "CVS")] == [
        world(200, 1200, 2000).record(transfer(arm, ONE, SEEDS)).times.epochs[0]
        for arm in ("ppo", "ppof", "cvs")
    ]
    assert outcome.result.margin == Margin(0.0, 1.0)


def test_without_a_gap_no_share_is_shown() -> None:
    outcome = judged(claim, world(200, 1200, 2000, 210))
    shares = outcome.column("share")
    assert shares[LABEL] == "no gap: the interval of PPO over CVS is not above 1"
    assert str(shares["linear chain, last"]).startswith("0.222 [")
    assert sum("no gap" in str(share) for share in shares.values()) == 1
    outcome = judged(claim, world(2000, 1200, 200))
    assert outcome.result.verdict == OPEN
    assert outcome.result.measured is None
    assert all("no gap" in str(share) for share in outcome.column("share").values())


def test_a_censored_run_makes_the_share_a_bound() -> None:
    made = world(200, 1200, 2000)
    made.censored = {f"ppo/{ONE}": 2}
    outcome = judged(claim, made)
    assert (outcome.result.verdict, outcome.result.censored) == (OPEN, 2)
    assert str(outcome.column("share")[LABEL]).startswith("≥ 0.222")
