"""Expected returns against exact fractions, computed without the project's tables."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import tasks
from repro.errors import TaskError
from repro.mdp.dynamic_programming import (
    Decision,
    expected_return,
    optimal_actions,
    optimal_path,
    optimal_states,
    uniform_policy,
)
from repro.mdp.edges import task_from_edges
from tests.support.stochastic import chain

if TYPE_CHECKING:
    from repro.mdp.edges import Edge


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


def test_the_uniform_policy_on_a_slippery_chain() -> None:
    """At least five successes of probability 0.9/8 in 20 trials, and 2.5 for the fifth."""
    p = Fraction(9, 80)
    won = 1 - sum(comb(20, k) * p**k * (1 - p) ** (20 - k) for k in range(5))
    task = chain()
    assert expected_return(task, uniform_policy(task)) == pytest.approx(float(Fraction(5, 2) * won))


def test_optimal_states_of_a_path_and_of_a_stochastic_task() -> None:
    assert optimal_states(tasks.load("LinABD"), 0.99) == (0, 1, 2)
    assert optimal_states(chain(), 0.99) == (0, 1, 2, 3, 4)


def test_states_that_only_other_actions_lead_to_are_not_optimal() -> None:
    # B is better than A, and leads to the state 2 with probability 1/4 only.
    edges: list[Edge] = [
        ((0, 0), "A", (1, 0), 0.1),
        ((0, 0), "B", {(2, 0): 0.25, (3, 0): 0.75}, 0.5),
        ((1, 0), "A", (3, 0), 0.1),
        ((2, 0), "A", (3, 0), 0.1),
    ]
    task = task_from_edges("Fork", start=(0, 0), terminal=[(3, 0)], edges=edges, horizon=3)
    assert [task.state_names[s] for s in optimal_states(task, 0.99)] == ["(0, 0)", "(2, 0)"]
    assert optimal_actions(task, 0.99)[0].tolist() == [False, True, False, False, False, False]


def test_a_state_reached_with_the_last_step_takes_no_action() -> None:
    edges: list[Edge] = [((0, 0), "B", {(2, 0): 0.25, (3, 0): 0.75}, 0.5)]
    for horizon, names in ((1, ["(0, 0)"]), (2, ["(0, 0)", "(2, 0)"])):
        task = task_from_edges("Cut", start=(0, 0), terminal=[(3, 0)], edges=edges, horizon=horizon)
        assert [task.state_names[s] for s in optimal_states(task, 0.99)] == names


def test_equally_good_actions_are_all_optimal() -> None:
    edges = [((0, 0), letter, (i + 1, 0), 0.0) for i, letter in enumerate("AB")]
    edges += [((i, 0), "A", (3, 0), 0.8) for i in (1, 2)]
    task = task_from_edges("Fork", start=(0, 0), terminal=[(3, 0)], edges=edges)
    assert optimal_states(task, 0.99) == (0, 1, 2)


def test_a_stochastic_task_has_no_single_optimal_path() -> None:
    with pytest.raises(
        TaskError, match=r"^task 'Slippery': is stochastic, .*; use optimal_states$"
    ):
        optimal_path(chain(), 0.99)
