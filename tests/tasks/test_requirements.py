"""The requirements on tasks: tasks of every kind that meet them, and one that fails each."""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import tasks
from repro.mdp.dynamic_programming import expected_return, optimal_states
from repro.mdp.edges import task_from_edges
from repro.mdp.task import Problem, Task
from tests.support.stochastic import bandit, chain
from tests.tasks import requirements as ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.mdp.edges import Edge


def made(*edges: Edge, horizon: int = 10, actions: str = "ABCDEF") -> Task:
    return task_from_edges(
        "made",
        start=(0, 0),
        terminal=[(1, 0)],
        edges=edges,
        locations=60,
        horizon=horizon,
        actions=actions,
    )


def detour(steps: int, reward: float, horizon: int) -> Task:
    """Make a task of which A ends at once with 0.8, and B begins a way to a larger reward."""
    places = [(0, 0), *((i, 0) for i in range(2, steps + 1)), (1, 0)]
    edges: list[Edge] = [((0, 0), "A", (1, 0), 0.8)]
    for here, there in itertools.pairwise(places):
        edges.append((here, "B", there, reward if there == (1, 0) else 0.0))
    return made(*edges, horizon=horizon, actions="AB")


GOOD = {
    "chain": chain(),
    "bandit": bandit(),
    "costs": bandit((-1.0, -3.0, -2.0)),
    "ten actions": chain("Long", "ABCDJ", actions="ABCDEFGHIJ", slip=0),
    "tolls": made(((0, 0), "A", (1, 0), -1.0), *(((0, 0), a, (0, 0), -1.0) for a in "BCDEF")),
    "hopeless by luck": made(((0, 0), "A", {(1, 0): 0.5, (2, 0): 0.5}, 3.0)),
}
CHECKS = (
    ask.check_best_return,
    ask.check_unique,
    ask.check_learnable,
    ask.check_chance,
    ask.check_observations,
)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("check", CHECKS)
def test_tasks_of_many_kinds_conform(check: Callable[[Task], None], name: str) -> None:
    check(GOOD[name])


@pytest.mark.parametrize("name", GOOD)
def test_their_best_policies_count_as_converged(name: str) -> None:
    ask.check_converged(Problem(f"{name}.training", (GOOD[name],), None))


BAD: dict[str, tuple[Callable[[Task], None], Task, str]] = {
    "discounted": (
        ask.check_best_return,
        detour(30, 1.0, 40),
        "made: the best return in 40 steps is 1, but the best policy at γ = 0.99 earns 0.8",
    ),
    "tied": (
        ask.check_unique,
        made(((0, 0), "B", (1, 0), 0.8), ((0, 0), "D", (1, 0), 0.8)),
        "made: in state (0, 0) the actions B, D are equally good",
    ),
    "tied by chance": (
        ask.check_unique,
        made(
            ((0, 0), "B", {(1, 0): 0.75, (2, 0): 0.25}, 0.8),
            ((2, 0), "A", (1, 0), 0.1),
            ((2, 0), "F", (1, 0), 0.1),
        ),
        "made: in state (2, 0) the actions A, F are equally good",
    ),
    "too easy": (
        ask.check_learnable,
        bandit((0.8, 0.795)),
        "Bandit: a random policy earns 0.7975, within the tolerance of the best return 0.8",
    ),
    "too hard": (
        ask.check_learnable,
        chain("Hard", "ABCDEF", actions="ABCDEFGHIJ", slip=0, horizon=10),
        "Hard: at random, 0.06 episodes in an epoch of 4096 steps earn more than the others",
    ),
    "no chance": (
        ask.check_chance,
        dataclasses.replace(tasks.load("LinABC"), probability=tasks.load("LinABC").transition),
        "LinABC: every probability is 0 or 1; leave out probability=",
    ),
    "large": (
        ask.check_observations,
        dataclasses.replace(
            tasks.load("LinABC"), observation=tasks.load("LinABC").observation * np.float32(255)
        ),
        "LinABC: the largest number in an observation is 255; scale observations",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_task_that_does_not_conform_is_told_what_to_do(name: str) -> None:
    check, task, says = BAD[name]
    with pytest.raises(AssertionError, match=re.escape(says)):
        check(task)
    # It fails for this reason alone.
    for other in CHECKS:
        if other is not check:
            other(task)


def test_a_policy_that_depends_on_the_steps_left_does_not_converge() -> None:
    """The best return needs the risk at the end only; an agent that does not see the time cannot."""
    problem = Problem("made.training", (detour(30, 1.0, 40),), None)
    with pytest.raises(
        AssertionError, match=r"^made\.training: an epoch of the best policy has the r"
    ):
        ask.check_converged(problem)


def test_informative_episodes_by_hand() -> None:
    # Five right actions of ten in at most 20 steps: 1 - P(at most 4 of 20), and 204.8 episodes.
    assert ask.informative_episodes(GOOD["ten actions"]) == pytest.approx(
        0.04317450 * 204.8, rel=1e-6
    )
    assert ask.informative_episodes(bandit()) == pytest.approx(4096 * 4 / 5)
    # Every reward is -1, and the end is reached with probability 1 - (5/6)^10.
    assert ask.informative_episodes(GOOD["tolls"]) == pytest.approx(409.6 * (1 - (5 / 6) ** 10))


@pytest.mark.parametrize("name", [*GOOD, *tasks.task_names()])
def test_they_agree_with_the_projects_dynamic_programming(name: str) -> None:
    task = GOOD[name] if name in GOOD else tasks.load(name)
    for policy in (ask.greedy_policy(task), ask.uniform_policy(task)):
        assert ask.policy_return(task, policy) == pytest.approx(expected_return(task, policy))
    assert sorted(ask.visited(task)) == list(optimal_states(task, ask.GAMMA))
