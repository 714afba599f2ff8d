"""Exact returns of policies: by hand, by enumeration of episodes, and by the returns of single tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro import tasks
from repro.engine.rollout import policy_return
from repro.mdp.dynamic_programming import expected_return
from repro.mdp.edges import task_from_edges
from repro.mdp.task import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.mdp.task import Tables


def two_decisions(horizon: int) -> Tables:
    """Two decisions with three actions, whose rewards differ; a mistake leads nowhere."""
    moves = [((0, 0), "A", (1, 0), 0.25), ((1, 0), "B", (2, 0), 1.0), ((1, 0), "C", (2, 0), 0.5)]
    task = task_from_edges(
        "Two", start=(0, 0), terminal=[(2, 0)], edges=moves, actions="ABC", horizon=horizon
    )
    return Problem("two.training", (task,), None).merged


def enumerated(tables: Tables, policy: NDArray[np.float64]) -> float:
    """Sum the return of every episode, times its probability."""

    def after(state: int, steps: int) -> float:
        if tables.terminal[state] or steps == 0:
            return 0.0
        total = 0.0
        for action, probability in enumerate(policy[state].tolist()):
            rest = after(int(tables.next_state[state, action]), steps - 1)
            total += probability * (float(tables.reward[state, action]) + rest)
        return total

    return float(np.mean([after(int(start), tables.horizon) for start in tables.starts]))


@given(st.integers(0, 2**32), st.integers(2, 5))
@settings(deadline=None)
def test_against_enumeration_of_episodes(seed: int, horizon: int) -> None:
    tables = two_decisions(horizon)
    policies = np.random.default_rng(seed).dirichlet(np.ones(3), (2, len(tables.terminal)))
    found = policy_return(tables, policies)
    assert found.dtype == np.float64
    assert found.tolist() == pytest.approx([enumerated(tables, one) for one in policies], abs=1e-12)


def test_by_hand() -> None:
    """At least one A in two steps; if it is the first, B or C may follow."""
    policy = np.array([[[0.5, 0.5, 0], [0, 0.5, 0.25], [1, 0, 0]]])
    policy[0, 1, 0] = 0.25
    expected = 0.25 * (1 - 0.5**2) + 0.5 * (0.5 * 1.0 + 0.25 * 0.5)
    assert policy_return(two_decisions(2), policy) == pytest.approx(expected)


@given(
    st.integers(0, 2**32),
    st.sampled_from(tasks.problem_names()),
    st.sampled_from(["rough", "pure"]),
)
@settings(deadline=None)
def test_against_the_expected_return_of_each_task(seed: int, problem: str, kind: str) -> None:
    """Of any policy, on every problem of the talk; two tasks count equally."""
    found, rng = tasks.problem(problem), np.random.default_rng(seed)
    tables = found.merged
    actions = tables.next_state.shape[1]
    policies = rng.dirichlet(np.ones(actions), (2, len(tables.terminal)))
    if kind == "pure":
        policies = np.eye(actions)[policies.argmax(-1)]
    for policy, value in zip(policies, policy_return(tables, policies), strict=True):
        rest, returns = policy, []
        for task in found.tasks:
            own, rest = rest[: len(task.terminal)], rest[len(task.terminal) :]
            returns.append(expected_return(task, own))
        assert value == pytest.approx(np.mean(returns), abs=1e-6)


def test_a_run_does_not_depend_on_other_runs() -> None:
    tables = tasks.problem("common_descendant.training").merged
    policies = np.random.default_rng(1).dirichlet(np.ones(6), (5, len(tables.terminal)))
    whole = policy_return(tables, policies)
    for run in range(5):
        assert policy_return(tables, policies[run : run + 1]).tobytes() == whole[run].tobytes()
