"""Exact returns, optimal paths and the states that optimal actions lead to, by dynamic programming."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from repro.errors import TaskError
from repro.mdp.dynamics import action_values, expected_next

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
        action_value = task.reward + expected_next(task, value)
        value = np.where(task.terminal, 0.0, (policy * action_value).sum(axis=1))
    return float(value[task.start])


def uniform_policy(task: Task) -> NDArray[np.float64]:
    """Return the policy [S, A] that takes each action with the same probability."""
    states, actions = task.next_state.shape
    return np.full((states, actions), 1 / actions)


def optimal_action_values(task: Task, discount: float) -> NDArray[np.float64]:
    """Return the optimal action values [S, A] at the start of an episode, with the whole horizon left."""
    *_, last = islice(action_values(task, discount), task.horizon)
    return last


def optimal_actions(task: Task, discount: float) -> NDArray[np.bool_]:
    """Flag the optimal actions [S, A], all of them if several are equally good.

    Args:
        task: the MDP; episodes are cut at its horizon.
        discount: γ; only below 1 are detours worse than the direct path.
    """
    action_value = optimal_action_values(task, discount)
    return np.asarray(action_value >= action_value.max(axis=1, keepdims=True) - TIE)


def optimal_states(task: Task, discount: float) -> tuple[int, ...]:
    """Return the states, in order, in which an agent that acts optimally takes its actions.

    In a deterministic task they are those of the optimal path; in a stochastic task, all that chance
    can lead to. Terminal states are not among them.

    Args:
        task: the MDP; episodes are cut at its horizon.
        discount: γ; only below 1 are detours worse than the direct path.

    >>> from repro.mdp.edges import task_from_edges
    >>> slip = {(1, 0): 0.75, (2, 0): 0.25}  # A leads on, or to a state from which B leads back
    >>> moves = [((0, 0), "A", slip, 0.0), ((2, 0), "B", (0, 0), 0.0), ((1, 0), "A", (3, 0), 0.8)]
    >>> task = task_from_edges("Slip", start=(0, 0), terminal=[(3, 0)], edges=moves)
    >>> [task.state_names[state] for state in optimal_states(task, discount=0.99)]
    ['(0, 0)', '(1, 0)', '(2, 0)']
    """
    best = optimal_actions(task, discount)
    follows = np.asarray((task.transition * best[:, :, None] > 0).any(axis=1))
    found = np.zeros(len(task.terminal), np.bool_)
    found[task.start] = True
    for _ in range(task.horizon - 1):  # the state after the last step takes no action
        found = found | (follows[found].any(axis=0) & ~task.terminal)
    return tuple(int(state) for state in np.flatnonzero(found))


def optimal_path(task: Task, discount: float) -> tuple[Decision, ...]:
    """Follow the optimal actions from the start to the end of an episode.

    Args:
        task: the MDP; episodes are cut at its horizon.
        discount: γ; only below 1 are detours worse than the direct path.

    Raises:
        TaskError: the task is stochastic, two actions are equally good in a state of the path, or the
            path does not end within the horizon.

    >>> from repro.mdp.edges import task_from_edges
    >>> moves = [((0, 0), "A", (1, 0), 0.0), ((1, 0), "B", (2, 0), 1.0)]
    >>> task = task_from_edges("Chain", start=(0, 0), terminal=[(2, 0)], edges=moves)
    >>> [(task.action_names[step.action], step.value) for step in optimal_path(task, discount=0.5)]
    [('A', 0.5), ('B', 1.0)]
    """
    if task.probability is not None:
        raise TaskError(
            f"task {task.name!r}: is stochastic, so that no single path is optimal; use optimal_states"
        )
    action_value = optimal_action_values(task, discount)
    value = action_value.max(axis=1)
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
