"""The share of the gap that factorisation closes, in worlds made for it."""

from __future__ import annotations

import math

import pytest

from claims.transfer.finding_factorisation_share import test_factorisation_share as claim
from repro.protocol import transfer
from repro.verdicts import Margin, Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
ONE = "linear_chain.first"
SPOKEN = "linear chain, first"


def world(cvs: float, ppof: float, ppo: float, ppo_in_one: float | None = None) -> World:
    arms = {} if ppo_in_one is None else {f"ppo/{ONE}": ppo_in_one}
    return World({"cvs": cvs, "ppof": ppof, "ppo": ppo}, arms)


def test_it_is_a_finding_that_nothing_hangs_on() -> None:
    declaration = declared(claim)
    assert (declaration.kind, declaration.required) == ("finding", False)
    assert len(declaration.blocks(SEEDS)) == 27


@pytest.mark.parametrize(
    ("ppof", "verdict"), [(1200, YES), (2000, OPEN), (200, OPEN), (20_000, NO), (20, NO)]
)
def test_the_verdict_follows_the_share(ppof: float, verdict: Verdict) -> None:
    told = judged(claim, world(200, ppof, 2000))
    assert told.result.verdict == verdict
    assert told.result.measured is not None
    expected = math.log(2000 / ppof) / math.log(10)
    assert told.result.measured.value == pytest.approx(expected, abs=0.01)


def test_controls_fail_for_their_reasons() -> None:
    told = judged(claim, world(100, 500, 2500))
    assert told.result.verdict == YES
    assert told.control("PPO and PPOF swapped") == NO
    assert told.control("PPOF and CVS swapped") == NO
    assert told.control("half") in {NO, OPEN}


def test_every_seed_is_shown_by_setting() -> None:
    told = judged(claim, world(200, 1200, 2000))
    assert len(told.result.points) == 27
    assert [told.seeds(f"{arm}, {SPOKEN}").values[0] for arm in ("PPO", "PPOF", "CVS")] == [
        world(200, 1200, 2000).record(transfer(arm, ONE, SEEDS)).times.epochs[0]
        for arm in ("ppo", "ppof", "cvs")
    ]
    assert told.result.margin == Margin(0.0, 1.0)


def test_without_a_gap_no_number_is_told() -> None:
    told = judged(claim, world(200, 1200, 2000, 210))
    shares = told.column("share")
    assert shares[SPOKEN] == "no gap: PPO over CVS is not above 1 for certain"
    assert str(shares["linear chain, last"]).startswith("0.222 [")
    assert sum("no gap" in str(share) for share in shares.values()) == 1
    told = judged(claim, world(2000, 1200, 200))
    assert told.result.verdict == OPEN
    assert told.result.measured is None
    assert all("no gap" in str(share) for share in told.column("share").values())


def test_a_censored_run_makes_the_share_a_bound() -> None:
    made = world(200, 1200, 2000)
    made.censored = {f"ppo/{ONE}": 2}
    told = judged(claim, made)
    assert (told.result.verdict, told.result.censored) == (OPEN, 2)
    assert str(told.column("share")[SPOKEN]).startswith("≥ 0.222")
