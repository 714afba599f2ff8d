"""PPO and PPOF: their networks, their bids, and an epoch against the reference implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical

from repro import algorithms, tasks
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

    from repro.mdp.task import Tables

BOTH = ("ppo", "ppof")
SIZES = {"ppo": (10, 20, 20, 6), "ppof": (10, 20, 20, 1)}
NETWORKS = {"ppo": 1, "ppof": 6}
PROBLEM = "common_descendant.training"
FAST = 2e-2
"""A learning rate at which ratios leave the clip range on both sides within an epoch."""


def logits_of(networks: list[Network], observation: Tensor) -> Tensor:
    return torch.cat([network(observation) for network in networks], dim=-1)


def advantages(batch: SimpleNamespace, tables: Tables, run: int, value: list[float]) -> list[float]:
    """Generalised advantages with γ 0.99 and λ 0.95, backwards; a cut bootstraps, a terminal state does not."""
    found, advantage = [], 0.0
    for t in reversed(range(batch.state.shape[1])):
        here, there = batch.state[run, t], batch.next_state[run, t]
        mask = 0 if tables.terminal[there] else 1
        error = float(batch.reward[run, t]) + 0.99 * mask * value[there] - value[here]
        advantage = error + (0 if batch.episode_end[run, t] else 0.99 * 0.95 * advantage)
        found.append(advantage)
    return found[::-1]


@pytest.mark.parametrize("name", BOTH)
def test_the_protocols_networks(name: str) -> None:
    algorithm = algorithms.load(name)
    spec = algorithm.policy_spec(10, 6)
    assert (spec.sizes, spec.relu) == (SIZES[name], (True, True))
    assert algorithm.learners(6) == 1
    drawn = algorithm.init_policy(10, 6, np.random.default_rng(1))
    # 10·20 + 20, 20·20 + 20, and 20·6 + 6 or 20·1 + 1.
    assert drawn.shape == {"ppo": (1, 766), "ppof": (6, 661)}[name]
    assert algorithm.gae_lambda == 0.95  # type: ignore[attr-defined] # only these two have it


@pytest.mark.parametrize("name", BOTH)
def test_bids_are_the_logits_and_their_softmax(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    trainer = make_trainer(name, PROBLEM, weights)
    bids = trainer.algorithm.bids(trainer.outputs()[0])
    observation = torch.from_numpy(tasks.problem(PROBLEM).merged.observation.copy()).double()
    for run in range(2):
        networks = [Network(v, SIZES[name], (0, 1), 1.0) for v in weights["policy"][run]]
        expected = logits_of(networks, observation)
        np.testing.assert_allclose(bids["logit"][run], expected.detach(), rtol=1e-4, atol=1e-6)
        probability = Categorical(logits=expected).probs.detach()
        np.testing.assert_allclose(bids["bid"][run], probability, rtol=1e-4)


@pytest.mark.parametrize("name", BOTH)
def test_actions_are_drawn_from_the_softmax(name: str) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), steps=20_000, minibatch=250)
    outputs = trainer.outputs()
    policy = outputs.policy
    batch = arrays(trainer.algorithm.collect(trainer.streams, trainer.tables, outputs))
    probability = trainer.algorithm.bids(policy)["bid"].numpy()
    for run in range(2):
        state = np.bincount(batch.state[run]).argmax()
        chosen = batch.action[run][batch.state[run] == state]
        assert len(chosen) > 1000
        expected = probability[run, state] * len(chosen)
        found = np.bincount(chosen, minlength=6)
        # 5 degrees of freedom: a sum above 25 has probability 1/7000.
        assert ((found - expected) ** 2 / expected).sum() < 25


@pytest.mark.parametrize("rate", [4e-5, FAST])
@pytest.mark.parametrize("name", BOTH)
def test_an_epoch_against_plain_modules(name: str, rate: float) -> None:
    hyperparameters: dict[str, float] = {"steps": 256, "minibatch": 64, "policy_lr": rate}
    weights = rough_weights(name, PROBLEM)
    trainer = make_trainer(name, PROBLEM, weights, **hyperparameters)
    twin = make_trainer(name, PROBLEM, weights, **hyperparameters)
    batch = arrays(twin.algorithm.collect(twin.streams, twin.tables, twin.outputs()))
    order = shuffled(twin.streams, 1, 256)
    mean_return = trainer.epoch(trainer.outputs())
    np.testing.assert_array_equal(mean_return, batch.mean_return)
    tables = twin.tables
    observation = torch.from_numpy(tables.observation.copy()).double()
    for run in range(2):
        networks = [Network(v, SIZES[name], (0, 1), rate, 40.0) for v in weights["policy"][run]]
        assert len(networks) == NETWORKS[name]
        value = Network(weights["value"][run, 0], (10, 20, 20, 1), (0, 1), 5e-3)
        with torch.no_grad():
            v = value(observation).squeeze(-1).tolist()
            old = Categorical(logits=logits_of(networks, observation)).logits
        plain = advantages(batch, tables, run, v)
        advantage = normalised(plain)
        seen: list[Tensor] = []
        for positions in order[run, 0].reshape(-1, 64):
            state = batch.state[run][positions]
            target = torch.tensor([plain[i] + v[batch.state[run, i]] for i in positions])
            value_step(value, observation[state], target.double())
            action = torch.from_numpy(batch.action[run][positions])
            policy = Categorical(logits=logits_of(networks, observation[state]))
            seen.append(
                policy_steps(networks, policy, action, old[state, action], advantage[positions])
            )
        assert_moved_alike(trainer.value.parameters[run, 0], value, weights["value"][run, 0], 5e-3)
        for k, network in enumerate(networks):
            before = weights["policy"][run, k]
            assert_moved_alike(trainer.policy.parameters[run, k], network, before, rate)
        ratios = torch.cat(seen)
        assert ratios[:64].allclose(torch.ones(64).double(), atol=1e-12)
        assert (ratios.min() < 0.8 and ratios.max() > 1.2) == (rate == FAST)
