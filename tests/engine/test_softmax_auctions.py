"""Rollouts by auctions whose winners are drawn: who wins given the bids, bids, and transitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from repro import tasks
from repro.engine.softmax_auctions import collect_softmax_auctioned
from repro.mdp.dynamic_programming import expected_return, uniform_policy
from repro.mdp.task import Problem
from tests.support.recorded import arrays, streams
from tests.support.stochastic import chain

CHAIN = tasks.problem("linear_chain.training").merged
STEPS = 20_000


def shapes(runs: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return Beta shapes, [R, S, K], which differ between states and mechanisms."""
    rng = np.random.default_rng(3)
    alpha, beta = rng.uniform(0.5, 4, (2, runs, 5, 6))
    return alpha, beta


@pytest.mark.parametrize("temperature", [0.1, 0.5, 4.0])
def test_winners_follow_the_softmax_of_the_bids(temperature: float) -> None:
    batch = arrays(collect_softmax_auctioned(streams(1), CHAIN, *shapes(), STEPS, temperature))
    weight = np.exp(batch.bids[0].astype(float) / temperature)
    probability = weight / weight.sum(-1, keepdims=True)
    for entry in range(12):
        won, p = batch.action[0] == entry, probability[:, entry]
        # By how many standard deviations the number of wins differs from its expectation given all bids.
        assert abs((won - p).sum() / math.sqrt((p * (1 - p)).sum())) < 4.5
        # The same among the steps in which the entry is more likely to win than usual.
        likely = p > np.median(p)
        spread = math.sqrt((p * (1 - p))[likely].sum())
        assert abs((won - p)[likely].sum() / spread) < 4.5
    assert (batch.action[0] != batch.bids[0].argmax(-1)).mean() > 0.1


def test_near_temperature_zero_the_highest_bid_wins() -> None:
    batch = arrays(collect_softmax_auctioned(streams(1, 2), CHAIN, *shapes(2), 500, 1e-12))
    np.testing.assert_array_equal(batch.action, batch.bids.argmax(-1))


def test_at_a_high_temperature_all_entries_win_equally_often() -> None:
    batch = arrays(collect_softmax_auctioned(streams(1), CHAIN, *shapes(), STEPS, 1e9, copies=3))
    found = np.bincount(batch.action[0], minlength=18)
    # 17 degrees of freedom: a sum above 45 has probability 1/4000.
    assert ((found - STEPS / 18) ** 2 / (STEPS / 18)).sum() < 45


def test_bids_follow_their_distributions_and_are_independent() -> None:
    """In each state: whoever wins, and wherever that leads."""
    alpha, beta = shapes()
    batch = arrays(collect_softmax_auctioned(streams(4), CHAIN, alpha, beta, STEPS, 0.1))
    visited = [state for state in range(5) if (batch.state[0] == state).sum() > 500]
    assert len(visited) > 1
    for state in visited:
        bids = batch.bids[0][batch.state[0] == state].astype(float)
        for entry in range(12):
            distribution = stats.beta(alpha[0, state, entry // 2], beta[0, state, entry // 2])
            assert stats.kstest(bids[:, entry], distribution.cdf).pvalue > 1e-4
        off_diagonal = np.corrcoef(bids.T)[np.triu_indices(12, 1)]
        assert np.abs(off_diagonal).max() < 4.5 / math.sqrt(len(bids))


def test_layout_and_transitions() -> None:
    found = collect_softmax_auctioned(streams(1, 2), CHAIN, *shapes(2), 200, 0.1, copies=3)
    batch = arrays(found)
    assert batch.bids.shape == (2, 200, 18)
    assert found.bids.transpose(1, 2).is_contiguous()
    np.testing.assert_array_equal(
        batch.next_state, CHAIN.next_state[batch.state, batch.action // 3]
    )
    np.testing.assert_array_equal(
        batch.reward, CHAIN.reward[batch.state, batch.action // 3].astype(np.float32)
    )
    for run in range(2):
        age, total, episodes = 0, 0.0, 0
        for t in range(200):
            assert age or batch.state[run, t] == CHAIN.starts[0]
            age, total = age + 1, total + float(batch.reward[run, t])
            ended = CHAIN.terminal[batch.next_state[run, t]] or age == CHAIN.horizon
            assert batch.episode_end[run, t] == (ended or t == 199)
            if batch.episode_end[run, t]:
                age, episodes = 0, episodes + 1
            else:
                assert batch.state[run, t + 1] == batch.next_state[run, t]
        assert batch.mean_return[run] == pytest.approx(total / episodes, rel=1e-6)


def test_a_run_does_not_depend_on_the_others() -> None:
    alpha, beta = shapes(2)
    both = arrays(collect_softmax_auctioned(streams(1, 2), CHAIN, alpha, beta, 300, 0.1))
    alone = arrays(collect_softmax_auctioned(streams(2), CHAIN, alpha[1:], beta[1:], 300, 0.1))
    for name, column in vars(alone).items():
        np.testing.assert_array_equal(column[0], getattr(both, name)[1])
    assert (both.bids[0] != both.bids[1]).all()


def test_an_epoch_of_one_step() -> None:
    batch = arrays(collect_softmax_auctioned(streams(1), CHAIN, *shapes(), 1, 0.1))
    assert batch.episode_end.tolist() == [[True]]
    assert ((batch.bids > 0) & (batch.bids < 1)).all()


@pytest.mark.slow
def test_a_stochastic_problem() -> None:
    """All actions win equally often, so returns are those of the uniform policy, within four standard errors."""
    task = chain(right="AB", actions="ABC")
    tables, runs = Problem("made.up", (task,), None).merged, 40
    ones = np.ones((runs, len(tables.terminal), 3))
    batch = arrays(collect_softmax_auctioned(streams(*range(runs)), tables, ones, ones, 2000, 1e9))
    action = batch.action // 2
    for s, a in np.ndindex(2, 3):
        reached = batch.next_state[(batch.state == s) & (action == a)]
        found, p = np.bincount(reached, minlength=3), task.transition[s, a]
        assert reached.size > 2000
        assert (np.abs(found - reached.size * p) <= 4 * np.sqrt(reached.size * p * (1 - p))).all()
    exact = expected_return(task, uniform_policy(task))
    error = batch.mean_return.std(ddof=1) / math.sqrt(runs)
    cut = (
        task.best_return * task.horizon / 2000
    )  # the epoch's end, as in test_rollout_stochastic.py
    assert 0 < error < 0.01
    assert -4 * error < batch.mean_return.mean() - exact < 4 * error + cut
