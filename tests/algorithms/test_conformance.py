"""Tests of every discovered algorithm; a new file is tested without a change here."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from repro import algorithms
from repro.algorithms.base import minibatches
from repro.engine.rollout import shuffled
from repro.errors import UserError
from repro.mdp.edges import task_from_edges
from repro.mdp.task import Problem
from repro.training.loop import train
from repro.training.trainer import Trainer, init_weights
from tests.algorithms.reference import (
    Network,
    assert_moved_alike,
    generators,
    make_trainer,
    rough_weights,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.algorithms.base import Samples
    from repro.engine.networks import MLPSpec
    from repro.mdp.task import Tables

PROBLEM = "common_descendant.training"
WIDE = {torch.float32: torch.float64}
SMALL = {"steps": 256, "minibatch": 64}


@pytest.fixture(params=algorithms.algorithm_names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def tiny() -> Tables:
    """One decision with four actions, and a second attempt after a mistake."""
    edge = ((0, 0), "C", (1, 0), 0.8)
    task = task_from_edges(
        "tiny", start=(0, 0), terminal=[(1, 0)], edges=[edge], actions="ABCD", horizon=2
    )
    return Problem("tiny.training", (task,), None).merged


def alone(spec: MLPSpec, vectors: Any, rate: float, max_grad_norm: float | None) -> list[Network]:  # noqa: ANN401 - float32 [K, P]
    relu = [layer for layer, follows in enumerate(spec.relu) if follows]
    return [Network(v, spec.sizes, relu, rate, max_grad_norm) for v in vectors]


def seen(networks: list[Network], observation: Tensor) -> Tensor:
    """Return the outputs of one run's networks, [1, K, S, outputs]."""
    if not networks:
        return torch.empty(1, 0, len(observation), 1)
    return torch.stack([network(observation.double()) for network in networks])[None]


def test_the_protocols_constants(name: str) -> None:
    """Arms are compared by epochs, so an epoch has the same data in all of them."""
    algorithm = algorithms.load(name)
    assert algorithm.name == name
    assert algorithm.display_name, "give the name that figures and tables show: display_name"
    shared = {"steps": 4096, "minibatch": 256, "decay": 0.99, "discount": 0.99, "hidden": 20}
    assert dataclasses.asdict(algorithm).items() >= shared.items(), "keep the protocol's defaults"


@pytest.mark.parametrize("talked_of", ["cvs", "ppo", "ppof"])
def test_constants_of_the_talks_algorithms(talked_of: str) -> None:
    algorithm = algorithms.load(talked_of)
    shared = {
        "policy_lr": 4e-5,
        "value_lr": 5e-3,
        "clip": 0.2,
        "entropy_bonus": 0.1,
        "max_grad_norm": 40.0,
        "value_penalty": 1e-3,
    }
    assert dataclasses.asdict(algorithm).items() >= shared.items()
    assert algorithm.display_name == talked_of.upper()
    spec = algorithm.value_spec(10)
    assert (spec.sizes, spec.relu) == ((10, 20, 20, 1), (True, True))


def test_a_hyperparameter_can_be_given_and_not_replaced(name: str) -> None:
    algorithm = algorithms.load(name, policy_lr=1.0)
    assert algorithm.policy_lr == 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        algorithm.policy_lr = 2.0  # type: ignore[misc] # the point of the test
    with pytest.raises(UserError, match=r"'policy_rat'; did you mean policy_lr"):
        algorithms.load(name, policy_rat=1.0)


@pytest.mark.parametrize("actions", [4, 6, 8])
def test_every_action_has_a_bid(name: str, actions: int) -> None:
    algorithm = algorithms.load(name)
    drawn = algorithm.init_policy(10, actions, np.random.default_rng(1))
    spec = algorithm.policy_spec(10, actions)
    assert drawn.shape[1:] == (spec.size,)
    again = algorithm.init_policy(10, actions, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn, again)
    bids = algorithm.bids(spec.forward(torch.from_numpy(drawn)[None], torch.eye(3, 10)))
    assert bids["bid"].shape == (1, 3, actions)
    if algorithm.bids_are_probabilities:
        assert ((bids["bid"] >= 0) & (bids["bid"] <= 1)).all(), (
            "bids lie outside [0, 1]; set bids_are_probabilities = False if they are none"
        )


def test_samples_match_the_collected_batch(name: str) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    tables, outputs = trainer.tables, trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, tables, outputs)
    assert batch.state.shape == batch.action.shape == batch.reward.shape == (2, 256)
    learners, critics = trainer.algorithm.learners(6), trainer.algorithm.critics(6)
    assert outputs.value.shape[1] == critics
    assert critics in {0, learners}, "a learner has one value function, or none has one"
    samples = trainer.algorithm.assign_credit(batch, tables, outputs)
    n = samples["state"].shape[-1]
    assert n % 256 == 0
    for column in samples.values():
        assert column.shape == (2, learners, n)
        assert torch.isfinite(column).all()
    # The epoch is repeated for each entry of a mechanism.
    state = batch.state[:, None].expand(-1, learners, -1)
    assert torch.equal(samples["state"], state.repeat(1, 1, n // 256))
    assert ("advantage" in samples) == trainer.algorithm.has_advantages, (
        "set has_advantages = False if the policy learns from something else than advantages"
    )
    if not trainer.algorithm.has_advantages:
        return
    # Normalised for each learner over the whole epoch.
    deviation, mean = torch.std_mean(samples["advantage"], dim=-1)
    torch.testing.assert_close(mean, torch.zeros(2, learners), atol=1e-5, rtol=0)
    torch.testing.assert_close(deviation, torch.ones(2, learners), atol=1e-4, rtol=0)


def test_credit_is_differentiable_in_values_rewards_and_bids(name: str) -> None:
    """All of it is torch code: a tensor that requires a gradient cannot be converted to an array."""
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    algorithm, outputs = trainer.algorithm, trainer.outputs()
    batch = algorithm.collect(trainer.streams, trainer.tables, outputs)
    followed = dataclasses.replace(
        batch, reward=batch.reward.requires_grad_(), bids=batch.bids.requires_grad_()
    )
    read = [followed.reward]
    if batch.bids.numel():  # an auction
        read.append(followed.bids)
    if algorithm.critics(6):
        read.append(outputs.value.requires_grad_())
    elif not algorithm.has_advantages:  # the networks that act predict values
        read.append(outputs.policy.requires_grad_())
    samples = algorithm.assign_credit(followed, trainer.tables, outputs)
    numbers = torch.cat([x.flatten() for x in samples.values() if x.is_floating_point()])
    # A Monte Carlo target reads predictions only where an episode is cut.
    for gradient in torch.autograd.grad(numbers.square().sum(), read):
        assert gradient.any()


def experience(trainer: Trainer) -> tuple[NDArray[np.int32], Samples, Samples]:
    """Collect an epoch; return the order of its samples, the samples, and their minibatches."""
    samples, _ = trainer.experience(trainer.outputs())
    _, learners, n = samples["state"].shape
    order = shuffled(trainer.streams, learners, n)
    return order, samples, minibatches(samples, order, 64)


def test_minibatches_contain_every_sample_once(name: str) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    samples, cut = experience(trainer)[1:]
    assert cut.keys() == samples.keys()
    n = samples["state"].shape[-1]
    for column in cut.values():
        assert column.shape == (n // 64, 2, samples["state"].shape[1], 64)
    for run, learner in np.ndindex(2, samples["state"].shape[1]):
        rows = [
            np.stack([np.asarray(columns[key], np.float64) for key in samples], axis=-1)
            for columns in (
                {key: column[run, learner] for key, column in samples.items()},
                {key: column[:, run, learner].flatten() for key, column in cut.items()},
            )
        ]
        order = [np.lexsort(table.T) for table in rows]
        np.testing.assert_array_equal(rows[0][order[0]], rows[1][order[1]])
        assert (rows[0] != rows[1]).any()


@pytest.mark.parametrize("size", [64, 40])
def test_value_statistics_of_each_minibatch(name: str, size: int) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    cut = {key: column[..., :size] for key, column in experience(trainer)[2].items()}
    if not trainer.algorithm.critics(6):
        return
    minibatch_statistics = trainer.algorithm.minibatch_statistics(cut, trainer.tables)
    states = len(trainer.tables.terminal)
    for i in np.ndindex(cut["state"].shape[:-1]):
        state, target = cut["state"][i], cut["target"][i]
        for s in range(states):
            here = target[state == s]
            assert minibatch_statistics["share"][i][s].item() == pytest.approx(
                len(here) / size, abs=1e-6
            )
            total = here.double().sum().item() / size
            assert minibatch_statistics["target"][i][s].item() == pytest.approx(total, abs=1e-5)
    for column in minibatch_statistics.values():
        assert len(column) == len(cut["state"])


def test_updates_against_plain_modules(name: str) -> None:
    """Plain modules take the same steps with the algorithm's gradients in double precision."""
    weights = rough_weights(name, PROBLEM)
    trainer = make_trainer(name, PROBLEM, weights, **SMALL)
    algorithm, observation = trainer.algorithm, torch.from_numpy(trainer.tables.observation.copy())
    behaviour_policy = trainer.outputs()[0]
    order, samples, cut = experience(trainer)
    algorithm.learn(
        (trainer.policy, trainer.value), behaviour_policy, samples, order, trainer.tables
    )
    wide = {key: column.to(WIDE.get(column.dtype, column.dtype)) for key, column in cut.items()}
    minibatch_statistics = algorithm.minibatch_statistics(wide, trainer.tables)
    for run in range(2):
        lr = algorithm.policy_lr
        policies = alone(trainer.policy.spec, weights["policy"][run], lr, 40.0)
        values = alone(trainer.value.spec, weights["value"][run], 5e-3, None)
        before = seen(policies, observation).detach()
        for i in range(len(wide["state"])):
            own = {key: column[i, run : run + 1] for key, column in minibatch_statistics.items()}
            output = seen(policies, observation)
            output.backward(algorithm.policy_gradient(output.detach(), before, own))
            if values:
                output = seen(values, observation).squeeze(-1)
                output.backward(algorithm.value_gradient(output.detach(), own))
            for network in values:
                (1e-3 * network.flat().square().sum()).backward()
            for network in policies + values:
                network.step()
        for kind, networks, rate in (("policy", policies, lr), ("value", values, 5e-3)):
            after = getattr(trainer, kind).parameters[run]
            for k, network in enumerate(networks):
                before_it = weights[kind][run, k]
                if algorithm.has_advantages:
                    assert_moved_alike(after[k], network, before_it, rate)
                elif (after[k] != before_it).any():  # perhaps by one sample
                    assert_moved_alike(after[k], network, before_it, rate, least=0.01)
                else:  # its action was not taken
                    np.testing.assert_array_equal(network.flat().detach(), before_it)
            assert not networks or (after != weights[kind][run]).any()


def test_an_epoch_is_one_update_per_minibatch(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    one, two = (make_trainer(name, PROBLEM, weights, **SMALL) for _ in range(2))
    one.epoch(one.outputs())
    behaviour_policy = two.outputs()[0]
    order, samples, _ = experience(two)
    assert order.shape == samples["state"].shape
    for part in np.split(order, order.shape[-1] // 64, axis=-1):
        # What is learned from a minibatch does not depend on the others.
        networks = two.policy, two.value
        two.algorithm.learn(networks, behaviour_policy, samples, part, two.tables)
    assert one.policy.steps == two.policy.steps == order.shape[-1] // 64
    assert one.value.steps == two.value.steps
    assert one.value.steps == (one.policy.steps if one.algorithm.critics(6) else 0)
    for kind, parameters in one.weights().items():
        np.testing.assert_array_equal(parameters, two.weights()[kind])


def test_only_policy_gradients_are_clipped(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    free, held = (
        make_trainer(name, PROBLEM, weights, **SMALL, max_grad_norm=norm) for norm in (40.0, 1e-11)
    )
    for trainer in (free, held):
        trainer.epoch(trainer.outputs())
    np.testing.assert_array_equal(free.value.parameters, held.value.parameters)
    # Gradients far below Adam's epsilon of 1e-8 hardly change the parameters.
    lr = free.algorithm.policy_lr
    assert np.abs(free.policy.parameters - weights["policy"]).max() > lr
    assert np.abs(held.policy.parameters - weights["policy"]).max() < lr / 10


def test_runs_do_not_influence_each_other(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    other = {kind: w.copy() for kind, w in weights.items()}
    for w in other.values():
        w[1] *= 0.5
    one, two = (make_trainer(name, PROBLEM, w, **SMALL) for w in (weights, other))
    for _ in range(2):
        first, second = one.epoch(one.outputs()), two.epoch(two.outputs())
        assert first[0] == second[0]
    for kind, found in one.weights().items():
        expected = two.weights()[kind]
        np.testing.assert_array_equal(found[0], expected[0])
        assert (found[1] != expected[1]).any() or not found.size


def test_it_learns_a_single_decision(name: str) -> None:
    algorithm = algorithms.load(name, steps=256, minibatch=64, policy_lr=1e-2)
    epochs = 40
    if not algorithm.critics(4):
        # The second attempt makes the values of right and wrong actions 0.8 and 0.99 · 0.8.
        algorithm, epochs = dataclasses.replace(algorithm, policy_lr=1e-3), 400
    tables = tiny()
    weights = init_weights(algorithm, tables, generators(2))
    trainer = Trainer(algorithm, tables, generators(2), weights)
    found = train(trainer, epochs=epochs, run_ids=("one", "two")).returns
    assert found[:, -10:].mean(axis=1).min() > 0.7


def test_a_new_policy_is_nearly_uniform(name: str) -> None:
    """Unless it is judged by its greedy actions: random ones earn 0.8 with probability 1 - (3/4)²."""
    algorithm = algorithms.load(name, steps=4096, minibatch=64)
    tables = tiny()
    trainer = Trainer(
        algorithm, tables, generators(2), init_weights(algorithm, tables, generators(2))
    )
    outputs = trainer.outputs()
    batch = algorithm.collect(trainer.streams, tables, outputs)
    judged = algorithm.judged_return(batch, tables, outputs)
    if (judged == batch.mean_return).all():
        assert np.abs(judged - 0.8 * (1 - 0.75**2)).max() < 0.2
    else:
        assert np.isin(judged, [0, 0.8]).all()
