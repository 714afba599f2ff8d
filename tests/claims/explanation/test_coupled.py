"""The claim on coupled societies, on synthetic runs in which coupling slows them or does not."""

from __future__ import annotations

import math

import pytest

from claims.explanation.coupled import COUPLINGS, SELECTION, SETTINGS, arms
from claims.explanation.coupled import test_coupled as claim
from repro.protocol import transfer
from repro.protocol.blocks import PRETRAINING_EPOCHS
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

pytestmark = pytest.mark.slow

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
NAMES = {pair.coupled.algorithm for pair in (*COUPLINGS.values(), SELECTION)}


def world(coupled: float, **other: float) -> World:
    """Give the mean epochs of all coupled societies, or of one by its name; CVS takes 100."""
    return World({"cvs": 100.0} | dict.fromkeys(NAMES, coupled) | other)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (world(200), YES),
        (world(200, cvs_normalised_together=100), NO),  # one way does not slow it
        (world(80), NO),
        (world(200, cvs_n_step=125), OPEN),
        (world(200, cvs_softmax_selection=50), YES),  # is not judged
    ],
)
def test_each_way_must_slow_it(given: World, verdict: Verdict) -> None:
    assert judged(claim, given).result.verdict is verdict


def test_the_ways_are_judged_alone_too() -> None:
    outcome = judged(claim, world(200, cvs_monte_carlo=100))
    alone = {one.label: one.verdict for one in outcome.result.details if one.verdict}
    assert alone.pop("Monte Carlo utilities, over not coupled") is NO
    assert len(alone) == 5
    assert set(alone.values()) == {YES}


def test_the_lowest_ratio_is_measured_and_the_controls_fail() -> None:
    outcome = judged(claim, world(200, cvs_common_value=150))
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(1.5, rel=0.02)
    assert outcome.control("swapped") == NO
    assert outcome.control("half") in {NO, OPEN}


def test_clipping_is_compared_with_cvs_that_is_clipped_as_hard() -> None:
    plain = COUPLINGS["one norm of all gradients"].plain
    assert dict(plain.hyperparameters) == {"max_grad_norm": pytest.approx(0.01 / math.sqrt(6))}
    for problem in SETTINGS:  # slower than CVS, but not than CVS clipped as hard
        assert plain.block(problem, SEEDS).hyperparameters
    slow = {plain.block(problem, SEEDS).name: 200.0 for problem in SETTINGS}
    given = World({"cvs": 100.0} | dict.fromkeys(NAMES, 200.0), slow)
    outcome = judged(claim, given)
    (one,) = (d for d in outcome.result.details if d.label.startswith("one norm"))
    assert one.verdict is NO


def test_blocks_start_from_cvss_weights() -> None:
    blocks = declared(claim).blocks(SEEDS)
    assert len(set(blocks)) == len(blocks) == len(arms()) * len(SETTINGS) == 10 * 7
    for block in blocks:
        assert block.parent is not None
        assert block.parent.algorithm == "cvs"
        assert block.parent.hyperparameters == ()
        as_usual = block.algorithm == "cvs" and not block.hyperparameters
        assert block.epochs == (50_000 if as_usual else PRETRAINING_EPOCHS)


def test_cvs_as_it_is_is_the_shipped_transfer() -> None:
    needed = declared(claim).blocks(SEEDS)
    assert transfer("cvs", "linear_chain.last", SEEDS) in needed
