"""The problems in which training's states stay, against the entries that change, listed by hand."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from repro import tasks
from repro.mdp.task import Tables
from tests.tasks.requirements import best_actions, visited

ORIGINAL = {
    "ancestor_in_place": "common_ancestor",
    "chain_in_place": "linear_chain",
    "descendant_in_place": "common_descendant",
}
# For each row and letter that change: the row that the letter now leads to, and its reward. The rows of a
# chain are the three decisions, the end and the detour. Two tasks have rows 0 to 2 and 3 to 5: the two
# decisions, and the end.
CHANGED = {
    "ancestor_in_place.ancestor": {
        (0, "A"): (0, 0.0),
        (0, "B"): (1, 0.0),
        (3, "A"): (3, 0.0),
        (3, "B"): (4, 0.0),
    },
    "ancestor_in_place.one_descendant": {(4, "D"): (4, 0.0), (4, "E"): (5, 0.8)},
    "ancestor_in_place.both_descendants": {
        (1, "C"): (1, 0.0),
        (1, "E"): (2, 0.8),
        (4, "D"): (4, 0.0),
        (4, "F"): (5, 0.8),
    },
    "chain_in_place.last": {(2, "C"): (4, 0.0), (2, "D"): (3, 0.8)},
    "chain_in_place.middle": {(1, "B"): (1, 0.0), (1, "E"): (2, 0.0)},
    "chain_in_place.first": {(0, "A"): (0, 0.0), (0, "F"): (1, 0.0)},
    "descendant_in_place.descendant": {
        (1, "C"): (1, 0.0),
        (1, "F"): (2, 0.8),
        (4, "C"): (4, 0.0),
        (4, "F"): (5, 0.8),
    },
    "descendant_in_place.both_ancestors": {
        (0, "A"): (0, 0.0),
        (0, "D"): (1, 0.0),
        (3, "B"): (3, 0.0),
        (3, "E"): (4, 0.0),
    },
    "descendant_in_place.one_ancestor": {(3, "B"): (3, 0.0), (3, "D"): (4, 0.0)},
}


def before(name: str) -> str:
    """The training problem whose agents are transferred to this problem."""
    return f"{ORIGINAL[name.partition('.')[0]]}.training"


def paths(name: str) -> list[str]:
    """The letters of each task's best path."""
    return [
        "".join(task.action_names[best_actions(task)[state].argmax()] for state in visited(task))
        for task in tasks.problem(name).tasks
    ]


def test_there_are_nine() -> None:
    found = [name for name in tasks.problem_names() if name.partition(".")[0] in ORIGINAL]
    assert [name for name in found if not name.endswith(".training")] == list(CHANGED)
    assert len(CHANGED) == 9


@pytest.mark.parametrize("topology", ORIGINAL)
def test_their_training_is_the_originals(topology: str) -> None:
    problem, original = (tasks.problem(f"{t}.training") for t in (topology, ORIGINAL[topology]))
    assert problem.tasks == original.tasks
    for field in fields(Tables):
        np.testing.assert_array_equal(
            getattr(problem.merged, field.name), getattr(original.merged, field.name)
        )


@pytest.mark.parametrize("name", CHANGED)
def test_only_the_listed_entries_change(name: str) -> None:
    problem, training = tasks.problem(name), tasks.problem(before(name))
    expected = {field.name: getattr(training.merged, field.name) for field in fields(Tables)}
    expected |= {what: expected[what].copy() for what in ("next_state", "reward")}
    for (row, letter), (target, reward) in CHANGED[name].items():
        column = "ABCDEF".index(letter)
        # Every listed entry is a change.
        assert (expected["next_state"][row, column], expected["reward"][row, column]) != (
            target,
            np.float32(reward),
        )
        expected["next_state"][row, column] = target
        expected["reward"][row, column] = reward
    for field, table in expected.items():
        np.testing.assert_array_equal(getattr(problem.merged, field), table, err_msg=field)
    names = [(task.state_names, task.action_names) for task in training.tasks]
    assert [(task.state_names, task.action_names) for task in problem.tasks] == names


@pytest.mark.parametrize("name", CHANGED)
def test_the_changed_states_are_visited_in_training_and_in_transfer(name: str) -> None:
    for problem in (before(name), name):
        rows, offset = set(), 0
        for task in tasks.problem(problem).tasks:
            rows |= {offset + state for state in visited(task)}
            offset += len(task.terminal)
        assert {row for row, _ in CHANGED[name]} <= rows


@pytest.mark.parametrize("name", CHANGED)
def test_the_letters_are_those_of_the_talks_transfer_of_the_same_name(name: str) -> None:
    topology, _, part = name.partition(".")
    assert paths(name) == paths(f"{ORIGINAL[topology]}.{part}")
    assert paths(name) != paths(before(name))


@pytest.mark.parametrize("name", CHANGED)
def test_tasks_are_named_by_their_letters_before_and_after(name: str) -> None:
    pairs = zip(
        tasks.problem(name).tasks,
        tasks.problem(before(name)).tasks,
        paths(before(name)),
        paths(name),
        strict=True,
    )
    for task, was, old, new in pairs:
        assert (task is was) == (old == new)
        assert task is was or task.name.endswith(f"{old}to{new}")
