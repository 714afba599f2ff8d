"""A task with two actions exchanged in one state: no state changes, only which action is right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from repro.errors import TaskError

if TYPE_CHECKING:
    from repro.mdp.task import Task


def exchange_actions(task: Task, name: str, *, state: str, actions: tuple[str, str]) -> Task:
    """Create a task in which two actions do, in one state, what the other one does in `task`.

    All states, observations and other entries stay as they are.

    Args:
        task: the task to change.
        name: the new task's name.
        state: name of the state.
        actions: names of the two actions.

    Raises:
        TaskError: the task has no such state or action, or the two actions do the same in this state.

    >>> from repro.mdp.edges import task_from_edges
    >>> move = ((0, 0), "A", (1, 0), 0.8)
    >>> task = task_from_edges("A", start=(0, 0), terminal=[(1, 0)], edges=[move], actions="AB")
    >>> changed = exchange_actions(task, "B", state="(0, 0)", actions=("A", "B"))
    >>> changed.next_state.tolist(), changed.reward.tolist()
    ([[0, 1], [1, 1]], [[0.0, 0.8], [0.0, 0.0]])
    """
    s = _index(task, "state", state, task.state_names)
    one, other = (_index(task, "action", action, task.action_names) for action in actions)
    alike = task.reward[s, one] == task.reward[s, other]
    if alike and (task.transition[s, one] == task.transition[s, other]).all():
        raise TaskError(
            f"task {name!r}: {actions[0]} and {actions[1]} do the same in state {state} of "
            f"{task.name!r}; expected two actions that differ there"
        )
    columns = np.arange(len(task.action_names))
    columns[[one, other]] = other, one
    next_state, reward = task.next_state.copy(), task.reward.copy()
    next_state[s], reward[s] = next_state[s, columns], reward[s, columns]
    probability = task.probability
    if probability is not None:
        probability = probability.copy()
        probability[s] = probability[s, columns]
    return replace(task, name=name, next_state=next_state, reward=reward, probability=probability)


def _index(task: Task, kind: str, given: str, names: tuple[str, ...]) -> int:
    if given not in names:
        raise TaskError(
            f"task {task.name!r}: unknown {kind} {given!r}; expected one of {', '.join(names)}"
        )
    return names.index(given)
