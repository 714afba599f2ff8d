"""Exact values by dynamic programming: what a policy earns, without acting."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from repro.errors import TaskError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.mdp.task import Task

TIE = 1e-9
"""Action values this close are equal but for rounding; a step's discount moves one by far more."""


class Decision(NamedTuple):
    """A step of the optimal path: what is done where, and what it is worth.

    Attributes:
        state: index of the state.
        action: index of the action taken there.
        value: discounted return from here to the end, as on a path of k further decisions
            reward · γ^k.
    """

    state: int
    action: int
    value: float


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


def optimal_path(task: Task, discount: float) -> tuple[Decision, ...]:
    """Follow the greedy actions from the start to the end of an episode.

    Args:
        task: the MDP; its episodes are cut at its horizon.
        discount: γ; below 1 detours cost something.

    Raises:
        TaskError: two actions are equally good somewhere on the path, or it does not end in time.
    """
    value = np.zeros(len(task.terminal))
    for _ in range(task.horizon):
        action_value = task.reward + discount * value[task.next_state]
        value = np.where(task.terminal, 0.0, action_value.max(axis=1))
    path: list[Decision] = []
    state = task.start
    while not task.terminal[state]:
        best = np.flatnonzero(action_value[state] >= value[state] - TIE)
        if best.size > 1 or len(path) == task.horizon:
            raise TaskError(
                f"task {task.name!r}: no single best way on from state {task.state_names[state]} at "
                f"discount {discount}; give a discount below 1 and a task with one optimal path"
            )
        path.append(Decision(state, int(best[0]), float(value[state])))
        state = int(task.next_state[state, best[0]])
    return tuple(path)
