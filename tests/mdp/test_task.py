"""Validation of a task's arrays (errors name the wrong entry), and how tasks form problems."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.errors import TaskError
from repro.mdp.task import Problem, Task, Topology

if TYPE_CHECKING:
    from collections.abc import Callable

# Action "go" leads from "home" to "road" and from there to "end"; "stay" changes nothing.
STATES, ACTIONS = ("home", "road", "end"), ("go", "stay")


def fields(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of a task
    return {
        "name": "walk",
        "next_state": np.array([[1, 0], [2, 1], [2, 2]]),
        "reward": np.array([[0.0, 0.0], [0.8, 0.0], [0.0, 0.0]]),
        "terminal": np.array([False, False, True]),
        "observation": np.eye(3, 5, dtype=np.float32),
        "start": 0,
        "horizon": 4,
        "state_names": STATES,
        "action_names": ACTIONS,
    } | changes


def changed(field: str, index: tuple[int, ...], value: float) -> Task:
    arrays = fields()
    arrays[field][index] = value
    return Task(**arrays)


def refused(entry: str) -> Any:  # noqa: ANN401 - pytest.raises has no public type
    return pytest.raises(TaskError, match=f"^task 'walk', {re.escape(entry)}: ")


ARRAYS = ("next_state", "reward", "terminal", "observation")
rows, columns = st.integers(0, 2), st.integers(0, 1)
not_finite = st.sampled_from([np.nan, np.inf, -np.inf])
too_large = st.sampled_from([1e39, -1e308])  # for float32


@pytest.mark.parametrize("field", ARRAYS)
def test_arrays_are_read_only_copies(field: str) -> None:
    given = fields()
    task = Task(**given)
    kept, before = getattr(task, field), given[field].copy()
    given[field][...] = 1
    np.testing.assert_array_equal(kept, before, strict=True)
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1


def test_fields_cannot_be_replaced() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Task(**fields()).start = 1  # type: ignore[misc]  # the point of the test


@given(rows, columns, st.one_of(st.integers(max_value=-1), st.integers(min_value=3)))
def test_a_next_state_outside_is_named(state: int, action: int, value: int) -> None:
    value = int(np.clip(value, -(2**63), 2**63 - 1))
    with refused(f"next_state[{STATES[state]}, {ACTIONS[action]}]"):
        changed("next_state", (state, action), value)


@given(rows, columns, not_finite | too_large)
def test_a_reward_that_is_not_finite_is_named(state: int, action: int, value: float) -> None:
    with refused(f"reward[{STATES[state]}, {ACTIONS[action]}]"):
        changed("reward", (state, action), value)


@given(rows, st.integers(0, 4), not_finite)
def test_an_observation_that_is_not_finite_is_named(state: int, cell: int, value: float) -> None:
    with refused(f"observation[{STATES[state]}, {cell}]"):
        changed("observation", (state, cell), value)


@given(columns, st.integers(0, 1))
def test_a_move_out_of_a_terminal_state_is_named(action: int, target: int) -> None:
    with refused(f"next_state[end, {ACTIONS[action]}]"):
        changed("next_state", (2, action), target)


@given(columns, st.floats(allow_nan=False, allow_infinity=False).filter(bool))
def test_a_reward_in_a_terminal_state_is_named(action: int, value: float) -> None:
    with refused(f"reward[end, {ACTIONS[action]}]"):
        changed("reward", (2, action), value)


@given(st.permutations([0, 1, 2]))
def test_two_states_with_equal_observations_are_named(order: list[int]) -> None:
    observation = np.eye(3, 5, dtype=np.float32)
    one, other = sorted(order[:2])
    observation[one] = observation[other]
    with pytest.raises(
        TaskError, match=rf"observation\[{STATES[other]}\]: equals that of {STATES[one]}"
    ):
        Task(**fields(observation=observation))


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        ({"start": 3}, "start"),
        ({"start": -1}, "start"),
        ({"start": True}, "start"),
        ({"start": 0.0}, "start"),
        ({"start": 2}, "terminal[end]"),
        ({"start": 1}, "state home"),
        ({"horizon": 0}, "horizon"),
        ({"horizon": 2.5}, "horizon"),
        ({"horizon": 1}, "state end"),
        ({"next_state": np.array([[0, 0], [2, 1], [2, 2]])}, "state road"),
        ({"terminal": np.zeros(3, bool)}, "terminal"),
        ({"state_names": ("home", "road", "home")}, "state_names"),
        ({"state_names": ()}, "state_names"),
        ({"state_names": "end"}, "state_names"),
        ({"state_names": (1, 2, 3)}, "state_names"),
        ({"action_names": ["go", "stay"]}, "action_names"),
        ({"action_names": ("go", "go")}, "action_names"),
        ({"action_names": ()}, "action_names"),
        ({"state_names": ("home", "road")}, "next_state"),
        ({"action_names": ("go", "stay", "rest")}, "next_state"),
        ({"terminal": np.array([[False], [False], [True]])}, "terminal"),
        ({"observation": np.eye(2, 5, dtype=np.float32)}, "observation"),
        *(({field: fields()[field].astype(np.complex128)}, field) for field in ARRAYS),
        *(({field: fields()[field].tolist()}, field) for field in ARRAYS),
    ],
)
def test_an_invalid_entry_is_named(change: dict[str, Any], entry: str) -> None:
    with refused(entry):
        Task(**fields(**change))


def test_the_message_says_what_was_given_and_expected() -> None:
    with pytest.raises(TaskError) as caught:
        changed("next_state", (1, 0), 7)
    assert str(caught.value) == (
        "task 'walk', next_state[road, go]: is 7; expected a state's index, 0 to 2"
    )
    with pytest.raises(TaskError) as caught:
        Task(**fields(observation=np.eye(3)))
    assert str(caught.value) == (
        "task 'walk', observation: is of float64, shape (3, 3); "
        "expected an array of float32, shape (3, any)"
    )


def test_merged_concatenates_the_tasks() -> None:
    # The second task starts in its row 1 and swaps the roles of home and road.
    swapped = Task(
        **fields(
            name="back",
            next_state=np.array([[2, 0], [0, 1], [2, 2]]),
            reward=np.array([[0.8, 0.0], [0.0, 0.0], [0.0, 0.0]]),
            start=1,
        )
    )
    problem = Problem("there.and_back", (Task(**fields()), swapped), None)
    merged = problem.merged
    for got, expected in (
        (merged.next_state, np.array([[1, 0], [2, 1], [2, 2], [5, 3], [3, 4], [5, 5]])),
        (
            merged.reward,
            np.array([[0, 0], [0.8, 0], [0, 0], [0.8, 0], [0, 0], [0, 0]], np.float32),
        ),
        (merged.terminal, np.array([False, False, True, False, False, True])),
        (merged.observation, np.vstack([np.eye(3, 5, dtype=np.float32)] * 2)),
        (merged.starts, np.array([0, 4])),
    ):
        np.testing.assert_array_equal(got, expected, strict=True)
        assert not got.flags.writeable
    assert merged.horizon == 4
    assert problem.merged is merged


@pytest.mark.parametrize(
    ("tasks", "reason"),
    [
        (list, "has no task"),
        (lambda: [Task(**fields())] * 2, "has task 'walk' 2 times"),
        (
            lambda: [Task(**fields()), Task(**fields(name="b", horizon=5))],
            "task 'b': horizon 5; expected 4 as in 'walk'",
        ),
        (
            lambda: [Task(**fields()), Task(**fields(name="b", action_names=("go", "wait")))],
            r"task 'b': actions \('go', 'wait'\); expected \('go', 'stay'\)",
        ),
        (
            lambda: [
                Task(**fields()),
                Task(**fields(name="b", observation=np.eye(3, dtype=np.float32))),
            ],
            "task 'b': observation size 3; expected 5",
        ),
    ],
)
def test_tasks_that_one_agent_cannot_learn_are_an_error(
    tasks: Callable[[], list[Task]], reason: str
) -> None:
    with pytest.raises(TaskError, match=f"^problem 'p.x'.*{reason}"):
        Problem("p.x", tuple(tasks()), None)


def test_the_training_problem_of_a_topology_is_first() -> None:
    one, two, three = (Task(**fields(name=name)) for name in ("one", "two", "three"))
    topology = Topology((one,), {"zeta": (two,), "alpha": (two, three)})
    assert [(p.name, p.tasks, p.pretraining) for p in topology.problems("t")] == [
        ("t.training", (one,), None),
        ("t.zeta", (two,), "t.training"),
        ("t.alpha", (two, three), "t.training"),
    ]


def test_a_transfer_cannot_be_named_training() -> None:
    task = Task(**fields())
    with pytest.raises(TaskError, match=r"'t\.training'"):
        Topology((task,), {"training": (task,)}).problems("t")
