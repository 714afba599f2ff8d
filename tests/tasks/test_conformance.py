"""Tests of every discovered task and problem; a new file is tested without a change here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import tasks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.mdp.task import Problem, Task

GAMMA = 0.99
TIE = 1e-9
RNG_SEED = 20210718

# The letters of each task's greedy path, for the protocol's three topologies.
LETTERS = {
    "linear_chain.training": ["ABC"],
    "linear_chain.last": ["ABD"],
    "linear_chain.middle": ["AEC"],
    "linear_chain.first": ["FBC"],
    "common_ancestor.training": ["AC", "AD"],
    "common_ancestor.ancestor": ["BC", "BD"],
    "common_ancestor.one_descendant": ["AC", "AE"],
    "common_ancestor.both_descendants": ["AE", "AF"],
    "common_descendant.training": ["AC", "BC"],
    "common_descendant.descendant": ["AF", "BF"],
    "common_descendant.both_ancestors": ["DC", "EC"],
    "common_descendant.one_ancestor": ["AC", "DC"],
}


@pytest.fixture(params=tasks.task_names())
def task(request: pytest.FixtureRequest) -> Task:
    return tasks.load(request.param)


@pytest.fixture(params=tasks.problem_names())
def problem(request: pytest.FixtureRequest) -> Problem:
    return tasks.problem(request.param)


def action_values(task: Task, gamma: float) -> NDArray[np.float64]:
    """Iterate the optimality equation to its fixed point [S, A]."""
    q = np.zeros_like(task.reward)
    for _ in range(1000):
        ahead = np.where(task.terminal, 0.0, q.max(axis=1))[task.next_state]
        before, q = q, task.reward + gamma * ahead
        if np.array_equal(before, q):
            return q
    raise AssertionError(f"{task.name}: values do not converge")


def greedy_walk(task: Task, start: int) -> tuple[list[int], list[str], float]:
    """Follow the greedy actions at γ = 0.99 to the end.

    Returns the states, the letters of all equally good actions at each, and the return. Equally
    good actions must lead to one state, or the walk is not unique.
    """
    q = action_values(task, GAMMA)
    states: list[int] = []
    letters: list[str] = []
    total, s = 0.0, start
    while not task.terminal[s]:
        assert len(states) < task.horizon
        best = np.flatnonzero(q[s] >= q[s].max() - TIE)
        (target,) = set(task.next_state[s, best].tolist())
        states.append(s)
        letters.append("".join(task.action_names[a] for a in best))
        total += task.reward[s, best[0]]
        s = target
    return states, letters, total


def uniform_return(task: Task) -> float:
    """Compute the exact mean return of the uniform policy, backwards over the remaining steps."""
    value = np.zeros(len(task.terminal))
    for _ in range(task.horizon):
        value = (task.reward + value[task.next_state]).mean(axis=1)
    return float(value[task.start])


def test_the_best_return_is_four_fifths(task: Task) -> None:
    assert action_values(task, 1.0)[task.start].max() == pytest.approx(0.8, abs=1e-12)


def test_the_greedy_path_is_unique(task: Task) -> None:
    states, letters, total = greedy_walk(task, task.start)
    assert [len(best) for best in letters] == [1] * len(letters)
    assert len(set(states)) == len(states)
    assert total == pytest.approx(0.8, abs=1e-12)


def test_the_greedy_path_survives_one_wrong_step(task: Task) -> None:
    """After any wrong step, the path continues where it was left, at most one step later."""
    states, letters, _ = greedy_walk(task, task.start)
    for i, (s, right) in enumerate(zip(states, letters, strict=True)):
        for a, letter in enumerate(task.action_names):
            if letter == right:
                continue
            landed = int(task.next_state[s, a])
            assert task.reward[s, a] == 0
            assert not task.terminal[landed]
            resumed, rest, total = greedy_walk(task, landed)
            back = 0 if landed == s else 1
            assert resumed[back:] == states[i:]
            assert rest[back:] == letters[i:]
            assert total == pytest.approx(0.8, abs=1e-12)
            assert i + 1 + len(resumed) <= task.horizon


def test_the_uniform_policys_return_agrees_with_a_simulation(task: Task) -> None:
    rng, episodes = np.random.default_rng(RNG_SEED), 50_000
    state = np.full(episodes, task.start)
    alive = np.ones(episodes, dtype=bool)
    returns = np.zeros(episodes)
    for _ in range(task.horizon):
        action = rng.integers(len(task.action_names), size=episodes)
        returns += np.where(alive, task.reward[state, action], 0.0)
        state = task.next_state[state, action]
        alive &= ~task.terminal[state]
    error = returns.std(ddof=1) / np.sqrt(episodes)
    assert error > 0
    assert abs(returns.mean() - uniform_return(task)) < 4.5 * error


def test_an_observation_is_two_one_hots(task: Task) -> None:
    assert set(np.unique(task.observation)) == {0.0, 1.0}
    assert set(task.observation.sum(axis=1)) <= {1.0, 2.0}


def test_merged_tables_keep_tasks_separate(problem: Problem) -> None:
    merged, first = problem.merged, 0
    assert merged.starts.shape == (len(problem.tasks),)
    for task, start in zip(problem.tasks, merged.starts, strict=True):
        rows = slice(first, first + len(task.terminal))
        np.testing.assert_array_equal(merged.next_state[rows] - first, task.next_state)
        np.testing.assert_array_equal(merged.reward[rows], task.reward.astype(np.float32))
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
    assert [greedy_walk(task, task.start)[1] for task in problem.tasks] != [
        greedy_walk(task, task.start)[1] for task in source.tasks
    ]


@pytest.mark.parametrize("name", LETTERS)
def test_the_greedy_paths_spell_the_protocols_letters(name: str) -> None:
    walks = [greedy_walk(task, task.start)[1] for task in tasks.problem(name).tasks]
    assert ["".join(letters) for letters in walks] == LETTERS[name]


@pytest.mark.parametrize("name", LETTERS)
def test_the_uniform_policys_return_in_closed_form(name: str) -> None:
    if name.startswith("linear_chain"):
        # First, second, third decision, detour, won, lost. From the detour, four letters of six lead
        # back, one stays, and one loses.
        chain = np.array(
            [
                [5, 1, 0, 0, 0, 0],
                [0, 5, 1, 0, 0, 0],
                [0, 0, 4, 1, 1, 0],
                [0, 0, 4, 1, 0, 1],
                [0, 0, 0, 0, 6, 0],
                [0, 0, 0, 0, 0, 6],
            ]
        )
        won = np.linalg.matrix_power(chain / 6, 10)[0, 4]
    else:
        # At least two successes with probability 1/6 in ten trials.
        won = 1 - (5 / 6) ** 10 - 10 * (1 / 6) * (5 / 6) ** 9
    for task in tasks.problem(name).tasks:
        assert uniform_return(task) == pytest.approx(0.8 * won, rel=1e-12)
