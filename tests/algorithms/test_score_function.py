"""REINFORCE and A2C: their advantages by loops over episodes, their gradient by autograd, their audit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from claims.theory._rules import DISCOUNT, trainer_inputs, trainer_rule
from claims.theory._shapes import Shape
from repro import algorithms
from repro.causal import audit
from tests.algorithms.reference import make_trainer, normalised, rough_weights

PROBLEM = "common_ancestor.training"
SMALL = {"steps": 256, "minibatch": 64}
NETWORKS = {"a2c": 1, "a2c_separate": 6, "reinforce": 1, "reinforce_separate": 6}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name: str) -> None:
    algorithm = algorithms.load(name)
    assert len(algorithm.init_policy(10, 6, np.random.default_rng(0))) == NETWORKS[name]
    assert algorithm.critics(6) == (0 if name.startswith("reinforce") else 1)


@pytest.mark.parametrize("name", ["reinforce", "reinforce_separate"])
def test_returns_by_loops_over_episodes(name: str) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    outputs = trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    samples = trainer.algorithm.assign_credit(batch, trainer.tables, outputs)
    for run in range(2):
        found, follows = [0.0] * 256, 0.0
        for t in reversed(range(256)):
            follows = 0.0 if batch.episode_end[run, t] else follows
            follows = batch.reward[run, t].item() + DISCOUNT * follows
            found[t] = follows
        assert samples["target"][run, 0].tolist() == pytest.approx(found, abs=1e-6)
        expected = normalised(found).numpy()
        np.testing.assert_allclose(samples["advantage"][run, 0], expected, atol=1e-5)


@pytest.mark.parametrize("name", ["a2c", "a2c_separate"])
def test_advantages_are_ppos(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    kin = {"a2c": "ppo", "a2c_separate": "ppof"}[name]
    found, expected = (make_trainer(one, PROBLEM, weights, **SMALL) for one in (name, kin))
    (one, _), (other, _) = (t.experience(t.outputs()) for t in (found, expected))
    assert one.keys() == other.keys()
    for key, column in one.items():
        assert torch.equal(column, other[key])


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_is_that_of_the_log_probability(name: str) -> None:
    """By autograd through torch's Categorical, with the entropy bonus."""
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    samples, _ = trainer.experience(trainer.outputs())
    wide = {k: x.double() if x.is_floating_point() else x for k, x in samples.items()}
    policy = trainer.outputs().policy.double().requires_grad_()
    logits = policy.transpose(1, 2).flatten(2)
    state, action, advantage = (wide[key][:, 0] for key in ("state", "action", "advantage"))
    acted = torch.distributions.Categorical(
        logits=logits.gather(1, state.unsqueeze(-1).expand(-1, -1, 6))
    )
    gain = acted.log_prob(action) * advantage + 0.1 * acted.entropy()
    (expected,) = torch.autograd.grad(-gain.mean(-1).sum(), policy)
    statistics = trainer.algorithm.minibatch_statistics(wide, trainer.tables)
    found = trainer.algorithm.policy_gradient(policy.detach(), policy.detach(), statistics)
    torch.testing.assert_close(found, expected, atol=1e-10, rtol=1e-8)


@pytest.mark.parametrize("name", NETWORKS)
def test_they_are_not_modular(name: str) -> None:
    """The softmax's normaliser is in every gradient (talk:213-217)."""
    shape = Shape((0, 1, 2), (0, 1, 2))
    assert audit(trainer_rule(name), trainer_inputs(name, shape)).answer == "not modular"
