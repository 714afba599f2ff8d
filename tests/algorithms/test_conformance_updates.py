"""Every discovered algorithm: its minibatches and its updates, against a slow second implementation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.nn.utils import clip_grad_norm_

from repro import algorithms
from repro.engine.minibatches import minibatches
from repro.engine.rollout import shuffled
from tests.algorithms.reference import (
    KINK,
    WITH_CRITICS,
    Network,
    assert_moved_alike,
    is_clipped_together,
    make_trainer,
    rough_weights,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.algorithms.base import Samples
    from repro.engine.networks import MLPSpec
    from repro.training.trainer import Trainer

PROBLEM = "common_descendant.training"
WIDE = {torch.float32: torch.float64}
SMALL = {"steps": 256, "minibatch": 64}


@pytest.fixture(params=algorithms.algorithm_names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def alone(
    spec: MLPSpec,
    vectors: NDArray[np.float32],
    rate: float,
    norm: float | None,
    betas: tuple[float, float],
) -> list[Network]:
    """Create plain networks with these parameters, float32 [K, P]."""
    relu = [layer for layer, follows in enumerate(spec.relu) if follows]
    return [Network(v, spec.sizes, relu, rate, norm, betas) for v in vectors]


def norms(name: str) -> tuple[float, float]:
    """Return the norms at which the gradient of all policy networks, and that of each, is clipped."""
    norm = algorithms.load(name).max_grad_norm
    return (norm, math.inf) if is_clipped_together(name) else (math.inf, norm)


def seen(networks: list[Network], observation: Tensor) -> Tensor:
    """Return the outputs of one run's networks, [1, K, S, outputs]."""
    if not networks:
        return torch.empty(1, 0, len(observation), 1)
    return torch.stack([network(observation.double()) for network in networks])[None]


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
@pytest.mark.parametrize("name", WITH_CRITICS)
def test_value_statistics_of_each_minibatch(name: str, size: int) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    cut = {key: column[..., :size] for key, column in experience(trainer)[2].items()}
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


def assert_all_moved_alike(
    name: str,
    after: NDArray[np.float32],
    networks: list[Network],
    before: NDArray[np.float32],
    rate: float,
) -> int:
    """Compare the networks of a run, [K, P], with plain ones; return how many could be compared.

    A network that came too near to a ReLU's kink is left out: which gradient it has depends on rounding.
    """
    near = [network.nearest < KINK for network in networks]
    for k, network in enumerate(networks):
        if near[k]:
            continue
        if algorithms.load(name).has_advantages:
            assert_moved_alike(after[k], network, before[k], rate)
        elif (after[k] != before[k]).any():  # perhaps by one sample
            assert_moved_alike(after[k], network, before[k], rate, least=0.01)
        else:  # its action was not taken
            np.testing.assert_array_equal(network.flat().detach(), before[k])
    return len(near) - sum(near)


@pytest.mark.slow
@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.9)])
def test_updates_against_plain_modules(name: str, betas: tuple[float, float]) -> None:
    """Plain modules take the same steps with the algorithm's gradients in double precision."""
    weights = rough_weights(name, PROBLEM)
    decay_rates = dict(zip(("adam_beta_1", "adam_beta_2"), betas, strict=True))
    trainer = make_trainer(name, PROBLEM, weights, **SMALL, **decay_rates)
    algorithm, observation = trainer.algorithm, torch.from_numpy(trainer.tables.observation.copy())
    behaviour_policy = trainer.outputs()[0]
    order, samples, cut = experience(trainer)
    algorithm.learn(
        (trainer.policy, trainer.value), behaviour_policy, samples, order, trainer.tables
    )
    wide = {key: column.to(WIDE.get(column.dtype, column.dtype)) for key, column in cut.items()}
    minibatch_statistics = algorithm.minibatch_statistics(wide, trainer.tables)
    compared = 0
    for run in range(2):
        lr, (joint, norm) = algorithm.policy_lr, norms(name)
        policies = alone(trainer.policy.spec, weights["policy"][run], lr, norm, betas)
        values = alone(trainer.value.spec, weights["value"][run], algorithm.value_lr, None, betas)
        before = seen(policies, observation).detach()
        for i in range(len(wide["state"])):
            own = {key: column[i, run : run + 1] for key, column in minibatch_statistics.items()}
            output = seen(policies, observation)
            output.backward(algorithm.policy_gradient(output.detach(), before, own))
            if values:
                output = seen(values, observation).squeeze(-1)
                output.backward(algorithm.value_gradient(output.detach(), own))
            clip_grad_norm_([p for one in policies for p in one.module.parameters()], joint)
            for network in values:
                (algorithm.value_penalty * network.flat().square().sum()).backward()
            for network in policies + values:
                network.step()
        for kind, networks, rate in (
            ("policy", policies, lr),
            ("value", values, algorithm.value_lr),
        ):
            after = getattr(trainer, kind).parameters[run]
            compared += assert_all_moved_alike(name, after, networks, weights[kind][run], rate)
            assert not networks or (after != weights[kind][run]).any()
    assert compared > trainer.policy.networks + trainer.value.networks, "fewer than half"


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
