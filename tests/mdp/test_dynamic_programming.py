"""Expected returns against exact fractions, computed without the project's tables."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from repro import tasks
from repro.errors import TaskError
from repro.mdp.dynamic_programming import Decision, expected_return, optimal_path, uniform_policy
from repro.mdp.edges import task_from_edges


def test_uniform_policy_on_two_decisions() -> None:
    """Two right letters of six, in order, within ten steps: at least two successes in ten trials."""
    none, one = Fraction(5, 6) ** 10, 10 * Fraction(1, 6) * Fraction(5, 6) ** 9
    exact = Fraction(4, 5) * (1 - none - one)
    for name in ("ComAncAB", "ComDescBF"):
        task = tasks.load(name)
        assert expected_return(task, uniform_policy(task)) == pytest.approx(float(exact))


def test_uniform_policy_on_the_linear_chain() -> None:
    """1179473/7558272, from powers of the chain's 6 × 6 transition matrix in rational numbers."""
    task = tasks.load("LinABC")
    assert expected_return(task, uniform_policy(task)) == pytest.approx(1179473 / 7558272)


def test_a_policy_that_is_always_wrong_earns_nothing() -> None:
    task = tasks.load("LinABC")
    policy = np.zeros(task.next_state.shape)
    policy[:, task.action_names.index("F")] = 1
    assert expected_return(task, policy) == 0


def test_the_path_of_the_linear_chain() -> None:
    """Three decisions: the last is worth 0.8, each earlier one 0.99 times as much."""
    task = tasks.load("LinABD")
    path = optimal_path(task, 0.99)
    assert "".join(task.action_names[step.action] for step in path) == "ABD"
    assert [task.state_names[step.state] for step in path] == ["(0, 0)", "(1, 2)", "(2, -1)"]
    assert [step.value for step in path] == pytest.approx([0.78408, 0.792, 0.8])


@pytest.mark.parametrize(
    ("name", "letters"),
    [("ComAncAC", "AD"), ("ComDescBF", "BF"), ("LinFBC", "FBC"), ("LinAEC", "AEC")],
)
def test_paths_spell_their_letters(name: str, letters: str) -> None:
    task = tasks.load(name)
    path = optimal_path(task, 0.99)
    assert "".join(task.action_names[step.action] for step in path) == letters
    assert path[0].state == task.start
    assert path[-1] == Decision(path[-1].state, task.action_names.index(letters[-1]), 0.8)


def test_two_optimal_paths_are_an_error() -> None:
    edges = [((0, 0), letter, (1, -1), 0.8) for letter in "AB"]
    task = task_from_edges("Fork", start=(0, 0), terminal=[(1, -1)], edges=edges)
    with pytest.raises(TaskError, match=r"no single optimal path from state \(0, 0\)"):
        optimal_path(task, 0.99)


def test_discount_one_is_an_error_if_there_are_detours() -> None:
    with pytest.raises(TaskError, match=r"no single optimal path .* discount 1"):
        optimal_path(tasks.load("LinABC"), 1.0)
