"""Rollouts of stochastic problems: how states are drawn, and returns without the luck of transitions."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import tasks
from repro.engine.rollout import collect_auctioned, collect_sampled, policy_return
from repro.mdp.dynamic_programming import expected_return, optimal_actions, uniform_policy
from repro.mdp.edges import task_from_edges
from repro.mdp.task import Problem
from tests.support.recorded import arrays, streams
from tests.support.stochastic import chain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.mdp.edges import Edge
    from repro.mdp.task import Tables, Task


def tables_of(*made: Task) -> Tables:
    return Problem("made.up", made, None).merged


def risky(horizon: int = 4) -> Task:
    """Make a task in which chance decides a lot: the better action fails half of the time, for good."""
    edges: list[Edge] = [
        ((0, 0), "A", {(1, 0): 0.5, (2, 0): 0.375, (0, 0): 0.125}, 0.0),
        ((0, 0), "B", (2, 0), 0.25),
        ((1, 0), "B", {(2, 0): 0.75, (1, 0): 0.25}, 1.5),
    ]
    return task_from_edges(
        "Risky",
        start=(0, 0),
        terminal=[(2, 0)],
        edges=edges,
        actions="ABC",
        horizon=horizon,
    )


def best_policy(task: Task) -> NDArray[np.float64]:
    """Return the best policy [1, S, A]; of equally good actions the first."""
    actions = optimal_actions(task, 0.99).argmax(axis=1)
    return np.asarray(np.eye(len(task.action_names))[actions][None])


@pytest.mark.parametrize("auctioned", [False, True])
def test_transitions_have_their_probabilities(*, auctioned: bool) -> None:
    tables, steps = tables_of(risky()), 60_000
    flat = np.full((1, 3, 3), 1 / 3)
    runs = streams(3)
    batch = arrays(
        collect_auctioned(runs, tables, flat, flat, steps)
        if auctioned
        else collect_sampled(runs, tables, flat, steps)
    )
    action = batch.action[0] // (2 if auctioned else 1)
    transition = risky().transition
    for s, a in ((0, 0), (0, 1), (1, 1), (1, 2)):
        reached = batch.next_state[0][(batch.state[0] == s) & (action == a)]
        found, p = np.bincount(reached, minlength=3), transition[s, a]
        # Four standard deviations of a binomial count; a state of probability 0 is never reached.
        assert (np.abs(found - reached.size * p) <= 4 * np.sqrt(reached.size * p * (1 - p))).all()
        assert reached.size > 2000
    np.testing.assert_array_equal(batch.reward[0], tables.reward[batch.state[0], action])
    within = ~batch.episode_end[0, :-1]
    np.testing.assert_array_equal(batch.state[0, 1:][within], batch.next_state[0, :-1][within])


def test_a_step_takes_a_number_for_the_action_and_one_for_the_state() -> None:
    runs = streams(60)
    collect_sampled(runs, tables_of(risky()), np.full((1, 3, 3), 1 / 3), 50)
    apart = np.random.default_rng(60)
    apart.random(100)
    assert runs.generators[0].random() == apart.random()


def certain(task: Task) -> Task:
    """Make a stochastic task whose probabilities are all 0 or 1."""
    return dataclasses.replace(task, probability=task.transition)


@pytest.mark.parametrize(
    "problem", ["linear_chain.training", "common_descendant.training", "common_ancestor.training"]
)
def test_without_luck_a_return_is_what_is_earned(problem: str) -> None:
    """In a deterministic problem it is the plain return of all complete episodes."""
    found = tasks.problem(problem)
    tables = tables_of(*map(certain, found.tasks))
    assert tables.regret.shape == (10, len(tables.terminal), 6)
    policy = np.random.default_rng(4).dirichlet(np.ones(6), (5, len(tables.terminal)))
    batch = arrays(collect_sampled(streams(1, 2, 3, 4, 5), tables, policy, 400))
    for run in range(5):
        ends = np.flatnonzero(batch.episode_end[run])
        *complete, last = np.split(batch.reward[run].astype(float), ends[:-1] + 1)
        # The last episode counts as if it went on with the best actions, if time is left for them.
        plain = sum(part.sum() for part in complete)
        gap = batch.mean_return[run] * ends.size - plain - last.sum()
        assert gap == pytest.approx(0, abs=1e-5) or gap == pytest.approx(0.8, abs=1e-5)
    assert (batch.mean_return < 0.8).all()
    assert (batch.mean_return > 0.01).any()


def test_complete_episodes_by_hand() -> None:
    """Two episodes of LinABC, by the letters ABC and ABDC in turn; the second ends at no reward."""
    tables = tables_of(certain(tasks.load("LinABC")))
    letters = np.eye(6)[[[0, 1, 2, 0, 0], [0, 1, 3, 0, 2], [0, 1, 3, 0, 0]]]
    batch = collect_sampled(streams(1, 2, 3), tables, letters, 12)
    # The third goes to and fro until step ten; two more steps leave eight, enough for the best path.
    assert batch.mean_return == pytest.approx([0.8, 0, 0.4])


@pytest.mark.slow
@pytest.mark.parametrize("task", [chain(), risky(), risky(7)], ids=["chain", "risky", "longer"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_mean_return_is_unbiased(task: Task, seed: int) -> None:
    """Against dynamic programming, for a random policy, with four standard errors of 40 epochs."""
    states, actions = task.next_state.shape
    policy = np.random.default_rng(seed).dirichlet(np.ones(actions), states)
    runs, tables = streams(*range(40)), tables_of(task)
    batch = collect_sampled(runs, tables, np.tile(policy, (40, 1, 1)), 4096)
    error = batch.mean_return.std(ddof=1) / math.sqrt(40)
    exact = expected_return(task, policy)
    # The episode that the epoch cuts counts too much, by at most the best return.
    cut = task.best_return * task.horizon / 4096
    assert 0 < error < 0.01
    assert -4 * error < batch.mean_return.mean() - exact < 4 * error + cut


@pytest.mark.slow
def test_luck_is_left_out() -> None:
    """The plain mean return of the same epochs varies more, and in the best policy it still does."""
    task = risky(9)
    tables, runs = tables_of(task), 30
    for policy in (best_policy(task), uniform_policy(task)[None]):
        many = np.tile(policy, (runs, 1, 1))
        batch = arrays(collect_sampled(streams(*range(runs)), tables, many, 512))
        plain = batch.reward.sum(axis=1) / batch.episode_end.sum(axis=1)
        assert plain.std() > 1.5 * batch.mean_return.std()


@pytest.mark.slow
def test_the_best_policy_has_the_best_return_in_every_epoch() -> None:
    for task in (chain(), risky(9)):
        policy = np.tile(best_policy(task), (20, 1, 1))
        batch = arrays(collect_sampled(streams(*range(20)), tables_of(task), policy, 512))
        np.testing.assert_allclose(batch.mean_return, task.best_return, rtol=1e-12)
        plain = batch.reward.sum(axis=1) / batch.episode_end.sum(axis=1)
        assert plain.std() > 0.02 * task.best_return


def test_greedy_returns_of_a_stochastic_problem() -> None:
    """Of all policies of one task, and the mean over two tasks."""
    task, other = risky(), dataclasses.replace(certain(risky()), name="Other")
    action = np.array([[a, b, 0] for a in range(3) for b in range(3)])
    expected = [expected_return(task, np.eye(3)[row]) for row in action]
    assert len(set(np.round(expected, 6))) == 3
    assert policy_return(tables_of(task), np.eye(task.reward.shape[1])[action]) == pytest.approx(
        expected
    )
    twice = np.concatenate([action, action[::-1]], axis=1)
    mean = np.add(expected, expected[::-1]) / 2
    assert policy_return(
        tables_of(task, other), np.eye(task.reward.shape[1])[twice]
    ) == pytest.approx(mean)


def test_a_run_does_not_depend_on_other_runs() -> None:
    tables, policy = tables_of(risky()), np.full((2, 3, 3), 1 / 3)
    both = arrays(collect_sampled(streams(1, 2), tables, policy, 200))
    alone = arrays(collect_sampled(streams(2), tables, policy[:1], 200))
    for name in ("state", "action", "next_state", "reward", "episode_end", "mean_return"):
        np.testing.assert_array_equal(getattr(both, name)[1], getattr(alone, name)[0])
