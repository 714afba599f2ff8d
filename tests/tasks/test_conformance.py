"""Tests of every discovered task and problem; a new file is tested without a change here.

`requirements` says what is asked of every task, deterministic or stochastic, and what to do if it is not
met. `test_protocol_tasks` has what holds only for the tasks of the talk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import tasks
from tests.tasks import requirements
from tests.tasks.requirements import best_actions, policy_return, uniform_policy, visited

if TYPE_CHECKING:
    from repro.mdp.task import Problem, Task

RNG_SEED = 20210718
BACK = {"invariance.v1_again"}
"""Transfers back to the training problem, for agents that come from another transfer."""


@pytest.fixture(params=tasks.task_names())
def task(request: pytest.FixtureRequest) -> Task:
    return tasks.load(request.param)


@pytest.fixture(params=tasks.problem_names())
def problem(request: pytest.FixtureRequest) -> Problem:
    return tasks.problem(request.param)


def test_what_is_learned_earns_the_best_return(task: Task) -> None:
    requirements.check_best_return(task)


def test_the_best_actions_are_unique(task: Task) -> None:
    requirements.check_unique(task)


def test_learning_can_start(task: Task) -> None:
    requirements.check_learnable(task)


def test_probabilities_are_given_only_where_chance_decides(task: Task) -> None:
    requirements.check_chance(task)


def test_observations_are_about_1(task: Task) -> None:
    requirements.check_observations(task)


def test_the_best_policy_counts_as_converged(problem: Problem) -> None:
    requirements.check_converged(problem)


def test_the_uniform_policys_return_agrees_with_a_simulation(task: Task) -> None:
    """Chance and actions are drawn here, state by state, from the task's tables."""
    rng, episodes = np.random.default_rng(RNG_SEED), 50_000
    state = np.full(episodes, task.start)
    returns, later = np.zeros(episodes), task.transition.cumsum(axis=-1)
    for _ in range(task.horizon):
        action = rng.integers(len(task.action_names), size=episodes)
        returns += task.reward[state, action]
        passed = rng.random((episodes, 1)) * later[state, action, -1:] >= later[state, action]
        state = passed.sum(axis=1)
    error = returns.std(ddof=1) / np.sqrt(episodes)
    assert error > 0
    assert abs(returns.mean() - policy_return(task, uniform_policy(task))) < 4.5 * error


def test_merged_tables_keep_tasks_separate(problem: Problem) -> None:
    merged, first = problem.merged, 0
    assert merged.starts.shape == (len(problem.tasks),)
    for task, start in zip(problem.tasks, merged.starts, strict=True):
        rows = slice(first, first + len(task.terminal))
        np.testing.assert_array_equal(merged.next_state[rows] - first, task.next_state)
        np.testing.assert_array_equal(merged.reward[rows], task.reward.astype(np.float32))
        if merged.probability is not None:
            np.testing.assert_array_equal(merged.probability[rows, :, rows], task.transition)
        np.testing.assert_array_equal(merged.terminal[rows], task.terminal)
        np.testing.assert_array_equal(merged.observation[rows], task.observation)
        assert start - first == task.start
        assert merged.horizon == task.horizon
        first = rows.stop
    assert (
        merged.next_state.shape
        == merged.reward.shape
        == (first, len(problem.tasks[0].action_names))
    )
    assert merged.next_state.dtype == merged.starts.dtype == np.int64


def test_a_transfer_starts_from_its_topologys_training(problem: Problem) -> None:
    topology, _, part = problem.name.partition(".")
    if part == "training":
        assert problem.pretraining is None
        return
    source = tasks.problem(f"{topology}.training")
    assert problem.pretraining == source.name
    old, new = source.tasks[0], problem.tasks[0]
    assert new.action_names == old.action_names
    assert new.observation.shape[1] == old.observation.shape[1]
    assert len(problem.tasks) == len(source.tasks)
    if problem.name in BACK:
        assert problem.tasks == source.tasks
        return
    assert [solution(task) for task in problem.tasks] != [
        solution(task) for task in source.tasks
    ], f"{problem.name}: every best action is that of {source.name}; a transfer changes a decision"


def solution(task: Task) -> list[str]:
    """Return the best actions in the states that the best policy visits, nearest first."""
    best = best_actions(task)
    return ["".join(np.array(list(task.action_names))[best[state]]) for state in visited(task)]
