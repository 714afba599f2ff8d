"""The figures that the report's first sections are made of exist, under these names, in their claims."""

from __future__ import annotations

import importlib

import pytest

from claims.explanation._learners import LEARNERS
from claims.explanation.coupled import arms
from claims.explanation.credit_on_bids import CREDITED
from repro.report.ladder import ARMS, COUPLED, LADDER, LOWER_LADDER, ladder
from repro.report.sentences import SENTENCES, sentences
from tests.claims.explanation.test_equal_exploration import Trained, final_bids
from tests.claims.transfer.world import declared, judged

pytestmark = pytest.mark.slow

CHANGED = [arm for arm in arms() if arm.algorithm != "cvs"]
USUAL = Trained(
    dict.fromkeys([one.algorithm for one in LEARNERS], 100)
    | {"cvs": 100, "ppof": 200, "ppo": 300, "gumbel_bids": 100, "softmax_bids": 400}
    | dict.fromkeys([*CREDITED, *(arm.algorithm for arm in CHANGED)], 400),
    bids={name: final_bids(name) for name in ("cvs", "ppof", "ppo")}
    | {name: final_bids("ppof") for name in ("gumbel_bids", "softmax_bids", *CREDITED)},
)
FROM_RUNS = (
    "pretraining_length",
    "matched_updates",
    "equal_exploration",
    "after_discovery",
    "seen_states",
    "modularity_alone",
    "coupled",
    "credit_on_bids",
    "learners",
)


@pytest.fixture(scope="module")
def claims() -> list[dict[str, object]]:
    """The explanation claims on synthetic runs, as in claims.json; those on bids need records of bids."""
    found = []
    for name in FROM_RUNS:
        module = importlib.import_module(f"claims.explanation.{name}")
        found.append(judged(getattr(module, f"test_{name}"), USUAL).result.to_dict())
    return found


def test_every_rung_is_found(claims: list[dict[str, object]]) -> None:
    rungs = ladder(claims)
    assert {(one.label, one.arm) for one in rungs} == {
        (label, arm) for label in LADDER for arm in ARMS
    } | {(label, COUPLED) for label in LOWER_LADDER}
    # In this world each ratio is 2, 3 or 4, whatever is compared.
    assert {round(one.value) for one in rungs if one.arm == "PPOF"} == {2}
    assert {round(one.value) for one in rungs if one.arm == "PPO"} == {3}
    assert {round(one.value) for one in rungs if one.arm == COUPLED} == {4}


def test_every_clause_finds_its_figures(claims: list[dict[str, object]]) -> None:
    said = [claim for one in sentences(claims) for claim in one.claims]
    assert sorted(said) == sorted(f"explanation.{name}" for name in FROM_RUNS)


def test_the_clauses_are_about_claims_of_this_project() -> None:
    for clause in (clause for clauses in SENTENCES.values() for clause in clauses):
        folder, _, name = clause.claim.partition(".")
        if folder == "finding":
            folder, name = "theory", f"finding_{name}"
        module = importlib.import_module(f"claims.{folder}.{name}")
        (test,) = (vars(module)[one] for one in vars(module) if one.startswith("test_"))
        assert declared(test).id == clause.claim


def test_there_are_six_to_ten_sentences() -> None:
    assert 6 <= len(SENTENCES) <= 10
