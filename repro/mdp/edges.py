"""Tasks as lists of moves.

A state of the published experiments is a (location, key) pair. Observations, the effect of an unlisted
action, and the default sizes follow the authors' published experiment code (mbchang/decentralized-rl,
branch icml21); the talk shows only the moves (talk:256-264). Moves that depend on chance are ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from repro.errors import TaskError
from repro.mdp.task import Task
from repro.mdp.validation import SUM_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

State: TypeAlias = tuple[int, int]
Target: TypeAlias = State | Mapping[State, float]
"""The state that a move leads to, or the probability of each state that it may lead to."""
Edge: TypeAlias = tuple[State, str, Target, float]


def task_from_edges(
    name: str,
    *,
    start: State,
    terminal: Sequence[State],
    edges: Iterable[Edge],
    locations: int = 4,
    keys: int = 6,
    actions: Sequence[str] = "ABCDEF",
    horizon: int = 10,
) -> Task:
    """Create a task from the moves that change the state.

    An action that no edge lists leaves the state unchanged, with reward 0. States are numbered
    breadth first from the start. The observation of a state is its location, one-hot, followed by its
    key, one-hot or all zeros for key -1 (none): O = locations + keys.

    Args:
        name: the task's name.
        start: (location, key) of the first state.
        terminal: states that end an episode.
        edges: (state, action, next state, reward), at most one for each state and action. If the move
            depends on chance, a mapping from each next state to its probability, which add up to 1;
            the reward is then the mean.
        locations: number of locations; a location is 0 to `locations` - 1.
        keys: number of keys; a key is -1 (none) to `keys` - 1.
        actions: names of the actions, in order.
        horizon: steps after which an episode is cut.

    Raises:
        TaskError: an edge is listed twice, has an unknown action, or probabilities that do not add up
            to 1; a state is out of range or cannot be reached from the start; or the task is not a
            valid `Task`. The error names the argument that would help.

    >>> moves = [((0, 0), "A", (1, -1), 0.0), ((1, -1), "B", (2, -1), 0.8)]
    >>> task = task_from_edges("AB", start=(0, 0), terminal=[(2, -1)], edges=moves, actions="AB")
    >>> task.next_state.tolist(), task.reward.tolist()
    ([[1, 0], [1, 2], [2, 2]], [[0.0, 0.0], [0.0, 0.8], [0.0, 0.0]])

    A move that fails with probability 0.1:

    >>> moves = [((0, 0), "A", {(1, 0): 0.9, (0, 0): 0.1}, 0.8)]
    >>> task = task_from_edges("Slip", start=(0, 0), terminal=[(1, 0)], edges=moves, actions="AB")
    >>> task.probability.tolist()
    [[[0.1, 0.9], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]]
    """
    moves: dict[tuple[State, str], tuple[Mapping[State, float], float]] = {}
    mentioned = [("start", start), *(("terminal", state) for state in terminal)]
    for source, action, target, reward in edges:
        entry = f"edge {source} {action}"
        outcomes = target if isinstance(target, Mapping) else {target: 1.0}
        mentioned += [(entry, state) for state in (source, *outcomes)]
        if action not in tuple(actions):
            raise TaskError(
                f"task {name!r}, {entry}: unknown action; use one of {tuple(actions)}, or add it to "
                "actions="
            )
        if (source, action) in moves:
            raise TaskError(f"task {name!r}, {entry}: listed twice; keep one")
        _check_outcomes(f"task {name!r}, {entry}", outcomes)
        moves[source, action] = (outcomes, reward)

    for entry, state in mentioned:
        _check_range(f"task {name!r}, {entry}", state, locations, keys)

    states = [start]
    for state in states:  # the list grows during the loop: breadth-first search
        found = (moves[state, action][0] for action in actions if (state, action) in moves)
        targets = (target for outcomes in found for target, p in outcomes.items() if p > 0)
        states += [target for target in dict.fromkeys(targets) if target not in states]
    for entry, state in mentioned:
        if state not in states:
            raise TaskError(
                f"task {name!r}, {entry}: state {state} cannot be reached from the start {start}; "
                "drop the entry or add an edge that leads there"
            )

    index = {state: i for i, state in enumerate(states)}
    probability = np.tile(np.eye(len(states))[:, None], (1, len(actions), 1))
    rewards = np.zeros(probability.shape[:2])
    for (source, action), (outcomes, reward) in moves.items():
        cell = index[source], actions.index(action)
        probability[cell], rewards[cell] = 0.0, reward
        for target, p in outcomes.items():
            probability[*cell, index[target]] = p
    location, key = np.array(states).T
    seen = (location[:, None] == np.arange(locations), key[:, None] == np.arange(keys))
    return Task(
        name=name,
        next_state=probability.argmax(axis=-1),
        reward=rewards,
        terminal=np.array([state in terminal for state in states]),
        observation=np.hstack(seen).astype(np.float32),
        start=0,
        horizon=horizon,
        state_names=tuple(str(state) for state in states),
        action_names=tuple(actions),
        probability=None if np.isin(probability, (0, 1)).all() else probability,
    )


def _check_outcomes(entry: str, outcomes: Mapping[State, float]) -> None:
    for state, p in outcomes.items():
        if not 0 <= p <= 1:
            raise TaskError(f"{entry}: {state} has probability {p}; expected a number from 0 to 1")
    total = math.fsum(outcomes.values())
    if abs(total - 1) > SUM_TOLERANCE:
        raise TaskError(
            f"{entry}: its probabilities add up to {total:.12g}; expected 1: change them, or list the "
            "state itself with the rest if the move can fail"
        )


def _check_range(entry: str, state: State, locations: int, keys: int) -> None:
    location, key = state
    if location not in range(locations) or key not in range(-1, keys):
        helps = [f"locations={location + 1}"] if location >= locations else []
        helps += [f"keys={key + 1}"] if key >= keys else []
        raise TaskError(
            f"{entry}: state {state} is out of range; expected a location 0 to {locations - 1} "
            f"and a key -1 to {keys - 1}"
            + (f"; give {' and '.join(helps)} or more" if helps else "; change the state")
        )
