"""Drawings of the problems: positions of states, optimal moves, and what a transfer changes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from repro import tasks
from repro.algorithms import Algorithm
from repro.figures import Drawing, Move, State, decision_problems
from repro.mdp.dynamic_programming import optimal_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.figures import Picture
    from repro.mdp.task import Problem, Task

Edge = tuple[str, str, str]
"""Source, action and target, by name."""


@dataclass(frozen=True)
class Shape:
    """A problem's graph, the union over its tasks; states of the same name are the same to an agent.

    Attributes:
        depth: number of moves from the nearest start to each state.
        starts: states in which a task starts.
        goals: states in which a task ends.
        rewards: reward of every move that changes the state, in order.
        paths: for each task, the moves of its optimal path.
    """

    depth: Mapping[str, int]
    starts: frozenset[str]
    goals: frozenset[str]
    rewards: Mapping[Edge, float]
    paths: tuple[tuple[Edge, ...], ...]

    @property
    def optimal(self) -> dict[Edge, tuple[int, ...]]:
        """For each move on an optimal path, the numbers of the tasks whose path has it."""
        found: dict[Edge, tuple[int, ...]] = {}
        for task, path in enumerate(self.paths):
            for edge in path:
                found[edge] = (*found.get(edge, ()), task)
        return found


def shape(problem: Problem) -> Shape:
    """Merge the graphs of a problem's tasks."""
    depth: dict[str, int] = {}
    rewards: dict[Edge, float] = {}
    for task in problem.tasks:
        for state, moves in _depths(task).items():
            depth[state] = min(moves, depth.get(state, moves))
        for s, a in np.argwhere(task.next_state != np.arange(len(task.terminal))[:, None]):
            rewards[_edge(task, s, a)] = float(task.reward[s, a])
    return Shape(
        depth,
        frozenset(task.state_names[task.start] for task in problem.tasks),
        frozenset(
            name
            for t in problem.tasks
            for name, end in zip(t.state_names, t.terminal, strict=True)
            if end
        ),
        rewards,
        tuple(
            tuple(_edge(task, d.state, d.action) for d in optimal_path(task, Algorithm.discount))
            for task in problem.tasks
        ),
    )


def _edge(task: Task, state: int, action: int) -> Edge:
    target = task.next_state[state, action]
    return task.state_names[state], task.action_names[action], task.state_names[target]


def _depths(task: Task) -> dict[str, int]:
    """Return the minimum number of moves from the start to each state."""
    depth = {task.start: 0}
    queue = [task.start]
    for state in queue:  # the loop appends to it
        for target in task.next_state[state].tolist():
            if target not in depth:
                depth[target] = depth[state] + 1
                queue.append(target)
    return {task.state_names[state]: moves for state, moves in depth.items()}


def drawing(problem: Problem, places: Mapping[str, tuple[int, float]]) -> Drawing:
    """Describe how a problem is drawn; a transfer is compared with its training problem.

    A decision is changed if its action is optimal in a state in which it was not optimal in training.

    Args:
        problem: the problem.
        places: column and row of every state.
    """
    here = shape(problem)
    before = shape(tasks.problem(problem.pretraining)) if problem.pretraining else here
    optimal, was_optimal = here.optimal, before.optimal
    decided = {edge[:2] for edge in was_optimal}
    moves = []
    others: dict[tuple[str, str], str] = {}
    for edge, reward in here.rewards.items():
        source, letter, target = edge
        if edge in optimal:
            changed = edge[:2] not in decided
            moves.append(Move(source, target, letter, reward, optimal[edge], changed=changed))
        elif edge not in was_optimal:
            others[source, target] = f"{others.get((source, target), '')} {letter}".strip()
    moves += [
        Move(source, target, letter, gone=True)
        for source, letter, target in was_optimal
        if (source, letter, target) not in optimal
    ]
    moves += [Move(source, target, letters) for (source, target), letters in others.items()]
    changed_at = {move.source for move in moves if move.changed}
    seen = [*here.depth, *(end for m in moves if m.gone for end in (m.source, m.target))]
    states = [
        State(
            name,
            _label(name),
            *places[name],
            start=name in here.starts,
            goal=name in here.goals or (name not in here.depth and name in before.goals),
            changed=name in changed_at,
            gone=name not in here.depth,
        )
        for name in dict.fromkeys(seen)
    ]
    words = tuple(" → ".join(letter for _, letter, _ in path) for path in here.paths)
    part = problem.name.partition(".")[2].replace("_", " ")
    return Drawing(part, words, tuple(states), tuple(moves))


def places(problems: Sequence[Problem]) -> dict[str, tuple[int, float]]:
    """Return the column (depth) and row (by name) of each state, the same in all problems given."""
    depth: dict[str, int] = {}
    for problem in problems:
        for name, moves in shape(problem).depth.items():
            depth[name] = min(moves, depth.get(name, moves))
    found = {}
    for column in sorted(set(depth.values())):
        names = sorted(name for name in depth if depth[name] == column)
        for row, name in enumerate(names):
            found[name] = column, row - (len(names) - 1) / 2
    return found


def pictures() -> tuple[Picture, ...]:
    """Draw all problems, one figure per topology."""
    problems = [tasks.problem(name) for name in tasks.problem_names()]
    drawn = []
    for topology, members in groupby(problems, lambda one: one.name.partition(".")[0]):
        group = list(members)
        where = places(group)
        drawn.append(
            decision_problems(
                f"mdp.{topology}",
                [drawing(problem, where) for problem in group],
                title=topology.replace("_", " ").capitalize(),
                note=(
                    "A state is a location and a key (– for none). Episodes start at a short arrow and end "
                    f"at a double border or after {group[0].merged.horizon} steps. Actions that are not drawn "
                    "do not change the state."
                ),
            )
        )
    return tuple(drawn)


def _label(name: str) -> str:
    """Shorten a state's name; "–" means no key."""
    return name.strip("()").replace("-1", "–")
