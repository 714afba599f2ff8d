"""The chain whose last decision is made in a new state, entry by entry."""

from __future__ import annotations

import numpy as np

from repro import tasks

NAMES = ("(0, 0)", "(1, 2)", "(2, 5)", "(3, 5)", "(3, 4)")
# Columns A-F. C leads from the third state to the detour, D to the end.
NEXT_STATE = [
    [1, 0, 0, 0, 0, 0],
    [1, 2, 1, 1, 1, 1],
    [2, 2, 3, 4, 2, 2],
    [2, 2, 4, 3, 2, 2],
    [4, 4, 4, 4, 4, 4],
]


def test_the_table_by_hand() -> None:
    (task,) = tasks.problem("chain_new_state.last").tasks
    assert task.state_names == NAMES
    np.testing.assert_array_equal(task.next_state, NEXT_STATE)
    assert np.argwhere(task.reward).tolist() == [[2, 3]]
    assert task.reward[2, 3] == task.best_return == 0.8
    assert np.flatnonzero(task.terminal).tolist() == [4]
    assert (task.start, task.horizon) == (0, 10)
    np.testing.assert_array_equal(task.observation[2], [0, 0, 1, 0, 0, 0, 0, 0, 0, 1])


def test_its_training_is_the_chains() -> None:
    new, old = tasks.problem("chain_new_state.training"), tasks.problem("linear_chain.training")
    assert new.tasks == old.tasks


def test_only_the_third_state_is_new() -> None:
    (trained,) = tasks.problem("linear_chain.training").tasks
    assert set(NAMES) - set(trained.state_names) == {"(2, 5)"}
    assert set(trained.state_names) - set(NAMES) == {"(2, -1)"}


def test_but_for_its_observation_it_is_the_problem_in_place() -> None:
    """Rows in the order of training: the two ends are numbered the other way round."""
    (task,), (in_place,) = (
        tasks.problem(f"{topology}.last").tasks
        for topology in ("chain_new_state", "chain_in_place")
    )
    order = np.array([0, 1, 2, 4, 3])
    np.testing.assert_array_equal(order[task.next_state[order]], in_place.next_state)
    np.testing.assert_array_equal(task.reward[order], in_place.reward)
    np.testing.assert_array_equal(task.terminal[order], in_place.terminal)
    same = (task.observation[order] == in_place.observation).all(axis=1)
    assert same.tolist() == [True, True, False, True, True]
