"""Two actions exchanged in one state, against tables written by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import TaskError
from repro.mdp.edges import task_from_edges
from repro.mdp.exchange import exchange_actions

if TYPE_CHECKING:
    from repro.mdp.task import Task

# In the second state, B leads back and C ends the episode.
CERTAIN = task_from_edges(
    "certain",
    start=(0, 0),
    terminal=[(2, 0)],
    edges=[
        ((0, 0), "A", (1, 0), 0.0),
        ((1, 0), "B", (0, 0), 0.25),
        ((1, 0), "C", (2, 0), 1.0),
    ],
    actions="ABC",
)
# A slips: it ends the episode or changes nothing.
BY_CHANCE = task_from_edges(
    "by chance",
    start=(0, 0),
    terminal=[(1, 0)],
    edges=[((0, 0), "A", {(1, 0): 0.75, (0, 0): 0.25}, 0.5)],
    actions="AB",
)


def test_by_hand() -> None:
    found = exchange_actions(CERTAIN, "new", state="(1, 0)", actions=("B", "C"))
    np.testing.assert_array_equal(found.next_state, [[1, 0, 0], [1, 2, 0], [2, 2, 2]])
    np.testing.assert_array_equal(found.reward, [[0, 0, 0], [0, 1, 0.25], [0, 0, 0]])
    assert found.name == "new"
    assert found.probability is None
    for field in ("terminal", "observation"):
        np.testing.assert_array_equal(getattr(found, field), getattr(CERTAIN, field))
    for field in ("start", "horizon", "state_names", "action_names"):
        assert getattr(found, field) == getattr(CERTAIN, field)


def test_the_given_task_stays_as_it_is() -> None:
    exchange_actions(CERTAIN, "new", state="(1, 0)", actions=("B", "C"))
    np.testing.assert_array_equal(CERTAIN.next_state, [[1, 0, 0], [1, 0, 2], [2, 2, 2]])
    np.testing.assert_array_equal(CERTAIN.reward, [[0, 0, 0], [0, 0.25, 1], [0, 0, 0]])


def test_probabilities_are_exchanged_too() -> None:
    found = exchange_actions(BY_CHANCE, "new", state="(0, 0)", actions=("A", "B"))
    np.testing.assert_array_equal(found.transition, [[[1, 0], [0.25, 0.75]], [[0, 1], [0, 1]]])
    np.testing.assert_array_equal(found.next_state, [[0, 1], [1, 1]])
    np.testing.assert_array_equal(found.reward, [[0, 0.5], [0, 0]])


@pytest.mark.parametrize(
    ("task", "state", "actions", "says"),
    [
        (
            CERTAIN,
            "(3, 0)",
            ("A", "B"),
            "unknown state '(3, 0)'; expected one of (0, 0), (1, 0), (2",
        ),
        (CERTAIN, "(0, 0)", ("A", "D"), "unknown action 'D'; expected one of A, B, C"),
        (CERTAIN, "(0, 0)", ("B", "C"), "B and C do the same in state (0, 0) of 'certain'"),
        (BY_CHANCE, "(0, 0)", ("A", "A"), "A and A do the same in state (0, 0) of 'by chance'"),
    ],
)
def test_faults_are_named(task: Task, state: str, actions: tuple[str, str], says: str) -> None:
    with pytest.raises(TaskError, match=re.escape(says)):
        exchange_actions(task, "new", state=state, actions=actions)
