"""Expectations, reachable states and optimal values, against hand literals and recursion in fractions."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import islice, product
from types import SimpleNamespace
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from repro.mdp.dynamic_programming import expected_return
from repro.mdp.dynamics import action_values, best_returns, expected_next, regrets, steps_to_reach
from tests.mdp.small_tasks import small_tasks

if TYPE_CHECKING:
    from repro.mdp.task import Task

# Action 0 of state 0 leads on with probability 3/4; action 1 stays. State 1 is terminal.
LUCK = SimpleNamespace(
    next_state=np.array([[1, 0], [1, 1]]),
    probability=np.array([[[0.25, 0.75], [1, 0]], [[0, 1], [0, 1]]]),
    reward=np.array([[1.5, 0.25], [0.0, 0.0]]),
)


def test_expectations_by_hand() -> None:
    value = np.array([8.0, 4.0])
    assert expected_next(LUCK, value).tolist() == [[5, 8], [4, 4]]
    two = expected_next(LUCK, np.array([[8.0, 4.0], [0.0, 1.0]]))
    assert two.tolist() == [[[5, 8], [4, 4]], [[0.75, 0], [1, 1]]]


def test_a_certain_next_state_needs_no_probabilities() -> None:
    sure = SimpleNamespace(next_state=LUCK.next_state, probability=None, reward=LUCK.reward)
    assert expected_next(sure, np.array([[8.0, 4.0]])).tolist() == [[[4, 8], [4, 4]]]


def test_optimal_values_by_hand() -> None:
    """With n steps left, staying and then leading on is worth 1/4 more for each step."""
    one, two = islice(action_values(LUCK), 2)
    assert one.tolist() == [[1.5, 0.25], [0, 0]]
    assert two.tolist() == [[1.5 + 0.25 * 1.5, 0.25 + 1.5], [0, 0]]
    (_, discounted) = islice(action_values(LUCK, 0.5), 2)
    assert discounted.tolist() == [[1.5 + 0.5 * 0.25 * 1.5, 0.25 + 0.75], [0, 0]]
    assert best_returns(LUCK, 0, 2).tolist() == [1.5, 1.875]


def test_regrets_are_by_steps_done() -> None:
    assert regrets(LUCK, 2).tolist() == [[[0, 0.125], [0, 0]], [[0, 1.25], [0, 0]]]


@given(small_tasks())
@settings(max_examples=40)
def test_the_best_return_against_recursion_in_fractions(task: Task) -> None:
    @cache
    def value(s: int, left: int) -> Fraction:
        if task.terminal[s] or not left:
            return Fraction(0)
        return max(
            Fraction(task.reward[s, a])
            + sum(
                Fraction(task.transition[s, a, t]) * value(t, left - 1)
                for t in range(4)
                if task.transition[s, a, t]
            )
            for a in range(2)
        )

    assert task.best_return == pytest.approx(float(value(0, task.horizon)), abs=1e-12)


@given(small_tasks(eighths=2))
@settings(max_examples=40)
def test_no_policy_earns_more_than_the_best_return(task: Task) -> None:
    earned = [expected_return(task, np.eye(2)[list(row)]) for row in product(range(2), repeat=4)]
    assert max(earned) <= task.best_return + 1e-12
    if task.horizon == 1:
        assert max(earned) == pytest.approx(task.best_return, abs=1e-12)


@given(small_tasks(eighths=3))
@settings(max_examples=40)
def test_steps_to_reach_against_networkx(task: Task) -> None:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(4))
    graph.add_edges_from((int(s), int(t)) for s, _, t in np.argwhere(task.transition > 0))
    for start in range(4):
        far = nx.single_source_shortest_path_length(graph, start)
        assert steps_to_reach(task, start).tolist() == [far.get(t, -1) for t in range(4)]
