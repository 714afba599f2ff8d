"""Tasks of other kinds than the talk's: stochastic, longer, with more actions and other best returns."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from repro import tasks
from repro.mdp.edges import task_from_edges
from repro.mdp.task import Topology

if TYPE_CHECKING:
    import pytest

    from repro.mdp.edges import Edge
    from repro.mdp.task import Task


def chain(
    name: str = "Slippery",
    right: str = "ABCDE",
    *,
    actions: str = "ABCDEFGH",
    slip: float = 0.1,
    reward: float = 2.5,
    horizon: int = 20,
    wrong_ends: bool = False,
) -> Task:
    """Make a chain of decisions: the right action leads on, but slips back to its state by chance.

    A wrong action changes nothing, or with `wrong_ends` ends the episode.
    """
    last = len(right)
    edges: list[Edge] = [
        (
            (i, -1),
            letter,
            {(i + 1, -1): 1 - slip, (i, -1): slip} if slip else (i + 1, -1),
            # Paid only if the action leads on, so this is the mean.
            reward * (1 - slip) if i == last - 1 else 0.0,
        )
        for i, letter in enumerate(right)
    ]
    if wrong_ends:
        edges += [
            ((i, -1), letter, (last, -1), 0.0)
            for i, letter in itertools.product(range(last), actions)
            if letter != right[i]
        ]
    return task_from_edges(
        name,
        start=(0, -1),
        terminal=[(last, -1)],
        edges=edges,
        locations=last + 1,
        keys=0,
        actions=actions,
        horizon=horizon,
    )


def bandit(rewards: tuple[float, ...] = (0.1, 1.0, 0.3, -2.0, 0.0)) -> Task:
    """Make a task of one decision: each action ends the episode with its reward."""
    letters = "ABCDEFGHIJ"[: len(rewards)]
    return task_from_edges(
        "Bandit",
        start=(0, 0),
        terminal=[(1, 0)],
        edges=[
            ((0, 0), letter, (1, 0), reward)
            for letter, reward in zip(letters, rewards, strict=True)
        ],
        locations=2,
        keys=1,
        actions=letters,
        horizon=1,
    )


def install(patch: pytest.MonkeyPatch, topology: str, training: Task, **transfer: Task) -> None:
    """Make the project's tasks those of one topology, with one task in each problem."""
    made = Topology((training,), {name: (task,) for name, task in transfer.items()})
    problems = {problem.name: problem for problem in made.problems(topology)}
    found = {task.name: task for problem in problems.values() for task in problem.tasks}
    patch.setattr(tasks, "_catalogue", lambda: tasks.Catalogue(found, problems))
