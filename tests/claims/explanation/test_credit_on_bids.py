"""The claim on CVS's bids with PPO's credit, on synthetic runs in which it slows transfer or does not."""

from __future__ import annotations

import pytest

from claims.explanation.credit_on_bids import CREDITED, NINE, PLACE, SCRATCH, problems
from claims.explanation.credit_on_bids import test_credit_on_bids as claim
from repro.protocol.blocks import PRETRAINING_EPOCHS
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

pytestmark = pytest.mark.slow

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
ALL, WINNER = CREDITED


def world(to_all: float, to_winner: float, **arms: float) -> World:
    """Give mean epochs of the two kinds of credit; CVS takes 100."""
    return World({"cvs": 100.0, ALL: to_all, WINNER: to_winner}, arms)


def scratch(mean: float) -> dict[str, float]:
    """Give the mean epochs of the winner's credit after training with it."""
    return {f"{WINNER}/{problem}": mean for problem in problems()[SCRATCH]}


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (world(200, 300), YES),
        (world(200, 100), NO),
        (world(125, 300), OPEN),
        (World({"cvs": 100.0, ALL: 300.0, WINNER: 300.0}, scratch(100)), NO),
    ],
)
def test_all_six_ratios_must_exceed_the_smallest_effect(given: World, verdict: Verdict) -> None:
    assert judged(claim, given).result.verdict is verdict


def test_the_lowest_ratio_is_measured_and_the_controls_fail() -> None:
    outcome = judged(claim, world(200, 150))
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(1.5, rel=0.03)
    assert outcome.control("swapped") == NO
    assert outcome.control("half") in {NO, OPEN}


def test_groups_and_their_blocks() -> None:
    sizes = {group: len(names) for group, names in problems().items()}
    assert sizes == {NINE: 9, PLACE: 9, SCRATCH: 3}
    blocks = declared(claim).blocks(SEEDS)
    # From CVS's weights, and CVS; three after own training; three trainings.
    assert len(set(blocks)) == len(blocks) == 3 * 18 + 2 * 3 + 3
    starts = {
        (block.algorithm, block.parent.algorithm) for block in blocks if block.parent is not None
    }
    assert {block.epochs for block in blocks if block.algorithm != "cvs"} == {PRETRAINING_EPOCHS}
    assert starts == {("cvs", "cvs"), *((a, b) for a in CREDITED for b in (a, "cvs"))}


def test_a_setting_that_a_group_lacks_has_a_dash() -> None:
    outcome = judged(claim, world(200, 150))
    cells = outcome.column(f"CVS, advantages to all: {SCRATCH}")
    assert cells["common ancestor, ancestor"] == "–"
    assert str(cells["linear chain, last"]).startswith("2")
