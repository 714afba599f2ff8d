"""Exact values by dynamic programming: what a policy earns, without acting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.task import Task


def expected_return(task: Task, policy: NDArray[np.float64]) -> float:
    """Expected undiscounted return of an episode.

    Args:
        task: the MDP; its episodes are cut at its horizon.
        policy: [S, A], probability of each action at each state.
    """
    value = np.zeros(len(task.terminal))
    for _ in range(task.horizon):
        action_value = task.reward + value[task.next_state]
        value = np.where(task.terminal, 0.0, (policy * action_value).sum(axis=1))
    return float(value[task.start])


def uniform_policy(task: Task) -> NDArray[np.float64]:
    """Policy [S, A] that takes every action with the same probability."""
    states, actions = task.next_state.shape
    return np.full((states, actions), 1 / actions)
