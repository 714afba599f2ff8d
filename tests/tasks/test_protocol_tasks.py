"""What holds only for the tasks of the talk's three topologies, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import tasks
from tests.tasks.requirements import TIE, optimal_values, policy_return, uniform_policy

if TYPE_CHECKING:
    from repro.mdp.task import Task

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


NAMES = tuple(dict.fromkeys(task.name for name in LETTERS for task in tasks.problem(name).tasks))


@pytest.fixture(params=NAMES)
def task(request: pytest.FixtureRequest) -> Task:
    return tasks.load(request.param)


def greedy_walk(task: Task, start: int) -> tuple[list[int], list[str], float]:
    """Follow the greedy actions at γ = 0.99 to the end.

    Returns the states, the letters of all equally good actions at each, and the return. Equally
    good actions must lead to one state, or the walk is not unique.
    """
    q = optimal_values(task)
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


def test_there_are_twelve_problems() -> None:
    assert len(LETTERS) == 12
    assert set(LETTERS) <= set(tasks.problem_names())


def test_they_are_deterministic(task: Task) -> None:
    assert task.probability is None


def test_the_best_return_is_four_fifths(task: Task) -> None:
    assert task.best_return == 0.8
    assert optimal_values(task, 1.0)[task.start].max() == pytest.approx(0.8, abs=1e-12)


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


def test_an_observation_is_two_one_hots(task: Task) -> None:
    assert set(np.unique(task.observation)) == {0.0, 1.0}
    assert set(task.observation.sum(axis=1)) <= {1.0, 2.0}


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
        assert policy_return(task, uniform_policy(task)) == pytest.approx(0.8 * won, rel=1e-12)
