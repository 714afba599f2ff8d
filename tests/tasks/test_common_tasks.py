"""The common-ancestor and common-descendant tasks, entry by entry."""

from __future__ import annotations

import numpy as np
import pytest

from repro.tasks import load

# The two right letters, and the states on the path.
PATHS = {
    "ComAncAB": ("A", "C", ("(0, 0)", "(1, 2)", "(2, 2)")),
    "ComAncAC": ("A", "D", ("(0, 0)", "(1, 3)", "(2, 3)")),
    "ComAncAE": ("A", "E", ("(0, 0)", "(1, 4)", "(3, 4)")),
    "ComAncAF": ("A", "F", ("(0, 0)", "(1, 5)", "(3, 5)")),
    "ComAncDB": ("B", "C", ("(0, 1)", "(1, 2)", "(2, 2)")),
    "ComAncDC": ("B", "D", ("(0, 1)", "(1, 3)", "(2, 3)")),
    "ComDescAC": ("A", "C", ("(0, 0)", "(2, 2)", "(3, 2)")),
    "ComDescBC": ("B", "C", ("(0, 1)", "(2, 2)", "(3, 2)")),
    "ComDescAF": ("A", "F", ("(0, 0)", "(2, 5)", "(3, 5)")),
    "ComDescBF": ("B", "F", ("(0, 1)", "(2, 5)", "(3, 5)")),
    "ComDescDC": ("D", "C", ("(1, 3)", "(2, 2)", "(3, 2)")),
    "ComDescEC": ("E", "C", ("(1, 4)", "(2, 2)", "(3, 2)")),
}


@pytest.mark.parametrize("name", PATHS)
def test_two_letters_advance_and_the_others_change_nothing(name: str) -> None:
    task = load(name)
    first, second, states = PATHS[name]
    assert task.state_names == states
    next_state, reward = np.array([[0] * 6, [1] * 6, [2] * 6]), np.zeros((3, 6))
    next_state[0, "ABCDEF".index(first)] = 1
    next_state[1, "ABCDEF".index(second)] = 2
    reward[1, "ABCDEF".index(second)] = 0.8
    np.testing.assert_array_equal(task.next_state, next_state)
    np.testing.assert_array_equal(task.reward, reward)
    np.testing.assert_array_equal(task.terminal, [False, False, True])
    assert (task.start, task.horizon) == (0, 10)
