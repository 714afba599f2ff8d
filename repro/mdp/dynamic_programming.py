"""Exact returns and optimal paths of a task, by dynamic programming."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from repro.errors import TaskError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.mdp.task import Task

TIE = 1e-9
"""Action values that differ by less are equal up to rounding; one step of discount makes them differ more."""


class Decision(NamedTuple):
    """A step of the optimal path.

    Attributes:
        state: index of the state.
        action: index of the optimal action.
        value: discounted return from the state on. If k decisions follow, and only the last is
            rewarded, this is reward · γ^k.
    """

    state: int
    action: int
    value: float


def expected_return(task: Task, policy: NDArray[np.float64]) -> float:
    """Compute the expected undiscounted return of an episode.

    Args:
        task: the MDP; episodes are cut at its horizon.
        policy: [S, A], probability of each action in each state.

    >>> from repro.mdp.edges import task_from_edges
    >>> move = ((0, 0), "A", (1, 0), 1.0)  # one right action of two
    >>> task = task_from_edges("Two", start=(0, 0), terminal=[(1, 0)], edges=[move], actions="AB", horizon=2)
    >>> expected_return(task, uniform_policy(task))  # at least one success in two trials
    0.75
    """
    value = np.zeros(len(task.terminal))
    for _ in range(task.horizon):
        action_value = task.reward + value[task.next_state]
        value = np.where(task.terminal, 0.0, (policy * action_value).sum(axis=1))
    return float(value[task.start])


def uniform_policy(task: Task) -> NDArray[np.float64]:
    """Return the policy [S, A] that takes each action with the same probability."""
    states, actions = task.next_state.shape
    return np.full((states, actions), 1 / actions)


def optimal_path(task: Task, discount: float) -> tuple[Decision, ...]:
    """Follow the optimal actions from the start to the end of an episode.

    Args:
        task: the MDP; episodes are cut at its horizon.
        discount: γ; only below 1 are detours worse than the direct path.

    Raises:
        TaskError: two actions are equally good in a state of the path, or the path does not end
            within the horizon.

    >>> from repro.mdp.edges import task_from_edges
    >>> moves = [((0, 0), "A", (1, 0), 0.0), ((1, 0), "B", (2, 0), 1.0)]
    >>> task = task_from_edges("Chain", start=(0, 0), terminal=[(2, 0)], edges=moves)
    >>> [(task.action_names[step.action], step.value) for step in optimal_path(task, discount=0.5)]
    [('A', 0.5), ('B', 1.0)]
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
                f"task {task.name!r}: no single optimal path from state {task.state_names[state]} at "
                f"discount {discount}; give a discount below 1 and a task with one optimal path"
            )
        path.append(Decision(state, int(best[0]), float(value[state])))
        state = int(task.next_state[state, best[0]])
    return tuple(path)
