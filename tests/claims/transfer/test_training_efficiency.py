"""Training efficiency on three topologies, on synthetic runs."""

from __future__ import annotations

import pytest

from claims.transfer.training_efficiency import strictly
from claims.transfer.training_efficiency import test_training_efficiency as claim
from repro.protocol import pretraining
from repro.verdicts import Estimate, Margin, Verdict
from tests.claims.transfer.world import SEEDS, SPREAD, World, declared, judged

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
MEANS = {"cvs": 350.0, "ppo": 380.0, "ppof": 290.0}
TOPOLOGIES = ("common_ancestor", "common_descendant", "linear_chain")
SLOW = "ppo/linear_chain.training/policy_lr=4e-06/value_lr=0.0005/epochs=1200"


def world(**arms: float) -> World:
    """All arms have the usual means, except the given ones, as ppof__common_ancestor."""
    given = {f"{name.replace('__', '/')}.training": mean for name, mean in arms.items()}
    return World(MEANS, arms={SLOW: 1500, **given})


def test_needs_are_all_trainings_and_the_slow_one() -> None:
    blocks = declared(claim).blocks(SEEDS)
    assert len(blocks) == 10
    assert {block for block in blocks if not block.hyperparameters} == {
        pretraining(algorithm, topology, SEEDS) for algorithm in MEANS for topology in TOPOLOGIES
    }
    assert [block.name for block in blocks if block.hyperparameters] == [SLOW]


def test_reproduced_where_all_six_ratios_are_near_1() -> None:
    outcome = judged(claim, world())
    assert outcome.result.verdict == YES
    assert [detail.value for detail in outcome.result.details] == pytest.approx(
        [350 / 380, 350 / 290] * 3, rel=0.01
    )
    assert {detail.verdict for detail in outcome.result.details} == {YES}
    assert outcome.control("divided by ten") == NO


@pytest.mark.slow
@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("other", ["ppo", "ppof"])
def test_each_ratio_counts(topology: str, other: str) -> None:
    slow = judged(claim, world(**{f"{other}__{topology}": 100}))
    assert slow.result.verdict == NO
    assert slow.result.measured is not None
    assert slow.result.measured.value == pytest.approx(3.5, rel=0.01)
    fast = judged(claim, world(**{f"{other}__{topology}": 1200}))
    assert fast.result.verdict == NO
    assert fast.result.measured is not None
    assert fast.result.measured.value == pytest.approx(350 / 1200, rel=0.01)
    assert judged(claim, world(**{f"{other}__{topology}": 190})).result.verdict == OPEN


@pytest.mark.slow
def test_the_control_is_judged_by_its_own_runs() -> None:
    outcome = judged(claim, World(MEANS, arms={SLOW: 380}))
    assert outcome.result.verdict == YES
    assert outcome.control("divided by ten") == YES
    assert not outcome.result.controls[0].holds


def test_every_seed_is_shown_by_topology() -> None:
    outcome = judged(claim, world(cvs__linear_chain=300))
    assert [points.label for points in outcome.result.points] == [
        f"{algorithm}, {topology.replace('_', ' ')}"
        for topology in TOPOLOGIES
        for algorithm in ("CVS", "PPO", "PPOF")
    ]
    assert outcome.epochs("CVS, linear chain") == pytest.approx(sorted(300 * SPREAD))
    assert outcome.result.margin == Margin(0.5, 2.0)


def test_the_tables_show_every_training() -> None:
    outcome = judged(claim, world(cvs__linear_chain=300))
    means = outcome.column("CVS")
    assert list(means) == ["common ancestor", "common descendant", "linear chain"]
    assert means["linear chain"] == pytest.approx(300, rel=0.05)
    uniform = outcome.column("uniform policy", table=1)
    # Two right letters of six, in order, within ten steps: at least two successes in ten trials.
    p = 1 / 6
    second = 1 - (1 - p) ** 10 - 10 * p * (1 - p) ** 9
    assert uniform["common ancestor"] == pytest.approx(0.8 * second)
    assert uniform["common descendant"] == pytest.approx(0.8 * second)
    assert outcome.column("PPO", table=1)["linear chain"] == pytest.approx(0.1)


def test_censored_means_are_bounds() -> None:
    made = world()
    made.censored = {"ppo/linear_chain.training": 1}
    outcome = judged(claim, made)
    assert outcome.result.verdict == OPEN
    assert str(outcome.column("PPO")["linear chain"]).startswith("≥ ")


def test_figures() -> None:
    names = [picture.name for picture in judged(claim, world()).pictures]
    assert names == [*(f"curves.{topology}.training" for topology in TOPOLOGIES), "steps.training"]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1.3, 1.6, "slower"),
        (0.5, 0.7, "faster"),
        (1.1, 1.2, "slower, by less than the margin"),
        (1.1, 1.4, "slower, by the margin or not"),
        (0.85, 0.95, "faster, by less than the margin"),
        (0.7, 0.9, "faster, by the margin or not"),
        (0.9, 1.2, "neither"),
        (0.7, 1.4, "undecided"),
    ],
)
def test_what_a_strict_margin_gives(low: float, high: float, words: str) -> None:
    assert strictly(Estimate((low + high) / 2, low, high)) == words
