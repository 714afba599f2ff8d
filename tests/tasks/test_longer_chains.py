"""The chains of four and five decisions, entry by entry, and by their pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import tasks
from repro.tasks.chain_of_four import chain

if TYPE_CHECKING:
    from repro.mdp.task import Task

# Columns A-H: A, B and C lead on. At the fourth decision D leads to the state before last, and H to the last.
FOUR = [
    [1, 0, 0, 0, 0, 0, 0, 0],
    [1, 2, 1, 1, 1, 1, 1, 1],
    [2, 2, 3, 2, 2, 2, 2, 2],
    [3, 3, 3, 4, 3, 3, 3, 5],
]
# Columns A-J: A to D lead on. At the fifth decision E leads to the state before last, and J to the last.
FIVE = [
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [1, 2, 1, 1, 1, 1, 1, 1, 1, 1],
    [2, 2, 3, 2, 2, 2, 2, 2, 2, 2],
    [3, 3, 3, 4, 3, 3, 3, 3, 3, 3],
    [4, 4, 4, 4, 5, 4, 4, 4, 4, 6],
]
# The table, then the states, and for each part: the rows of the two ends, the right letter, and the end.
TABLES = {
    "chain_of_four.training": (
        [*FOUR, [4] * 8, [3, 3, 3, 4, 3, 3, 3, 5]],
        ["(0, 0)", "(1, 2)", "(2, 4)", "(3, -1)", "(4, 6)", "(4, 7)"],
        "D",
        4,
    ),
    "chain_of_four.last": (
        [*FOUR, [3, 3, 3, 4, 3, 3, 3, 5], [5] * 8],
        ["(0, 0)", "(1, 2)", "(2, 4)", "(3, -1)", "(4, 6)", "(4, 7)"],
        "H",
        5,
    ),
    "chain_of_five.training": (
        [*FIVE, [5] * 10, [4, 4, 4, 4, 5, 4, 4, 4, 4, 6]],
        ["(0, 0)", "(1, 2)", "(2, 4)", "(3, 6)", "(4, -1)", "(5, 8)", "(5, 9)"],
        "E",
        5,
    ),
    "chain_of_five.last": (
        [*FIVE, [4, 4, 4, 4, 5, 4, 4, 4, 4, 6], [6] * 10],
        ["(0, 0)", "(1, 2)", "(2, 4)", "(3, 6)", "(4, -1)", "(5, 8)", "(5, 9)"],
        "J",
        6,
    ),
}


def only(name: str) -> Task:
    (task,) = tasks.problem(name).tasks
    return task


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_by_hand(name: str) -> None:
    task = only(name)
    next_state, states, right, end = TABLES[name]
    np.testing.assert_array_equal(task.next_state, next_state)
    assert list(task.state_names) == states
    decision = len(states) - 3
    assert np.argwhere(task.reward).tolist() == [[decision, "ABCDEFGHIJ".index(right)]]
    assert task.reward.max() == task.best_return == 0.8
    assert np.flatnonzero(task.terminal).tolist() == [end]
    assert (task.start, task.horizon) == (0, 10)
    assert task.action_names == tuple("ABCDEFGHIJ"[: len(next_state[0])])


def test_observations_are_a_location_and_a_key() -> None:
    for name, locations in (("chain_of_four.training", 5), ("chain_of_five.training", 6)):
        task, keys = only(name), 2 * (locations - 1)
        assert task.observation.shape[1] == locations + keys
        for row, text in zip(task.observation, task.state_names, strict=True):
            location, key = map(int, text.strip("()").split(","))
            expected = np.zeros(locations + keys)
            expected[location] = 1
            expected[locations + key if key >= 0 else location] = 1
            np.testing.assert_array_equal(row, expected)


def test_the_pattern_gives_the_shorter_chain_too() -> None:
    """With the letters in another order: there, the other action of the last decision is D, the fourth."""
    for name, last in (("LinABC", "C"), ("LinABD", "D")):
        short, made = tasks.load(name), chain("ABCEFD", last)
        order = ["ABCEFD".index(letter) for letter in short.action_names]
        np.testing.assert_array_equal(made.next_state[:, order], short.next_state)
        np.testing.assert_array_equal(made.reward[:, order], short.reward)
        np.testing.assert_array_equal(made.terminal, short.terminal)
        np.testing.assert_array_equal(made.observation, short.observation)
        assert (made.name, made.horizon) == (name, short.horizon)
