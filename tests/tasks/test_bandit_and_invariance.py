"""The bandit and the two tasks with nothing in common, entry by entry."""

from __future__ import annotations

import numpy as np
import pytest

from repro import tasks


@pytest.mark.parametrize(
    ("part", "rewards"), [("training", [0.2, 0.4, 0.6, 0.8]), ("exchanged", [0.8, 0.4, 0.6, 0.2])]
)
def test_the_bandit_by_hand(part: str, rewards: list[float]) -> None:
    (task,) = tasks.problem(f"bandit.{part}").tasks
    np.testing.assert_array_equal(task.next_state, [[1, 1, 1, 1], [1, 1, 1, 1]])
    np.testing.assert_array_equal(task.reward, [rewards, [0, 0, 0, 0]])
    np.testing.assert_array_equal(task.terminal, [False, True])
    np.testing.assert_array_equal(task.observation, np.eye(2))
    assert (task.start, task.horizon, task.best_return) == (0, 1, 0.8)
    assert task.action_names == tuple("ABCD")


VERSIONS = {"training": "AC", "v2": "BD", "v1_again": "AC"}


@pytest.mark.parametrize("part", VERSIONS)
def test_a_version_by_hand(part: str) -> None:
    (task,) = tasks.problem(f"invariance.{part}").tasks
    first, second = ("ABCD".index(letter) for letter in VERSIONS[part])
    next_state, reward = np.array([[0] * 4, [1] * 4, [2] * 4]), np.zeros((3, 4))
    next_state[0, first], next_state[1, second], reward[1, second] = 1, 2, 0.8
    np.testing.assert_array_equal(task.next_state, next_state)
    np.testing.assert_array_equal(task.reward, reward)
    np.testing.assert_array_equal(task.terminal, [False, False, True])
    # Five locations and two keys; neither the starts nor the ends have a key.
    other = part == "v2"
    expected = np.zeros((3, 7))
    expected[[0, 1, 2], [1 if other else 0, 2, 4 if other else 3]] = 1
    expected[1, 6 if other else 5] = 1
    np.testing.assert_array_equal(task.observation, expected)
    assert (task.start, task.horizon, task.best_return) == (0, 10, 0.8)
    assert task.action_names == tuple("ABCD")


def test_the_versions_have_no_state_in_common() -> None:
    first, second = (set(tasks.load(f"InvarV{k}").state_names) for k in (1, 2))
    assert not first & second


def test_the_way_back_is_the_training() -> None:
    assert tasks.problem("invariance.v1_again").tasks == tasks.problem("invariance.training").tasks
