"""The claim on equal exploration, on synthetic runs that are faster, or not, once exploration is equal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from claims.explanation._exploration import in_words
from claims.explanation._matched_starts import (
    matched_start,
    training_returns,
    unchanged,
    with_random_actions,
)
from claims.explanation.equal_exploration import EPSILON, NARROWED, arms, pairs, starts
from claims.explanation.equal_exploration import test_equal_exploration as claim
from repro import algorithms
from repro.protocol import Matched, needed_by, pretraining
from repro.training.matching import changed_decision, check
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from repro.protocol import Block
    from repro.records.record import Record

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
LAST = "linear_chain.last"
RIGHT = (0, 1, 2)
"""The right action in each of the first three states of training."""
NEW = 3


def habit(sure: float, runs: int = len(SEEDS)) -> NDArray[np.float32]:
    """Logits of runs that prefer the right action, by a margin that differs from run to run."""
    logits = np.zeros((runs, 5, 6), np.float32)
    for state, action in enumerate(RIGHT):
        logits[:, state, action] = sure + np.linspace(0, 1, runs)
    logits[:, :, 4] = 1  # so that actions differ besides
    return logits


def final_bids(algorithm: str) -> dict[str, NDArray[np.float32]]:
    """Bids after training; PPO and PPOF hardly ever try another action, CVS now and then."""
    if algorithm == "cvs":
        mean = 0.3 + 0.05 * habit(7)
        return {"bid": mean, "concentration": np.full_like(mean, 12)}
    logits = habit({"ppof": 10, "ppo": 12}[algorithm])
    return {"bid": np.zeros_like(logits), "logit": logits}


@dataclass
class Trained(World):
    """Runs whose trainings have bids."""

    bids: Mapping[str, Mapping[str, NDArray[np.float32]]] = field(
        default_factory=lambda: {name: final_bids(name) for name in ("cvs", "ppof", "ppo")}
    )

    def record(self, block: Block) -> Record:
        """Make the record of a block."""
        made = super().record(block)
        return (
            made if block.parent else replace(made, final_bids=self.bids.get(block.algorithm, {}))
        )


def world(**changed: float) -> Trained:
    """CVS takes 100 epochs, PPOF 400 and PPO 600, but changed arms as many as given."""
    names = {
        "scaled_ppof": "ppof/linear_chain.last/matched_exploration=cvs",
        "scaled_ppo": "ppo/linear_chain.last/matched_exploration=cvs",
        "narrowed": "cvs/linear_chain.last/matched_exploration=ppof",
        "random_ppof": "ppof/linear_chain.last/from=default/epsilon=0.05",
        "random_ppo": "ppo/linear_chain.last/from=default/epsilon=0.05",
        "habit_ppof": "ppof/linear_chain.last/matched_habit=cvs",
        "habit_ppo": "ppo/linear_chain.last/matched_habit=cvs",
    }
    given = {names[name]: mean for name, mean in changed.items()}
    return Trained({"cvs": 100, "ppof": 400, "ppo": 600}, given)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, YES),
        ({"scaled_ppof": 250, "habit_ppo": 250}, YES),
        ({"scaled_ppof": 50}, NO),
        ({"scaled_ppo": 50}, NO),
        ({"narrowed": 800}, NO),
        ({"random_ppof": 50}, NO),
        ({"random_ppo": 50}, NO),
        ({"habit_ppof": 50}, NO),
        ({"habit_ppo": 50}, NO),
        ({"habit_ppo": 125}, OPEN),
    ],
)
def test_each_of_the_seven_ratios_must_exceed_the_smallest_effect(
    changed: dict[str, float], verdict: Verdict
) -> None:
    assert judged(claim, world(**changed)).result.verdict is verdict


@pytest.mark.slow
def test_the_lowest_ratio_is_measured_and_the_controls_fail() -> None:
    outcome = judged(claim, world(random_ppof=250, narrowed=90))
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(2.5, rel=0.02)
    assert outcome.control("swapped") == NO
    assert outcome.control("half") in {NO, OPEN}
    details = {d.label: (d.value, d.verdict) for d in outcome.result.details}
    assert [v for _, v in details.values()] == [YES] * 7 + [None] * 2
    assert details["(b) PPOF over CVS, narrowed"][0] == pytest.approx(400 / 90, rel=0.02)
    assert details["PPO over CVS, unchanged"][0] == pytest.approx(6, rel=0.02)
    assert set(pairs()) == {label for label, (_, verdict) in details.items() if verdict}


@pytest.mark.slow
def test_ordinary_ppo_is_shown_and_not_judged() -> None:
    given = world()
    given.arms = {**given.arms, "ppo/linear_chain.last": 100.0}
    for name in ("scaled", "random", "habit"):
        match = {"scaled": "matched_exploration=cvs", "habit": "matched_habit=cvs"}
        words = match.get(name, "from=default/epsilon=0.05")
        given.arms[f"ppo/linear_chain.last/{words}"] = 600.0
    assert judged(claim, given).result.verdict is YES


def test_the_arms() -> None:
    found = arms(SEEDS)
    blocks = declared(claim).blocks(SEEDS)
    assert len(blocks) == len(set(blocks)) == 10 + 3
    assert {one for block in found.values() for one in needed_by(block)} <= set(blocks)
    for block in blocks:
        check(block)
    for label, block in found.items():  # all start from the ordinary training of their algorithm
        assert block.parent == pretraining(block.algorithm, "linear_chain", SEEDS)
        assert (block.problem, block.epochs) == (LAST, 50_000)
        assert ("random" in label) == (block.hyperparameters == (("epsilon", EPSILON),))
        assert isinstance(block, Matched) == (label[:3] in {"(a)", "(b)", "(d)"})
        if isinstance(block, Matched):
            assert block.reference.algorithm == ("ppof" if label == NARROWED else "cvs")
            assert block.match == ("matched_habit" if label[:3] == "(d)" else "matched_exploration")
    acting = algorithms.load("ppof", **dict(found["(c) PPOF, random actions"].hyperparameters))
    assert getattr(acting, "epsilon") == EPSILON  # noqa: B009 - only PPO and PPOF have it


def test_it_belongs_to_the_study_and_fails_no_run() -> None:
    about = declared(claim)
    flags = (about.kind, about.study, about.required, about.counts)
    assert flags == ("explanation", True, False, False)


@pytest.mark.slow
def test_starts_are_matched_exactly() -> None:
    made = {name: world().record(pretraining(name, "linear_chain", SEEDS)) for name in TRAINED}
    found = {label: after.policy[:, 2] for label, (_, after) in starts(made).items()}
    np.testing.assert_allclose(found["(a) PPO, scaled"][:, NEW], found["CVS"][:, NEW], rtol=1e-9)
    np.testing.assert_allclose(found[NARROWED][:, NEW], found["PPOF"][:, NEW], rtol=1e-9)
    both = found["(d) PPOF, both actions matched"]
    np.testing.assert_allclose(both[:, [2, NEW]], found["CVS"][:, [2, NEW]], rtol=1e-9)
    mixed = 0.95 * found["PPOF"] + 0.05 / 6
    np.testing.assert_allclose(found["(c) PPOF, random actions"], mixed, rtol=1e-12)
    assert set(found) == set(arms(SEEDS))


TRAINED = ("cvs", "ppof", "ppo")


def test_a_factor_by_hand() -> None:
    """The logits are s at C, 1 at E and 0 elsewhere, at a factor f: D has the odds 1 : exp(fs) + exp(f) + 3."""
    ppo, cvs = (world().record(pretraining(name, "linear_chain", SEEDS)) for name in ("ppo", "cvs"))
    found = matched_start("matched_exploration", ppo, cvs, changed_decision(LAST))
    wanted = unchanged(cvs).policy[:, 2, NEW]
    sure = 12 + np.linspace(0, 1, len(SEEDS))
    odds = np.exp(found.factor * sure) + np.exp(found.factor) + 3
    np.testing.assert_allclose(1 / (1 + odds), wanted, rtol=1e-6)
    assert (found.factor < 1).all()
    assert not found.shift.any()


def test_returns_of_the_training_problem_by_hand() -> None:
    """Always right: 0.8. All actions alike: below. With random actions: between them."""
    bids = {name: {"logit": habit(40.0)} for name in ("ppo",)}
    made = Trained({"ppo": 1}, bids=bids).record(pretraining("ppo", "linear_chain", SEEDS))
    sure = unchanged(made)
    np.testing.assert_allclose(training_returns(sure, "linear_chain.training"), 0.8, rtol=1e-9)
    random = training_returns(with_random_actions(sure, 1.0), "linear_chain.training")
    mixed = training_returns(with_random_actions(sure, 0.3), "linear_chain.training")
    assert (random < mixed).all()
    assert (mixed < 0.8).all()


@pytest.mark.slow
def test_the_tables_show_what_was_matched_and_what_else_changed() -> None:
    outcome = judged(claim, world())
    made = {name: world().record(pretraining(name, "linear_chain", SEEDS)) for name in TRAINED}
    chance = np.median(unchanged(made["cvs"]).policy[:, 2, NEW])
    after = outcome.column("after it, median")
    assert after["CVS"] == after["(a) PPOF, scaled"] == in_words(float(chance))
    assert after["(b) CVS, narrowed"] == outcome.column("before")["PPOF"]
    habits = outcome.column("of any action but C")
    assert habits["(d) PPO, both actions matched"] == habits["CVS"] != habits["(a) PPO, scaled"]
    factors = outcome.column("factor, median", 1)
    assert set(factors) == {n for n in arms(SEEDS) if n[:3] in {"(a)", "(b)", "(d)"}}
    narrowed = factors[NARROWED]
    assert isinstance(narrowed, float)
    assert narrowed > 1
    right = outcome.column("probability of A", 2)
    assert right["(a) PPOF, scaled"] < right["PPOF"]  # type: ignore[operator] # numbers
    assert (
        outcome.column("mean epochs", 3)["PPO"]
        == outcome.column("mean epochs", 3)["(a) PPO, scaled"]
    )
    assert [len(table.rows) for table in outcome.result.tables] == [10, 5, 10, 10, 3]
