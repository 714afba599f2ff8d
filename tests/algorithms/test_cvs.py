"""CVS: its networks, its bids, and a whole epoch against the reference implementation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Beta

from repro import algorithms
from repro.engine.rollout import shuffled
from tests.algorithms.reference import (
    Network,
    assert_moved_alike,
    make_trainer,
    normalised,
    policy_steps,
    rough_weights,
    value_step,
)
from tests.support.recorded import arrays

if TYPE_CHECKING:
    from types import SimpleNamespace

PROBLEM = "common_ancestor.training"
SIZES = (10, 20, 20, 2)
FAST = 2e-2
"""A learning rate at which ratios leave the clip range on both sides within an epoch."""


def bid_policy(network: Network, observation: Tensor) -> Beta:
    """Return the distribution with mean sigmoid(first output), concentration softplus(second)."""
    mean_logit, concentration_logit = network(observation).unbind(-1)
    mean, nu = torch.sigmoid(mean_logit), torch.log(1 + torch.exp(concentration_logit))
    return Beta(mean * nu, (1 - mean) * nu)


def utilities(batch: SimpleNamespace, run: int, mechanism: int) -> list[list[float]]:
    """Utility of the mechanism's two entries at each step: r + 0.99 · next price - price, or 0."""
    prices = [sorted(bids)[-2] for bids in batch.bids[run].tolist()]
    found = []
    for t, winner in enumerate(batch.action[run]):
        ahead = 0 if batch.episode_end[run, t] else prices[t + 1]
        gain = float(batch.reward[run, t]) + 0.99 * ahead - prices[t]
        found.append([gain if winner == 2 * mechanism + copy else 0.0 for copy in (0, 1)])
    return found


def test_the_protocols_networks() -> None:
    algorithm = algorithms.load("cvs")
    spec = algorithm.policy_spec(10, 6)
    assert (spec.sizes, spec.relu) == (SIZES, (True, False))
    assert algorithm.learners(6) == 6
    # 10·20 + 20, 20·20 + 20, and two heads of 20 + 1.
    drawn = algorithm.init_policy(10, 6, np.random.default_rng(1))
    assert drawn.shape == (6, 682)
    assert drawn.dtype == np.float32
    assert drawn[:, :640].all()
    assert not drawn[:, 640:681].any()
    np.testing.assert_allclose(drawn[:, 681], math.log(math.e**2 - 1), rtol=1e-6)


def test_initial_bids_are_uniform() -> None:
    trainer = make_trainer("cvs", PROBLEM, init_weights())
    outputs = trainer.outputs()
    policy = outputs.policy
    torch.testing.assert_close(
        trainer.algorithm.bids(policy)["bid"], torch.full((2, policy.shape[2], 6), 0.5)
    )
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    bids = np.sort(batch.bids.flatten())
    # Kolmogorov and Smirnov's distance; above 1.95 / √n once in a thousand times.
    assert np.abs(bids - np.linspace(0, 1, len(bids))).max() < 1.95 / math.sqrt(len(bids))


def init_weights() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    algorithm = algorithms.load("cvs")
    policy = [algorithm.init_policy(10, 6, np.random.default_rng(s)) for s in (1, 2)]
    return {"policy": np.stack(policy), "value": rough_weights("cvs", PROBLEM)["value"]}


def test_bids_and_winners_match_the_networks() -> None:
    weights = rough_weights("cvs", PROBLEM)
    trainer = make_trainer("cvs", PROBLEM, weights)
    outputs = trainer.outputs()
    policy = outputs.policy
    bids = trainer.algorithm.bids(policy)
    assert set(bids) == {"bid", "concentration"}
    batch = arrays(trainer.algorithm.collect(trainer.streams, trainer.tables, outputs))
    np.testing.assert_array_equal(batch.action, batch.bids.argmax(-1))
    tables = trainer.tables
    np.testing.assert_array_equal(
        batch.next_state, tables.next_state[batch.state, batch.action // 2]
    )
    observation = torch.from_numpy(tables.observation.copy()).double()
    for run, k in np.ndindex(2, 6):
        plain = bid_policy(Network(weights["policy"][run, k], SIZES, (0,), 1.0), observation)
        np.testing.assert_allclose(bids["bid"][run, :, k], plain.mean.detach(), rtol=1e-5)
        concentration = (plain.concentration0 + plain.concentration1).detach()
        np.testing.assert_allclose(bids["concentration"][run, :, k], concentration, rtol=1e-5)
        state = np.bincount(batch.state[run]).argmax()
        drawn = batch.bids[run][batch.state[run] == state][:, 2 * k : 2 * k + 2]
        mean, deviation = plain.mean[state].item(), plain.stddev[state].item()
        assert drawn.size > 2000
        assert abs(drawn.mean() - mean) < 4.5 * deviation / math.sqrt(drawn.size)
        assert abs(np.corrcoef(drawn.T)[0, 1]) < 4.5 / math.sqrt(len(drawn))


@pytest.mark.parametrize("rate", [4e-5, FAST])
def test_an_epoch_against_plain_modules(rate: float) -> None:
    hyperparameters: dict[str, float] = {"steps": 128, "minibatch": 64, "policy_lr": rate}
    weights = rough_weights("cvs", PROBLEM)
    trainer = make_trainer("cvs", PROBLEM, weights, **hyperparameters)
    twin = make_trainer("cvs", PROBLEM, weights, **hyperparameters)
    batch = arrays(twin.algorithm.collect(twin.streams, twin.tables, twin.outputs()))
    order = shuffled(twin.streams, 6, 256)
    mean_return = trainer.epoch(trainer.outputs())
    np.testing.assert_array_equal(mean_return, batch.mean_return)
    observation = torch.from_numpy(twin.tables.observation.copy()).double()
    seen: list[Tensor] = []
    for run, k in np.ndindex(2, 6):
        before = {kind: w[run, k] for kind, w in weights.items()}
        network = Network(before["policy"], SIZES, (0,), rate, 40.0)
        value = Network(before["value"], (10, 20, 20, 1), (0, 1), 5e-3)
        # Samples in the order of the engine's indices: by copy, then by step.
        bid = torch.from_numpy(batch.bids[run, :, 2 * k : 2 * k + 2].astype(float)).T.flatten()
        state = torch.from_numpy(batch.state[run]).repeat(2)
        target = torch.tensor(utilities(batch, run, k), dtype=torch.float64).T.flatten()
        with torch.no_grad():
            old = bid_policy(network, observation[state]).log_prob(bid)
            advantage = normalised((target - value(observation[state]).squeeze(-1)).tolist())
        for at in order[run, k].reshape(-1, 64):
            value_step(value, observation[state[at]], target[at])
            policy = bid_policy(network, observation[state[at]])
            seen.append(policy_steps([network], policy, bid[at], old[at], advantage[at]))
        assert_moved_alike(trainer.value.parameters[run, k], value, before["value"], 5e-3)
        assert_moved_alike(trainer.policy.parameters[run, k], network, before["policy"], rate)
    ratios = torch.cat(seen)
    assert (ratios.min() < 0.8 and ratios.max() > 1.2) == (rate == FAST)
