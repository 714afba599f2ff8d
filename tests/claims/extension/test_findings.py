"""The findings on bandits, forgetting and longer chains, on synthetic runs in which CVS is faster or is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from claims.extension import bandit, forgetting, longer_chains
from repro.protocol import with_needed
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

if TYPE_CHECKING:
    from collections.abc import Callable

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
CLAIMS = pytest.mark.parametrize(
    "claim", [bandit.test_bandit, forgetting.test_forgetting, longer_chains.test_longer_chains]
)
SLOWER = {"cvs": 100, "ppof": 200, "ppo": 300}


@CLAIMS
@pytest.mark.parametrize(
    ("means", "verdict"),
    [
        (SLOWER, YES),
        ({"cvs": 100, "ppof": 70, "ppo": 300}, NO),
        ({"cvs": 100, "ppof": 200, "ppo": 70}, NO),
        ({"cvs": 100, "ppof": 125, "ppo": 300}, OPEN),
    ],
)
def test_both_must_be_slower(
    claim: Callable[..., None], means: dict[str, float], verdict: Verdict
) -> None:
    assert judged(claim, World(means)).result.verdict is verdict


@CLAIMS
def test_the_lower_ratio_is_measured_and_the_controls_fail(claim: Callable[..., None]) -> None:
    outcome = judged(claim, World(SLOWER))
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(2, rel=0.02)
    assert outcome.control("swapped") == NO
    assert outcome.control("half") in {NO, OPEN}


def test_forgetting_counts_after_each_length_of_time() -> None:
    early: dict[str, Any] = {
        forgetting.block("ppof", 1250, SEEDS).name: 70,
    }
    assert judged(forgetting.test_forgetting, World(SLOWER, early)).result.verdict is NO


def test_a_task_is_learned_again_after_the_other_one() -> None:
    blocks = declared(forgetting.test_forgetting).blocks(SEEDS)
    assert {block.problem for block in blocks} == {"invariance.v1_again"}
    assert {block.name for block in blocks if block.algorithm == "cvs"} == {
        "cvs/invariance.v1_again/from=invariance.v2,1250",
        "cvs/invariance.v1_again/from=invariance.v2,2450",
    }
    trained = [block for block in with_needed(blocks) if block.algorithm == "cvs"]
    assert [(block.problem, block.epochs) for block in trained[:2]] == [
        ("invariance.training", 2450),
        ("invariance.v2", 2450),
    ]
    assert len(trained) == 4  # the second task is trained once for both lengths


def test_a_bandit_is_trained_for_250_epochs() -> None:
    trainings, transfers = (
        declared(bandit.test_bandit).blocks(SEEDS)[side] for side in (slice(3), slice(3, 6))
    )
    assert {block.parent for block in transfers} == set(trainings)
    for block in transfers:
        assert block.parent is not None
        assert (block.parent.problem, block.parent.epochs) == ("bandit.training", 250)
        assert block.extra_epochs == 0


def test_each_chain_counts() -> None:
    early: dict[str, Any] = {longer_chains.block("ppo", "chain_of_five", SEEDS).name: 70}
    assert judged(longer_chains.test_longer_chains, World(SLOWER, early)).result.verdict is NO


def test_the_chain_of_three_is_shown_and_not_judged() -> None:
    early: dict[str, Any] = {"ppo/linear_chain.last": 70, "ppo/linear_chain.last/from=950": 70}
    outcome = judged(longer_chains.test_longer_chains, World(SLOWER, early))
    assert outcome.result.verdict is YES
    shown = {one.label: one.value for one in outcome.result.details}
    assert shown["PPO over CVS, three decisions"] == pytest.approx(0.7, rel=0.02)
    assert shown["PPO over CVS, three decisions, from epoch 950"] == pytest.approx(0.7, rel=0.02)


def test_longer_chains_have_ten_of_the_seeds() -> None:
    seeds = tuple(range(10, 40))
    blocks = declared(longer_chains.test_longer_chains).blocks(seeds)
    longer = [block for block in blocks if block.problem.startswith("chain_of")]
    assert {block.seeds for block in longer} == {seeds[:10]}
    assert {block.problem for block in longer} == {
        f"chain_of_{length}.{part}" for length in ("four", "five") for part in ("training", "last")
    }
