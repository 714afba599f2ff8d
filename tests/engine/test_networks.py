"""Stacked networks: each is what a plain module with an optimiser of its own would be."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor

from repro.engine.networks import BatchedMLP, MLPSpec
from tests.algorithms.reference import Network, assert_moved_alike

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SPECS = (
    MLPSpec((10, 20, 20, 6), (True, True)),
    MLPSpec((10, 20, 20, 2), (True, False)),
    MLPSpec((3, 5, 2), (False,)),
    MLPSpec((4, 2), ()),
)
RATE = 1e-3


def random(seed: int, *shape: int) -> Floats:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def relu_of(spec: MLPSpec) -> list[int]:
    return [layer for layer, follows in enumerate(spec.relu) if follows]


def stack(spec: MLPSpec, vectors: Floats, observation: Floats, **settings: float) -> BatchedMLP:
    return BatchedMLP(spec, vectors, observation, RATE, **settings)


def plain(runs: int = 1, networks: int = 1) -> BatchedMLP:
    """Networks that put out their bias, at one state: outputs pull at nothing else."""
    spec, nought = MLPSpec((1, 1), ()), np.zeros((runs, networks, 2), np.float32)
    return stack(spec, nought, np.zeros((1, 1), np.float32))


def push(stacked: BatchedMLP, by: float = 2.0) -> Floats:
    """Descend a gradient that is the same everywhere; returns the biases."""
    stacked.adam_step(torch.full_like(stacked.outputs(), by))
    return stacked.parameters[..., 1].copy()


@pytest.mark.parametrize(
    ("sizes", "parameters"),
    [((10, 20, 20, 6), 766), ((10, 20, 20, 1), 661), ((10, 20, 20, 2), 682), ((3, 2), 8)],
)
def test_numbers_of_parameters(sizes: tuple[int, ...], parameters: int) -> None:
    assert MLPSpec(sizes, (True,) * (len(sizes) - 2)).size == parameters


@pytest.mark.parametrize("spec", SPECS)
def test_a_stack_evaluates_as_each_module_alone_and_as_the_layout_in_torch(spec: MLPSpec) -> None:
    vectors, observation = random(1, 2, 3, spec.size), random(2, 7, spec.sizes[0])
    found = stack(spec, vectors, observation).outputs()
    assert found.shape == (2, 3, 7, spec.sizes[-1])
    assert found.dtype == torch.float32
    in_torch = spec.forward(torch.from_numpy(vectors), torch.from_numpy(observation))
    torch.testing.assert_close(found, in_torch, rtol=1e-4, atol=1e-4)
    for i in np.ndindex(2, 3):
        network = Network(vectors[i], spec.sizes, relu_of(spec), RATE)
        expected = network(torch.from_numpy(observation).double())
        for own in (found[i], in_torch[i]):
            np.testing.assert_allclose(own, expected.detach(), rtol=1e-4, atol=1e-4)


def test_the_last_layer_is_the_last() -> None:
    spec = SPECS[0]
    vector = random(1, spec.size)
    vector[spec.last_layer()] = 0
    assert np.count_nonzero(vector) == 640
    assert not stack(spec, vector[None, None], np.ones((4, 10), np.float32)).outputs().any()


@pytest.mark.parametrize("penalty", [0.0, 0.1])
@pytest.mark.parametrize("spec", SPECS)
def test_steps_are_adams_on_each_network_alone(spec: MLPSpec, penalty: float) -> None:
    """Losses of very different sizes, so that some gradients are clipped and some are not."""
    vectors, observation = random(1, 2, 3, spec.size) * 0.3, random(2, 7, spec.sizes[0])
    stacked = stack(spec, vectors, observation, max_grad_norm=8.0, penalty=penalty)
    relu, norms = relu_of(spec), []
    networks = {i: Network(vectors[i], spec.sizes, relu, RATE, 8.0) for i in np.ndindex(2, 3)}

    def pull(output: Tensor, target: Tensor, scale: float) -> Tensor:
        return scale * (output - target).square().sum()

    for step, scale in enumerate((0.5, 0.002, 2.0, 0.01, 1.0)):
        target = torch.from_numpy(random(3 + step, 2, 3, 7, spec.sizes[-1]))
        seen = stacked.outputs().requires_grad_()
        stacked.adam_step(torch.autograd.grad(pull(seen, target, scale), seen)[0])
        for i, network in networks.items():
            output = network(torch.from_numpy(observation).double())
            loss = pull(output, target[i].double(), scale) + penalty * network.flat().square().sum()
            loss.backward()
            gradients = [p.grad for p in network.module.parameters() if p.grad is not None]
            norms.append(math.sqrt(sum(g.square().sum().item() for g in gradients)))
            network.step()
    assert sum(norm > 16 for norm in norms) >= 6
    assert sum(norm < 4 for norm in norms) >= 6
    assert stacked.steps == 5
    for i, network in networks.items():
        assert_moved_alike(stacked.parameters[i], network, vectors[i], RATE)


def test_gradients_are_clipped_only_where_that_is_asked_for() -> None:
    spec, vectors, observation = SPECS[3], random(1, 1, 2, 10), random(2, 1, 4)
    free, held = (stack(spec, vectors, observation, **s) for s in ({}, {"max_grad_norm": 1e-3}))
    for stacked in (free, held):
        stacked.adam_step(torch.full_like(stacked.outputs(), 50.0))
    norms = np.linalg.norm(free.moments[0], axis=-1) * 10
    assert (norms > 50).all()
    np.testing.assert_allclose(np.linalg.norm(held.moments[0], axis=-1) * 10, 1e-3, rtol=1e-3)
    np.testing.assert_allclose(
        held.moments[0] / 1e-3 * norms[..., None], free.moments[0], rtol=1e-3
    )


def test_no_network_moves_with_anothers_loss() -> None:
    """Changing one network's parameters and gradient leaves all others' bytes as they were."""
    spec, observation = SPECS[0], random(2, 7, 10)
    vectors = random(1, 2, 3, spec.size) * 0.3
    other = vectors.copy()
    other[1, 1] *= 2
    settings = {"max_grad_norm": 1.0, "penalty": 1e-3}
    one, two = (stack(spec, v, observation, **settings) for v in (vectors, other))
    same = np.ones((2, 3), bool)
    same[1, 1] = False
    for _ in range(3):
        first, second = one.outputs(), two.outputs()
        assert torch.equal(first[same], second[same])
        assert not torch.equal(first[1, 1], second[1, 1])
        one.adam_step(first)
        two.adam_step(second)
    assert one.parameters[same].tobytes() == two.parameters[same].tobytes()
    assert one.moments[:, same].tobytes() == two.moments[:, same].tobytes()
    assert (one.parameters[1, 1] != two.parameters[1, 1]).any()


@pytest.mark.parametrize("rows", [[0, 2], [1], [2, 0]])
def test_the_runs_kept_go_on_as_they_would_have(rows: list[int]) -> None:
    """To the same bytes: a run that leaves is no other run's business."""
    spec, observation = SPECS[0], random(2, 7, 10)
    vectors = random(1, 3, 2, spec.size) * 0.3
    everyone, kept = (stack(spec, vectors, observation) for _ in range(2))
    chosen = [0, 1, 2]
    for step in range(8):
        target = torch.from_numpy(random(3 + step, 3, 2, 7, 6))
        everyone.adam_step(everyone.outputs() - target)
        if step == 4:
            kept.keep(np.array(rows))
            chosen = rows
            assert kept.parameters.shape == (len(rows), 2, spec.size)
        kept.adam_step(kept.outputs() - target[chosen])
    assert kept.steps == everyone.steps == 8
    assert kept.parameters.tobytes() == everyone.parameters[rows].tobytes()
    assert kept.moments.tobytes() == everyone.moments[:, rows].tobytes()
    assert np.abs(kept.parameters - vectors[rows]).max() > RATE


def test_the_rate_may_change() -> None:
    # A gradient that stays the same makes each of Adam's steps the learning rate.
    stacked = plain()
    for steps in (1, 2):
        np.testing.assert_allclose(push(stacked), -steps * RATE, rtol=1e-4)
    stacked.learning_rate *= 0.5
    np.testing.assert_allclose(push(stacked), -2.5 * RATE, rtol=1e-4)
    stacked.learning_rate *= 0.5
    np.testing.assert_allclose(push(stacked), -2.75 * RATE, rtol=1e-4)


def test_gradients_that_are_views_are_followed_too() -> None:
    spec, vectors, observation = SPECS[2], random(1, 2, 3, SPECS[2].size), random(2, 7, 3)
    gradient = torch.from_numpy(random(4, 3, 2, 2, 7)).permute(1, 0, 3, 2)
    one, two = (stack(spec, vectors, observation) for _ in range(2))
    for stacked, given in ((one, gradient), (two, gradient.contiguous())):
        stacked.outputs()
        stacked.adam_step(given)
    assert not gradient.is_contiguous()
    assert one.parameters.tobytes() == two.parameters.tobytes()
    # As is one number seen from everywhere.
    three = plain(2, 3)
    three.adam_step(torch.ones(()).expand(three.outputs().shape))
    np.testing.assert_allclose(three.parameters[..., 1], -RATE, rtol=1e-4)


def test_what_is_given_and_returned_is_copied() -> None:
    spec, given, observation = SPECS[3], random(1, 1, 2, 10), random(2, 3, 4)
    vectors, states = given.copy(), observation.copy()
    stacked = stack(spec, given, observation)
    first = stacked.outputs()
    before = first.clone()
    stacked.adam_step(torch.ones_like(first))
    stacked.outputs()
    np.testing.assert_array_equal(given, vectors)
    np.testing.assert_array_equal(observation, states)
    assert torch.equal(first, before)
    observation += 1
    assert torch.equal(stacked.outputs(), stacked.outputs())
    assert (stacked.parameters != vectors).any(axis=-1).all()


def test_fresh_parameters_are_uniform_within_the_fan_ins_root() -> None:
    spec = SPECS[0]
    drawn = spec.init(400, np.random.default_rng(5))
    assert drawn.shape == (400, 766)
    assert drawn.dtype == np.float32
    first = 0
    for i, o in pairwise(spec.sizes):
        for piece in (drawn[:, first : first + i * o], drawn[:, first + i * o : first + i * o + o]):
            scaled = np.sort(piece.ravel()) * math.sqrt(i)
            assert np.abs(scaled).max() <= 1 + 1e-6
            # Kolmogorov and Smirnov's distance; above 1.95 / √n once in a thousand times.
            uniform = np.linspace(-1, 1, len(scaled))
            assert np.abs(scaled - uniform).max() / 2 < 1.95 / math.sqrt(len(scaled))
        first += i * o + o
    assert first == 766
    assert len(np.unique(drawn)) > 0.99 * drawn.size
    np.testing.assert_array_equal(drawn, spec.init(400, np.random.default_rng(5)))
