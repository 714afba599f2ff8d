"""Stochastic tasks, tasks of other sizes, and best returns: what is valid, and what errors say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro.errors import TaskError
from repro.mdp.edges import task_from_edges
from repro.mdp.task import LONGEST, Problem, Tables, Task
from tests.mdp.test_task import fields
from tests.support.stochastic import bandit, chain

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from repro.mdp.edges import Edge


def slippery(**changes: Any) -> Task:  # noqa: ANN401 - any field of a task
    """Make the walk of `fields`, in which "go" fails with probability 1/4."""
    probability = np.zeros((3, 2, 3))
    probability[0, 0], probability[1, 0] = (0.25, 0.75, 0), (0, 0.25, 0.75)
    probability[[0, 1, 2, 2], [1, 1, 0, 1], [0, 1, 2, 2]] = 1
    return Task(**fields(probability=probability, **changes))


def changed(index: tuple[int, ...], value: ArrayLike, **changes: Any) -> Task:  # noqa: ANN401 - as above
    probability = slippery().transition.copy()
    probability[index] = value
    return Task(**fields(probability=probability, **changes))


def refused(words: str) -> Any:  # noqa: ANN401 - pytest.raises has no public type
    return pytest.raises(TaskError, match=re.escape(f"task 'walk', {words}"))


def test_probabilities_are_a_read_only_copy() -> None:
    given = slippery().transition.copy()
    task = Task(**fields(probability=given))
    given[:] = 0
    assert task.probability is not None
    assert task.probability.sum() == 6
    assert not task.probability.flags.writeable


def test_the_transition_of_a_deterministic_task_is_one_hot() -> None:
    task = Task(**fields())
    assert task.probability is None
    assert task.transition.argmax(axis=-1).tolist() == task.next_state.tolist()
    assert task.transition.sum(axis=-1).tolist() == [[1, 1]] * 3


@pytest.mark.parametrize("value", [-0.25, np.nan, np.inf])
def test_what_is_no_probability_is_named(value: float) -> None:
    with refused(f"probability[home, go, home]: is {value}; expected a number from 0 to 1"):
        changed((0, 0, 0), value)


def test_a_sum_that_is_not_1_is_named_with_the_sum() -> None:
    with refused(
        "probability[road, go]: adds up to 0.9; expected 1: give the state itself the rest"
    ):
        changed((1, 0, 1), 0.15)
    changed((1, 0, 1), 0.25 + 1e-10)


def test_next_state_must_be_the_most_likely_one() -> None:
    with refused("next_state[home, go]: is 2; expected the most likely state, road"):
        slippery(next_state=np.array([[2, 0], [2, 1], [2, 2]]))


def test_a_terminal_state_must_not_be_left_by_chance() -> None:
    with refused("probability[end, go]: is 0.75; a terminal state must lead to itself with"):
        changed((2, 0), (0.25, 0, 0.75))


def test_an_unlikely_way_is_a_way() -> None:
    """The state "road" is never the most likely one."""
    likely = {"next_state": np.array([[0, 0], [2, 1], [2, 2]])}
    assert changed((0, 0), (0.75, 0.25, 0), **likely).best_return == pytest.approx(
        # One step in which "go" succeeds with 1/4, then one with 3/4, within four; the mean reward
        # 0.8 is paid for each try of the second.
        0.8 * expected_tries(0.25, 0.75, 4)
    )


def expected_tries(first: float, second: float, steps: int) -> float:
    """Sum, over the step in which the first try succeeds, the expected number of second tries."""
    return sum(
        (1 - first) ** (n - 1) * first * sum((1 - second) ** k for k in range(steps - n))
        for n in range(1, steps + 1)
    )


@pytest.mark.parametrize(
    "entry", [np.ones((3, 2)), np.eye(3)[np.zeros((3, 2), int)].astype(np.float32), [[1.0]]]
)
def test_other_arrays_are_refused(entry: object) -> None:
    with refused("probability: is "):
        Task(**fields(probability=entry))


def test_best_returns_by_hand() -> None:
    assert Task(**fields()).best_return == 0.8
    assert bandit().best_return == 1.0
    assert bandit((-3.0, -1.0)).best_return == -1.0
    # Five successes with probability 0.9 within 5 and 6 trials.
    assert chain(horizon=5).best_return == pytest.approx(2.5 * 0.9**5)
    assert chain(horizon=6).best_return == pytest.approx(2.5 * 0.9**5 * (1 + 5 * 0.1))


def test_a_bandit_and_a_long_chain() -> None:
    task = bandit()
    assert (task.horizon, task.state_names, task.action_names) == (
        1,
        ("(0, 0)", "(1, 0)"),
        tuple("ABCDE"),
    )
    assert task.observation.tolist() == [[1, 0, 1], [0, 1, 1]]
    long = chain(right="ABCDJ", actions="ABCDEFGHIJ", slip=0)
    assert (long.probability, long.best_return) == (None, 2.5)
    assert long.next_state.shape == (6, 10)
    assert long.observation.shape == (6, 6)


def walk(*rewards: float, horizon: int = 10, **more: float) -> Task:
    """Make a chain with these rewards; `more` are rewards of B in a state, which ends the episode."""
    end = (len(rewards), -1)
    edges = [((i, -1), "A", (i + 1, -1), reward) for i, reward in enumerate(rewards)]
    edges += [((int(i[1:]), -1), "B", end, reward) for i, reward in more.items()]
    return task_from_edges(
        "walk",
        start=(0, -1),
        terminal=[end],
        edges=edges,
        actions="AB",
        locations=len(rewards) + 1,
        keys=0,
        horizon=horizon,
    )


def test_a_better_way_beyond_the_horizon_is_an_error() -> None:
    # Every state is within two steps, but the second reward takes three.
    assert walk(0, 1, 2, horizon=3).best_return == 3
    with refused(
        "horizon: the best return 3 cannot be reached in 2 steps, only 1; raise horizon= to at"
    ):
        walk(0, 1, 2, s0=0.25, horizon=2)


def test_a_state_beyond_the_horizon_is_an_error() -> None:
    with refused(
        "state (3, -1): is 3 steps from the start, and episodes are cut after 2; raise horizon="
    ):
        walk(0, 0, 1, horizon=2)


def test_a_reward_beyond_the_horizon_is_an_error() -> None:
    """The state is reached with the last step, so that its action never takes place."""
    edges: list[Edge] = [
        ((0, 0), "A", {(1, 0): 0.5, (2, 0): 0.5}, 0.25),
        ((1, 0), "B", (2, 0), 1.0),
    ]
    task: dict[str, Any] = {"start": (0, 0), "terminal": [(2, 0)], "edges": edges}
    with refused(
        "reward[(1, 0), B]: cannot be earned in 1 steps, since its state is as many steps"
    ):
        task_from_edges("walk", **task, horizon=1)
    assert task_from_edges("walk", **task, horizon=2).best_return == 0.25 + 0.5


def test_a_rewarded_cycle_is_limited_by_the_horizon() -> None:
    edges = [((0, 0), "A", (0, 0), 0.5), ((0, 0), "B", (1, 0), 0.0)]
    task = task_from_edges("stay", start=(0, 0), terminal=[(1, 0)], edges=edges, horizon=7)
    assert task.best_return == 3.5
    # Also if there are more states than steps.
    edges += [((0, 0), letter, (3, i), 0.0) for i, letter in enumerate("CDEF")]
    ends = [(1, 0), *((3, i) for i in range(4))]
    task = task_from_edges("stay", start=(0, 0), terminal=ends, edges=edges, horizon=3)
    assert task.best_return == 1.5


def test_a_task_in_which_nothing_can_be_earned_is_an_error() -> None:
    for rewards in ((0.0, 0.0), (0.0, -1.0)):
        with refused(
            "reward: the best return in 10 steps is 0, and convergence is judged relative to"
        ):
            walk(*rewards)


def test_a_costly_way_has_a_best_return_below_0() -> None:
    task = task_from_edges(
        "toll",
        start=(0, 0),
        terminal=[(1, 0)],
        edges=[((0, 0), "A", (1, 0), -1.0), ((0, 0), "B", (0, 0), -0.5)],
        actions="AB",
        horizon=5,
    )
    assert task.best_return == -1.0


@pytest.mark.parametrize("horizon", [0, LONGEST + 1, 10**30])
def test_horizons_are_limited(horizon: int) -> None:
    with refused(f"horizon: is {horizon}; expected a number of steps, 1 to 4096"):
        Task(**fields(horizon=horizon))


def test_the_tasks_of_a_problem_have_one_best_return() -> None:
    one, two = chain(), chain("Other", "ABCDH", reward=2.4)
    with pytest.raises(
        TaskError,
        match=r"^problem 'p\.x', task 'Other': best return 2\.4; expected 2\.5 as in 'Slippery', "
        "since each epoch draws one of them",
    ):
        Problem("p.x", (one, two), None)
    # Up to rounding.
    close = chain("Other", "ABCDH", reward=2.5 * (1 + 1e-12))
    assert Problem("p.x", (one, close), None).best_return == one.best_return


def test_merged_tables_of_a_stochastic_problem() -> None:
    """The second task is deterministic and starts in row 3."""
    first = slippery(horizon=40)
    second = Task(**fields(name="sure", horizon=40, reward=first.reward * (4 / 3)))
    tables = Problem("p.x", (first, second), None).merged
    assert tables.best_return == pytest.approx(0.8 * 4 / 3)
    assert tables.probability is not None
    assert tables.probability.shape == tables.cumulative.shape == (6, 2, 6)
    assert tables.probability[:3, :, :3].tolist() == first.transition.tolist()
    assert tables.probability[3:, :, 3:].tolist() == second.transition.tolist()
    assert not tables.probability[:3, :, 3:].any()
    assert not tables.probability[3:, :, :3].any()
    assert tables.cumulative[1, 0].tolist() == [0, 0.25, 1, 1, 1, 1]
    assert tables.cumulative[3, 0].tolist() == [0, 0, 0, 0, 1, 1]
    assert tables.regret.shape == (40, 6, 2)
    # With the last step left, "go" on the road is worth 0.8, or 16/15, more than "stay".
    assert tables.regret[-1, [1, 4], 1] == pytest.approx([0.8, 3.2 / 3])
    assert not any(
        x.flags.writeable for x in (tables.probability, tables.cumulative, tables.regret)
    )


def test_cumulative_probabilities_leave_nothing_to_other_rows() -> None:
    """Ten times 0.1 add up to less than 1; the rest must not go to a state that cannot be reached."""
    probability = np.zeros((12, 1, 12))
    probability[:, 0, 1:11] = 0.1
    assert probability[0, 0].cumsum()[-1] < 1
    tables = Tables(
        next_state=np.ones((12, 1), np.int64),
        reward=np.zeros((12, 1), np.float32),
        terminal=np.zeros(12, np.bool_),
        observation=np.eye(12, dtype=np.float32),
        starts=np.zeros(1, np.int64),
        horizon=3,
        probability=probability,
    )
    assert tables.cumulative[0, 0, [0, 1, 10, 11]].tolist() == [0, 0.1, 1, 1]


def test_a_deterministic_problem_has_no_tables_of_chance() -> None:
    tables = Problem("p.x", (Task(**fields()),), None).merged
    assert tables.probability is None
    assert tables.cumulative.shape == tables.regret.shape == (0, 0, 0)
    assert tables.best_return == 0.8
