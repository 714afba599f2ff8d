"""Rollouts: trajectories by hand, returns by dynamic programming, independence of runs."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro import tasks
from repro.engine.rollout import Batch, RngStreams, collect_auctioned, collect_sampled, shuffled
from tests.support.recorded import arrays, streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.mdp.task import Tables

# States of LinABC: 0 to 2 are the decisions, 3 is terminal, 4 the detour after the last decision.
CHAIN = "linear_chain.training"
PAIR = "common_descendant.training"
LETTERS = "ABCDEF"
UNIFORM_RETURN = 1179473 / 7558272


def tables_of(problem: str) -> Tables:
    return tasks.problem(problem).merged


def spelled(*letters: str) -> NDArray[np.float64]:
    """Return a policy [R, S, 6] that takes the given letter in each state."""
    return np.array([[np.eye(6)[LETTERS.index(letter)] for letter in run] for run in letters])


def uniform(runs: int, states: int = 5) -> NDArray[np.float64]:
    return np.full((runs, states, 6), 1 / 6)


def test_trajectories_by_hand() -> None:
    """Three runs of 13 steps: the direct path, a first decision that is never right, and the detour."""
    batch = arrays(
        collect_sampled(streams(1, 2, 3), tables_of(CHAIN), spelled("ABCAA", "BAAAA", "ABDAA"), 13)
    )
    straight, stuck, astray = range(3)
    assert batch.state[straight].tolist() == [0, 1, 2] * 4 + [0]
    assert batch.action[straight].tolist() == [0, 1, 2] * 4 + [0]
    assert batch.next_state[straight].tolist() == [1, 2, 3] * 4 + [1]
    np.testing.assert_array_equal(
        batch.reward[straight], np.array([0, 0, 0.8] * 4 + [0], np.float32)
    )
    # Each terminal state ends an episode, and so does the last step of the epoch.
    assert np.flatnonzero(batch.episode_end[straight]).tolist() == [2, 5, 8, 11, 12]

    assert batch.state[stuck].tolist() == batch.next_state[stuck].tolist() == [0] * 13
    assert batch.action[stuck].tolist() == [1] * 13
    assert np.flatnonzero(batch.episode_end[stuck]).tolist() == [9, 12]

    # The episode is cut after ten steps; the state reached is recorded, and a new episode starts.
    assert batch.state[astray].tolist() == [0, 1, 2, 4, 2, 4, 2, 4, 2, 4, 0, 1, 2]
    assert batch.next_state[astray].tolist() == [1, 2, 4, 2, 4, 2, 4, 2, 4, 2, 1, 2, 4]
    assert np.flatnonzero(batch.episode_end[astray]).tolist() == [9, 12]
    assert not batch.reward[1:].any()
    np.testing.assert_allclose(batch.mean_return, [4 * 0.8 / 5, 0, 0], rtol=1e-7)
    assert batch.bids.shape == (3, 13, 0)


def test_a_batch_consists_of_tensors() -> None:
    for batch in (
        collect_sampled(streams(1), tables_of(CHAIN), uniform(1), 8),
        collect_auctioned(streams(1), tables_of(CHAIN), np.ones((1, 5, 6)), np.ones((1, 5, 6)), 8),
    ):
        columns = {name: x for name, x in vars(batch).items() if isinstance(x, torch.Tensor)}
        assert {name: x.dtype for name, x in columns.items()} == {
            "state": torch.int64,
            "action": torch.int64,
            "next_state": torch.int64,
            "reward": torch.float32,
            "episode_end": torch.bool,
            "bids": torch.float32,
        }


def test_an_episode_that_ends_with_the_epoch_counts_once() -> None:
    batch = arrays(collect_sampled(streams(1), tables_of(CHAIN), spelled("ABCAA"), 6))
    assert np.flatnonzero(batch.episode_end[0]).tolist() == [2, 5]
    assert batch.mean_return[0] == pytest.approx(0.8)


def test_the_uniform_policys_return_against_dynamic_programming() -> None:
    steps = 400_000
    batch = arrays(collect_sampled(streams(4), tables_of(CHAIN), uniform(1), steps))
    episodes = int(batch.episode_end.sum())
    # A return is 0 or 0.8; about one episode in 40,000 is cut by the end.
    error = 0.8 * math.sqrt((UNIFORM_RETURN / 0.8) * (1 - UNIFORM_RETURN / 0.8) / episodes)
    assert error < 0.002
    assert abs(batch.mean_return[0] - UNIFORM_RETURN) < 4 * error
    assert batch.mean_return[0] == pytest.approx(
        batch.reward.sum(dtype=np.float64) / episodes, rel=1e-9
    )


@pytest.mark.parametrize("problem", [CHAIN, PAIR])
def test_columns_of_a_batch_are_consistent(problem: str) -> None:
    tables = tables_of(problem)
    batch = arrays(collect_sampled(streams(5, 6), tables, uniform(2, len(tables.terminal)), 3000))
    np.testing.assert_array_equal(batch.next_state, tables.next_state[batch.state, batch.action])
    np.testing.assert_array_equal(batch.reward, tables.reward[batch.state, batch.action])
    within = ~batch.episode_end[:, :-1]
    np.testing.assert_array_equal(batch.state[:, 1:][within], batch.next_state[:, :-1][within])
    for run in range(2):
        ends = np.flatnonzero(batch.episode_end[run])
        lengths = np.diff(ends, prepend=-1)
        assert ends[-1] == 2999
        assert lengths.max() == 10
        ended = tables.terminal[batch.next_state[run, ends]]
        assert (ended | (lengths == 10))[:-1].all()
        assert not tables.terminal[batch.next_state[run]][~batch.episode_end[run]].any()
        assert set(batch.state[run, ends[:-1] + 1]) <= set(tables.starts)


def test_a_run_does_not_depend_on_other_runs() -> None:
    """The numbers are the same alone, with others, in another order, and after others stopped."""
    tables, rough = tables_of(PAIR), np.random.default_rng(10).dirichlet(np.ones(6), (3, 6))
    alpha, beta = np.random.default_rng(11).uniform(0.2, 4, (2, 3, 6, 6))

    def act(runs: RngStreams, of: list[int]) -> tuple[list[Batch], NDArray[np.int32]]:
        sampled = collect_sampled(runs, tables, rough[of], 200)
        auctioned = collect_auctioned(runs, tables, alpha[of], beta[of], 200)
        return [sampled, auctioned], shuffled(runs, 2, 64)

    batches, order = act(streams(20, 21, 22), [0, 1, 2])
    three = streams(20, 21, 22)
    for runs, of in (
        (streams(21), [1]),
        (streams(21, 20), [1, 0]),
        (RngStreams(three.generators, np.array([1, 2])), [1, 2]),
    ):
        found, its_order = act(runs, of)
        for one, other in zip(batches, found, strict=True):
            for name, column in vars(one).items():
                np.testing.assert_array_equal(column[1], getattr(other, name)[0])
        np.testing.assert_array_equal(order[1], its_order[0])
    assert (batches[0].action[0] != batches[0].action[1]).any()
    # A run that stopped draws no more numbers.
    assert three.generators[0].random() == np.random.default_rng(20).random()


def test_each_sampled_action_takes_one_random_number() -> None:
    runs = streams(60)
    collect_sampled(runs, tables_of(CHAIN), uniform(1), 50)
    apart = np.random.default_rng(60)
    apart.random(50)
    assert runs.generators[0].random() == apart.random()


def test_each_epoch_draws_one_task() -> None:
    tables, runs = tables_of(PAIR), streams(30, 31)
    started = np.zeros((2, 400), np.int64)
    for epoch in range(400):
        batch = arrays(collect_sampled(runs, tables, uniform(2, 6), 40))
        first = batch.state[:, 0]
        assert set(first) <= set(tables.starts)
        # All episodes of an epoch start in the same state.
        begins = np.pad(batch.episode_end[:, :-1], ((0, 0), (1, 0)), constant_values=True)
        np.testing.assert_array_equal(batch.state[begins], np.repeat(first, begins.sum(axis=1)))
        started[:, epoch] = first == tables.starts[1]
    # Four standard deviations of 400 fair coins, and of their agreement.
    assert np.abs(started.sum(axis=1) - 200).max() < 40
    assert abs((started[0] == started[1]).sum() - 200) < 40


def test_every_learner_gets_every_sample_once() -> None:
    order = shuffled(streams(40, 41), 3, 96)
    assert order.shape == (2, 3, 96)
    orders = set()
    for run, learner in np.ndindex(2, 3):
        own = order[run, learner]
        assert sorted(own) == list(range(96))
        orders.add(tuple(own))
    # All orders differ from each other and from time order.
    assert len(orders | {tuple(range(96))}) == 7
    assert (shuffled(streams(40, 41), 3, 96) == order).all()


def test_orders_are_uniform() -> None:
    runs = streams(42)
    first = np.array([shuffled(runs, 1, 8)[0, 0, 0] for _ in range(4000)])
    found = np.bincount(first, minlength=8)
    # 7 degrees of freedom: a sum above 29 has probability 1/7000.
    assert ((found - 500) ** 2 / 500).sum() < 29


def test_global_generators_are_not_used() -> None:
    def states() -> tuple[object, str, list[int]]:
        legacy = str(np.random.get_state())  # noqa: NPY002 - the one that must not be touched
        return random.getstate(), legacy, torch.get_rng_state().tolist()

    before = states()
    runs, tables = streams(50), tables_of(CHAIN)
    collect_sampled(runs, tables, uniform(1), 50)
    collect_auctioned(runs, tables, np.ones((1, 5, 6)), np.ones((1, 5, 6)), 50)
    shuffled(runs, 1, 50)
    assert states() == before
