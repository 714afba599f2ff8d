"""Random actions of PPO and PPOF, and Boltzmann selection of value learners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro import algorithms
from repro.algorithms.base import Outputs
from repro.engine.rollout import policy_return
from repro.errors import UserError
from tests.algorithms.reference import make_trainer, rough_weights
from tests.credit.losses import softmax_policy_loss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.training.trainer import Trainer

BOTH = ("ppo", "ppof")
PROBLEM = "linear_chain.training"
SMALL = {"steps": 256, "minibatch": 64}
EPSILON = 0.3


def long(name: str, **hyperparameters: float) -> Trainer:
    weights = rough_weights(name, PROBLEM)
    return make_trainer(name, PROBLEM, weights, steps=20_000, minibatch=250, **hyperparameters)


def assert_drawn_from(trainer: Trainer, probability: np.ndarray) -> None:
    """Compare the actions of an epoch, in the state of each run with most visits, with [R, S, A]."""
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, trainer.outputs())
    for run in range(2):
        state = np.bincount(batch.state[run]).argmax()
        chosen = batch.action[run].numpy()[batch.state[run] == state]
        expected = probability[run, state] * len(chosen)
        assert expected.min() > 10
        found = np.bincount(chosen, minlength=6)
        # 5 degrees of freedom: a sum above 25 has probability 1/7000.
        assert ((found - expected) ** 2 / expected).sum() < 25


@pytest.mark.parametrize("name", BOTH)
def test_actions_are_drawn_from_the_mixture(name: str) -> None:
    trainer = long(name, epsilon=EPSILON)
    softmax = trainer.algorithm.bids(trainer.outputs().policy)["bid"].double().numpy()
    assert_drawn_from(trainer, (1 - EPSILON) * softmax + EPSILON / 6)


@pytest.mark.parametrize("name", BOTH)
def test_the_gradient_is_that_of_the_mixtures_density(name: str) -> None:
    """Against autograd through torch's Categorical, at a policy that differs from the behaviour."""
    weights = rough_weights(name, PROBLEM)
    trainer = make_trainer(name, PROBLEM, weights, **SMALL, epsilon=EPSILON)
    samples, _ = trainer.experience(trainer.outputs())
    wide = {k: x.double() if x.is_floating_point() else x for k, x in samples.items()}
    old = trainer.outputs().policy.double()
    noise = torch.from_numpy(np.random.default_rng(0).normal(size=old.shape))
    policy = (old + noise).requires_grad_()
    bids, old_bids = (x.transpose(1, 2).flatten(2) for x in (policy, old))
    state, action, advantage = (wide[key][:, 0] for key in ("state", "action", "advantage"))
    expected = softmax_policy_loss(
        bids, old_bids, state, action, advantage, clip=0.2, entropy_bonus=0.1, epsilon=EPSILON
    )
    (gradient,) = torch.autograd.grad(expected.sum(), policy)
    statistics = trainer.algorithm.minibatch_statistics(wide, trainer.tables)
    found = trainer.algorithm.policy_gradient(policy.detach(), old, statistics)
    torch.testing.assert_close(found, gradient, atol=1e-10, rtol=1e-8)


@pytest.mark.parametrize("name", BOTH)
def test_with_random_actions_the_policy_without_them_is_judged(name: str) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL, epsilon=1.0)
    outputs = trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    sharp = Outputs(40 * outputs.policy, outputs.value)
    judged = trainer.algorithm.judged_return(batch, trainer.tables, sharp)
    softmax = trainer.algorithm.bids(sharp.policy)["bid"].double().numpy()
    np.testing.assert_allclose(judged, policy_return(trainer.tables, softmax), atol=1e-6)
    assert (judged != batch.mean_return).all()


@pytest.mark.parametrize("name", BOTH)
def test_without_random_actions_nothing_changes(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    one, two, other = (
        make_trainer(name, PROBLEM, weights, **SMALL, **given)
        for given in ({}, {"epsilon": 0.0}, {"epsilon": 0.01})
    )
    returns = [trainer.epoch(trainer.outputs()) for trainer in (one, two, other)]
    assert returns[0].tobytes() == returns[1].tobytes() != returns[2].tobytes()
    assert one.policy.parameters.tobytes() == two.policy.parameters.tobytes()
    assert one.policy.parameters.tobytes() != other.policy.parameters.tobytes()


@pytest.mark.parametrize("epsilon", [-0.1, 1.5, float("nan")])
def test_a_probability_of_random_actions_outside_its_range_is_an_error(epsilon: float) -> None:
    with pytest.raises(
        UserError, match=r"^ppof: epsilon is .*; expected a probability from 0 to 1"
    ):
        algorithms.load("ppof", epsilon=epsilon)


def boltzmann(q: Sequence[float], temperature: float, epsilon: float) -> list[float]:
    """Probabilities of the Boltzmann policy, mixed with random actions."""
    weights = [np.exp((x - max(q)) / temperature) for x in q]
    return [(1 - epsilon) * w / sum(weights) + epsilon / len(q) for w in weights]


@pytest.mark.parametrize("epsilon", [0.0, 0.3])
def test_value_learners_draw_actions_from_the_boltzmann_policy(epsilon: float) -> None:
    trainer = long("sarsa", temperature=0.5, epsilon=epsilon)
    q = trainer.algorithm.bids(trainer.outputs().policy)["bid"].double().numpy()
    rows = [[boltzmann(row, 0.5, epsilon) for row in run] for run in q.tolist()]
    assert_drawn_from(trainer, np.array(rows))


@pytest.mark.parametrize("name", ["expected_sarsa", "sarsa"])
def test_targets_use_the_policy_that_acts(name: str) -> None:
    """Expected SARSA's at every step; SARSA's where an episode is cut, and no action follows."""
    trainer = make_trainer(
        name, PROBLEM, rough_weights(name, PROBLEM), **SMALL, temperature=0.2, epsilon=0.1
    )
    outputs = trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    target = trainer.algorithm.assign_credit(batch, trainer.tables, outputs)["target"]
    q = trainer.algorithm.bids(outputs.policy)["bid"].double().numpy()
    cut = 0
    for run, t in np.ndindex(2, 256):
        reached, end = int(batch.next_state[run, t]), bool(batch.episode_end[run, t])
        row, reward = q[run, reached].tolist(), float(batch.reward[run, t])
        policy = boltzmann(row, 0.2, 0.1)
        value = sum(p * x for p, x in zip(policy, row, strict=True))
        if name == "sarsa" and not end:
            value = row[int(batch.action[run, t + 1])]
        if trainer.tables.terminal[reached]:
            value = 0.0
        cut += end and value != 0
        assert target[run, 0, t].item() == pytest.approx(reward + 0.99 * value, abs=1e-5)
    assert cut > 5


def test_temperature_zero_is_greedy() -> None:
    weights = rough_weights("expected_sarsa", PROBLEM)
    one, two, other = (
        make_trainer("expected_sarsa", PROBLEM, weights, **SMALL, **given)
        for given in ({}, {"temperature": 0.0}, {"temperature": 0.1})
    )
    for trainer in (one, two, other):
        trainer.epoch(trainer.outputs())
    assert one.policy.parameters.tobytes() == two.policy.parameters.tobytes()
    assert one.policy.parameters.tobytes() != other.policy.parameters.tobytes()
