"""The linear chains, entry by entry."""

from __future__ import annotations

import numpy as np
import pytest

from repro.tasks import load

# States in breadth-first order; C leads to the fourth and D to the fifth. Columns A-F.
JUNCTION = [2, 2, 3, 4, 2, 2]
TABLES = {
    "LinABC": (
        ("(0, 0)", "(1, 2)"),
        [[1, 0, 0, 0, 0, 0], [1, 2, 1, 1, 1, 1], JUNCTION, [3] * 6, [2, 2, 3, 4, 2, 2]],
    ),
    "LinABD": (
        ("(0, 0)", "(1, 2)"),
        [[1, 0, 0, 0, 0, 0], [1, 2, 1, 1, 1, 1], JUNCTION, [2, 2, 3, 4, 2, 2], [4] * 6],
    ),
    "LinAEC": (
        ("(0, 0)", "(1, 3)"),
        [[1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 2, 1], JUNCTION, [3] * 6, [2, 2, 3, 4, 2, 2]],
    ),
    "LinFBC": (
        ("(0, 1)", "(1, 2)"),
        [[0, 0, 0, 0, 0, 1], [1, 2, 1, 1, 1, 1], JUNCTION, [3] * 6, [2, 2, 3, 4, 2, 2]],
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_by_hand(name: str) -> None:
    task = load(name)
    names, next_state = TABLES[name]
    assert task.state_names == (*names, "(2, -1)", "(3, 4)", "(3, 5)")
    np.testing.assert_array_equal(task.next_state, next_state)
    goal, right = (4, 3) if name == "LinABD" else (3, 2)
    assert np.argwhere(task.reward).tolist() == [[2, right]]
    assert task.reward[2, right] == 0.8
    assert np.flatnonzero(task.terminal).tolist() == [goal]
    assert (task.start, task.horizon) == (0, 10)


def test_observations_of_the_first_and_third_state() -> None:
    seen = load("LinFBC").observation
    np.testing.assert_array_equal(seen[0], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(seen[2], [0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
