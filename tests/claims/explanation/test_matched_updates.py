"""The claim on equal optimiser steps, on synthetic runs for which they matter or do not."""

from __future__ import annotations

import pytest

from claims.explanation.matched_updates import OTHER, OWN, block
from claims.explanation.matched_updates import test_matched_updates as claim
from claims.transfer._settings import settings
from repro import algorithms
from repro.protocol import STEPS_PER_EPOCH
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE


def world(cvs: float, ppof: float, ppo: float, /, **other: float) -> World:
    """Give mean epochs, and those of each algorithm with the other number of optimiser steps."""
    arms = {
        f"{algorithm}/{name}/minibatch={OTHER[algorithm][1]}": mean
        for algorithm, mean in other.items()
        for name in settings()
    }
    return World({"cvs": cvs, "ppof": ppof, "ppo": ppo}, arms)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (world(100, 200, 300), YES),
        (world(100, 200, 300, ppof=102, ppo=150), NO),  # at 32 steps PPOF is as fast
        (world(100, 200, 300, cvs=200), NO),  # at 16 steps CVS is as slow
        (world(100, 125, 300), OPEN),
    ],
)
def test_all_four_ratios_must_exceed_the_smallest_effect(given: World, verdict: Verdict) -> None:
    assert judged(claim, given).result.verdict is verdict


def test_the_lowest_ratio_is_measured_and_the_controls_fail() -> None:
    outcome = judged(claim, world(100, 200, 300, ppof=150, cvs=110))
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(1.5, rel=0.02)
    assert outcome.control("swapped") == NO
    assert outcome.control("half") in {NO, OPEN}


@pytest.mark.parametrize("algorithm", OWN)
@pytest.mark.parametrize("steps", [16, 32])
def test_an_epoch_has_so_many_optimiser_steps(algorithm: str, steps: int) -> None:
    made = block(algorithm, steps, "linear_chain.last", SEEDS)
    loaded = algorithms.load(algorithm, **dict(made.hyperparameters))
    samples = STEPS_PER_EPOCH * (2 if algorithm == "cvs" else 1)
    assert samples / loaded.minibatch == steps
    assert made.parent is not None
    assert made.parent.hyperparameters == made.hyperparameters  # in training, too


def test_blocks() -> None:
    needed = declared(claim).blocks(SEEDS)
    assert len(set(needed)) == len(needed) == 6 * 9 + 9
