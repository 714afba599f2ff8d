"""The claim on changes in place, on synthetic runs."""

from __future__ import annotations

import pytest

from claims.explanation.seen_states import AS_WORDED, IN_PLACE, block, grouped, settings
from claims.explanation.seen_states import test_seen_states as claim
from claims.transfer._settings import settings as of_the_talk
from repro import tasks
from repro.algorithms import Algorithm
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
ONE = "ancestor_in_place.ancestor"
USUAL = {"cvs": 100, "ppof": 200, "ppo": 300}


def test_there_are_nine_settings_with_the_parts_of_the_talks() -> None:
    shipped = {
        f"{place}.{name.partition('.')[2]}"
        for place, topology in IN_PLACE.items()
        for name in tasks.problem_names()
        if name.startswith(f"{topology}.") and tasks.problem(name).pretraining
    }
    assert set(settings()) == shipped
    assert len(settings()) == 9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arms", "verdict"),
    [
        ({}, YES),
        ({f"ppof/{ONE}": 125}, OPEN),
        ({f"ppof/{ONE}": 40}, NO),
        ({f"ppo/{ONE}": 40}, NO),
        # With more optimiser steps, and as the talk words it, they do not count.
        ({f"ppof/{ONE}/from=linear_chain.training/minibatch=128": 40, f"ppo/{AS_WORDED}": 1}, YES),
    ],
)
def test_each_setting_and_both_algorithms_count(arms: dict[str, float], verdict: Verdict) -> None:
    outcome = judged(claim, World(USUAL, arms))
    assert outcome.result.verdict is verdict


def test_the_lowest_is_measured_and_the_controls_fail() -> None:
    outcome = judged(claim, World(USUAL, {f"ppof/{ONE}": 150}))
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(1.5, rel=0.02)
    assert all(control.holds for control in outcome.result.controls)
    assert outcome.column("PPOF over CVS")["ancestor in place, ancestor"]


def test_arms_start_from_the_training_of_the_topology() -> None:
    needed = declared(claim).blocks(SEEDS)
    assert len(set(needed)) == len(needed) == 5 * 10
    for one in needed:
        assert one.parent is not None
        place = one.problem.partition(".")[0]
        assert one.parent.problem == f"{IN_PLACE.get(place, 'linear_chain')}.training"
        assert one.parent.hyperparameters == one.hyperparameters
    assert block("ppo", ONE, SEEDS, 128).hyperparameters == (("minibatch", 128),)


def test_times_are_grouped_by_training() -> None:
    world = World(USUAL)
    times = {name: world.record(block("cvs", name, SEEDS)).times for name in settings()}
    assert [len(group) for group in grouped(times)] == [3, 3, 3]


def unseen(problem: str) -> bool:
    """Whether the best way through a problem decides at an observation that training never reaches."""
    known = {
        task.observation[state].tobytes()
        for task in tasks.problem(tasks.problem(problem).pretraining or "").tasks
        for state in range(len(task.terminal))
    }
    tables = tasks.problem(problem).merged
    states = tasks.optimal_states(problem, Algorithm.discount)
    return any(tables.observation[state].tobytes() not in known for state in states)


def test_eight_of_the_talks_nine_settings_decide_where_training_never_was() -> None:
    """A test of `repro.mdp` says that every state of a task is reached."""
    assert [name for name in of_the_talk() if not unseen(name)] == ["linear_chain.last"]
    assert not any(map(unseen, settings()))
