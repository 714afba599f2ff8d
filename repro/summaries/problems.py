"""Drawings of the problems: positions of states, optimal moves, and what a transfer changes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from repro import tasks
from repro.algorithms import Algorithm
from repro.figures import Drawing, Move, State, decision_problems
from repro.mdp.dynamic_programming import optimal_actions, optimal_path, optimal_states

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from repro.figures import Picture
    from repro.mdp.task import Problem, Task

_ROW = 3
"""Smallest number of actions in a row that are written as the first and the last of them."""
Edge = tuple[str, str, str]
"""Source, action and target, by name."""
_CHANCE = (
    " A number after an action is the probability of the move; with the rest of its probability the "
    "action leads elsewhere or changes nothing."
)


@dataclass(frozen=True)
class Shape:
    """A problem's graph, the union over its tasks; states of the same name are the same to an agent.

    Attributes:
        depth: number of moves from the nearest start to each state.
        starts: states in which a task starts.
        goals: states in which a task ends.
        rewards: reward of every move that changes the state, in order.
        probabilities: probability of each of these moves, given the action; of several tasks, all that
            differ.
        paths: for each task, the moves of its optimal path; of a stochastic task, all moves that
            optimal actions may lead to.
        solutions: for each task, its optimal actions as text.
    """

    depth: Mapping[str, int]
    starts: frozenset[str]
    goals: frozenset[str]
    rewards: Mapping[Edge, float]
    probabilities: Mapping[Edge, tuple[float, ...]]
    paths: tuple[tuple[Edge, ...], ...]
    solutions: tuple[str, ...]

    @property
    def optimal(self) -> dict[Edge, tuple[int, ...]]:
        """For each move on an optimal path, the numbers of the tasks whose path has it."""
        found: dict[Edge, tuple[int, ...]] = {}
        for task, path in enumerate(self.paths):
            for edge in path:
                found[edge] = (*found.get(edge, ()), task)
        return found

    def label(self, edge: Edge, *, rewarded: bool = False) -> str:
        """Return a move's action, with its probability if that is not 1, and on request its reward."""
        numbers = "/".join(f"{p:g}" for p in self.probabilities[edge])
        label = edge[1] if numbers == "1" else f"{edge[1]} {numbers}"
        return f"{label} ({self.rewards[edge]:+g})" if rewarded and self.rewards[edge] else label


def shape(problem: Problem) -> Shape:
    """Merge the graphs of a problem's tasks."""
    depth: dict[str, int] = {}
    rewards: dict[Edge, float] = {}
    probabilities: dict[Edge, tuple[float, ...]] = {}
    for task in problem.tasks:
        for state, moves in _depths(task).items():
            depth[state] = min(moves, depth.get(state, moves))
        for edge, reward, probability in _edges(task):
            rewards[edge] = reward
            known = probabilities.get(edge, ())
            probabilities[edge] = tuple(dict.fromkeys((*known, probability)))
    solved = [_solution(task) for task in problem.tasks]
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
        probabilities,
        tuple(path for path, _ in solved),
        tuple(text for _, text in solved),
    )


def _edges(task: Task) -> Iterator[tuple[Edge, float, float]]:
    """Yield every move that changes the state, with its reward and its probability."""
    transition = task.transition
    for s, a, target in np.argwhere(transition > 0):
        if target != s:
            edge = task.state_names[s], task.action_names[a], task.state_names[target]
            yield edge, float(task.reward[s, a]), float(transition[s, a, target])


def _solution(task: Task) -> tuple[tuple[Edge, ...], str]:
    """Return the moves that optimal actions lead to, and these actions as text."""
    if task.probability is None:
        path = optimal_path(task, Algorithm.discount)
        decisions, between = [(step.state, step.action) for step in path], " → "
    else:
        best, states = (
            optimal_actions(task, Algorithm.discount),
            optimal_states(task, Algorithm.discount),
        )
        decisions, between = [(s, int(a)) for s in states for a in np.flatnonzero(best[s])], ", "
    names = [(task.state_names[s], task.action_names[a]) for s, a in decisions]
    moves = tuple(edge for edge, _, _ in _edges(task) if edge[:2] in names)
    in_order = sorted(moves, key=lambda edge: names.index(edge[:2]))
    return tuple(in_order), between.join(letter for _, letter in names)


def _depths(task: Task) -> dict[str, int]:
    """Return the minimum number of moves from the start to each state."""
    depth = {task.start: 0}
    queue = [task.start]
    for state in queue:  # the loop appends to it
        for target in np.argwhere(task.transition[state] > 0)[:, 1].tolist():
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
    others: dict[tuple[str, str], list[str]] = {}
    for edge, reward in here.rewards.items():
        source, _, target = edge
        if edge in optimal:
            changed = edge[:2] not in decided
            label = here.label(edge)
            moves.append(Move(source, target, label, reward, optimal[edge], changed=changed))
        elif edge not in was_optimal:
            others.setdefault((source, target), []).append(here.label(edge, rewarded=True))
    moves += [
        Move(edge[0], edge[2], _former(edge, here, before), gone=True)
        for edge in was_optimal
        if edge not in optimal
    ]
    names = problem.tasks[0].action_names
    moves += [Move(*ends, shortened(labels, names)) for ends, labels in others.items()]
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
    part = problem.name.partition(".")[2].replace("_", " ")
    return Drawing(part, here.solutions, tuple(states), tuple(moves))


def _former(edge: Edge, here: Shape, before: Shape) -> str:
    """Label a move that was optimal in training; if it is still possible, with the reward that it has here."""
    return here.label(edge, rewarded=True) if edge in here.rewards else before.label(edge)


def shortened(labels: Sequence[str], names: Sequence[str]) -> str:
    """Join the labels of moves; three or more actions in a row become the first and the last of them.

    >>> shortened(["A", "B", "C", "E", "F (+1)"], list("ABCDEF"))
    'A–C E F (+1)'
    """
    numbered = [
        (names.index(one) - i if one in names else one, one) for i, one in enumerate(labels)
    ]
    runs = [[label for _, label in run] for _, run in groupby(numbered, lambda pair: pair[0])]
    return " ".join(f"{run[0]}–{run[-1]}" if len(run) >= _ROW else " ".join(run) for run in runs)


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
                    "A state is a location and the key that is carried (– for none). Episodes start at a short arrow and end "
                    f"at a double border or after {_steps(group[0].merged.horizon)}. Actions that are not "
                    "drawn do not change the state."
                    + (_CHANCE if any(p.merged.probability is not None for p in group) else "")
                ),
            )
        )
    return tuple(drawn)


def _steps(horizon: int) -> str:
    return "1 step" if horizon == 1 else f"{horizon} steps"


def _label(name: str) -> str:
    """Shorten a state's name; "–" means no key."""
    return name.strip("()").replace("-1", "–")
