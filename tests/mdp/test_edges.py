"""Tasks from lists of moves, against tables written by hand and against networkx."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.errors import TaskError
from repro.mdp.edges import task_from_edges

if TYPE_CHECKING:
    from repro.mdp.edges import Edge, State

GO: Edge = ((0, 0), "B", (1, -1), 0.25)
WIN: Edge = ((1, -1), "A", (2, 1), 0.8)


def make(*edges: Edge, **changes: Any) -> Any:  # noqa: ANN401 - any argument of the builder
    settings: dict[str, Any] = {
        "start": (0, 0),
        "terminal": [(2, 1)],
        "locations": 3,
        "keys": 2,
        "actions": "AB",
    }
    return task_from_edges("walk", edges=edges, **(settings | changes))


def test_a_task_by_hand() -> None:
    task = make(GO, WIN, horizon=7)
    for got, expected in (
        (task.next_state, np.array([[0, 1], [2, 1], [2, 2]])),
        (task.reward, np.array([[0, 0.25], [0.8, 0], [0, 0]])),
        (task.terminal, np.array([False, False, True])),
        (
            task.observation,
            np.array([[1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 1]], np.float32),
        ),
    ):
        np.testing.assert_array_equal(got, expected, strict=True)
    assert (task.name, task.start, task.horizon) == ("walk", 0, 7)
    assert task.state_names == ("(0, 0)", "(1, -1)", "(2, 1)")
    assert task.action_names == ("A", "B")


def test_defaults_are_those_of_the_published_experiments() -> None:
    task = task_from_edges(
        "short", start=(0, 0), terminal=[(3, 5)], edges=[((0, 0), "F", (3, 5), 1.0)]
    )
    assert task.horizon == 10
    assert task.action_names == ("A", "B", "C", "D", "E", "F")
    np.testing.assert_array_equal(task.observation.nonzero()[1], [0, 4, 3, 9])
    assert task.observation.shape == (2, 10)


@pytest.mark.parametrize(
    ("edges", "changes", "entry"),
    [
        ([GO, WIN, GO], {}, "edge (0, 0) B: listed twice"),
        ([GO, WIN, ((0, 0), "C", (1, -1), 0.0)], {}, "edge (0, 0) C: unknown action"),
        ([GO, WIN, ((0, 0), "AB", (1, -1), 0.0)], {}, "edge (0, 0) AB: unknown action"),
        ([GO, WIN, ((0, 0), "A", (3, 0), 0.0)], {}, "edge (0, 0) A: state (3, 0) is out of range"),
        ([GO, WIN, ((0, 0), "A", (0, 2), 0.0)], {}, "edge (0, 0) A: state (0, 2) is out of range"),
        ([GO, WIN, ((0, 0), "A", (0, -2), 0.0)], {}, "edge (0, 0) A: state (0, -2) is out of"),
        ([GO, WIN, ((-1, 0), "A", (0, 0), 0.0)], {}, "edge (-1, 0) A: state (-1, 0) is out of"),
        (
            [GO, WIN, ((2, 0), "A", (0, 0), 0.0)],
            {},
            "edge (2, 0) A: state (2, 0) cannot be reached",
        ),
        ([GO, WIN], {"start": (0, 2)}, "start: state (0, 2) is out of range"),
        ([GO, WIN], {"terminal": [(2, 2)]}, "terminal: state (2, 2) is out of range"),
        ([GO, WIN], {"terminal": [(2, 1), (2, 0)]}, "terminal: state (2, 0) cannot be reached"),
        ([GO, WIN, ((2, 1), "B", (0, 0), 0.0)], {}, "next_state[(2, 1), B]: is 0"),
        ([GO, ((1, -1), "A", (2, 1), float("nan"))], {}, "reward[(1, -1), A]: is nan"),
    ],
)
def test_invalid_moves_are_named(edges: list[Edge], changes: dict[str, Any], entry: str) -> None:
    with pytest.raises(TaskError, match=f"^task 'walk', {re.escape(entry)}"):
        make(*edges, **changes)


pool = st.tuples(st.integers(0, 1), st.integers(-1, 1))
moves = st.dictionaries(
    st.tuples(pool, st.sampled_from("ABC")),
    st.tuples(pool | st.just((2, 1)), st.floats(-1, 1)),
    max_size=12,
)


@given(moves, pool)
def test_random_moves_against_networkx(
    moves: dict[tuple[State, str], tuple[State, float]], start: State
) -> None:
    moves[start, "C"] = ((2, 1), 0.8)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from([start])
    for (source, _), (target, _) in sorted(moves.items()):
        graph.add_edge(source, target)
    order = [start, *(target for _, target in nx.bfs_edges(graph, start))]
    kept = {move: result for move, result in moves.items() if move[0] in order}
    task = make(
        *((source, action, target, reward) for (source, action), (target, reward) in kept.items()),
        start=start,
        actions="ABC",
    )
    assert task.state_names == tuple(map(str, order))
    for s, state in enumerate(order):
        for a, action in enumerate("ABC"):
            target, reward = kept.get((state, action), (state, 0.0))
            assert order[task.next_state[s, a]] == target
            assert task.reward[s, a] == reward
    assert [order[s] for s in np.flatnonzero(task.terminal)] == [(2, 1)]


def test_a_move_that_depends_on_chance() -> None:
    fork: Edge = ((0, 0), "B", {(0, 0): 0.125, (1, -1): 0.5, (2, 1): 0.375}, 0.25)
    task = make(fork, WIN)
    assert task.state_names == ("(0, 0)", "(1, -1)", "(2, 1)")
    assert task.next_state.tolist() == [[0, 1], [2, 1], [2, 2]]
    assert task.probability is not None
    assert task.probability[0].tolist() == [[1, 0, 0], [0.125, 0.5, 0.375]]
    assert task.probability[1].tolist() == [[0, 0, 1], [0, 1, 0]]
    assert task.reward[0].tolist() == [0, 0.25]


def test_a_mapping_to_one_state_is_certain() -> None:
    task = make(((0, 0), "B", {(1, -1): 1.0}, 0.25), WIN)
    assert task.probability is None
    np.testing.assert_array_equal(task.next_state, make(GO, WIN).next_state)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (
            {(1, -1): 0.5, (0, 0): 0.4},
            "its probabilities add up to 0.9; expected 1: change them, or list the state itself",
        ),
        ({(1, -1): 0.75, (0, 0): 0.75}, "its probabilities add up to 1.5; expected 1"),
        ({}, "its probabilities add up to 0; expected 1"),
        (
            {(1, -1): 1.5, (0, 0): -0.5},
            "(1, -1) has probability 1.5; expected a number from 0 to 1",
        ),
        ({(1, -1): 2.0, (0, 0): -1.0}, "(1, -1) has probability 2.0"),
        ({(1, -1): float("nan")}, "(1, -1) has probability nan"),
        ({(1, -1): 0.5, (7, 0): 0.5}, "state (7, 0) is out of range"),
    ],
)
def test_probabilities_that_are_none_are_named(target: dict[State, float], says: str) -> None:
    with pytest.raises(TaskError, match=re.escape(f"task 'walk', edge (0, 0) B: {says}")):
        make(((0, 0), "B", target, 0.0), WIN)


@pytest.mark.parametrize(
    ("edges", "changes", "help_"),
    [
        ([((0, 0), "A", (3, 0), 0.0)], {}, "; give locations=4 or more"),
        ([((0, 0), "A", (0, 6), 0.0)], {}, "; give keys=7 or more"),
        ([((0, 0), "A", (4, 2), 0.0)], {}, "; give locations=5 and keys=3 or more"),
        ([((0, 0), "A", (-1, 0), 0.0)], {}, "; change the state"),
        ([((0, 0), "C", (1, -1), 0.0)], {}, "use one of ('A', 'B'), or add it to actions="),
        ([], {"horizon": 1}, "episodes are cut after 1; raise horizon= to at least 2"),
    ],
)
def test_errors_name_the_argument_that_helps(
    edges: list[Edge], changes: dict[str, Any], help_: str
) -> None:
    with pytest.raises(TaskError, match=re.escape(help_)):
        make(GO, WIN, *edges, **changes)
