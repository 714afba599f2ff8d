"""Batched networks: each behaves as a plain torch module with its own optimiser."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor

from repro.engine.networks import BatchedMLP, MLPSpec
from repro.errors import UserError
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


def batched(
    spec: MLPSpec,
    vectors: Floats,
    observation: Floats,
    *,
    max_grad_norm: float = math.inf,
    penalty: float = 0.0,
    betas: tuple[float, float] = (0.9, 0.999),
) -> BatchedMLP:
    return BatchedMLP(
        spec, vectors, observation, RATE, max_grad_norm=max_grad_norm, penalty=penalty, betas=betas
    )


def plain(runs: int = 1, networks: int = 1) -> BatchedMLP:
    """Create networks with one bias each as output, at one state."""
    spec, zeros = MLPSpec((1, 1), ()), np.zeros((runs, networks, 2), np.float32)
    return batched(spec, zeros, np.zeros((1, 1), np.float32))


def push(mlp: BatchedMLP, by: float = 2.0) -> Floats:
    """Take a step with a constant gradient; return the biases."""
    mlp.adam_step(torch.full_like(mlp.outputs(), by))
    return mlp.parameters[..., 1].copy()


@pytest.mark.parametrize(
    ("sizes", "parameters"),
    [((10, 20, 20, 6), 766), ((10, 20, 20, 1), 661), ((10, 20, 20, 2), 682), ((3, 2), 8)],
)
def test_numbers_of_parameters(sizes: tuple[int, ...], parameters: int) -> None:
    assert MLPSpec(sizes, (True,) * (len(sizes) - 2)).size == parameters


@pytest.mark.parametrize(
    ("sizes", "relu"),
    [((3,), ()), ((3, 4, 4, 4, 1), (True,) * 3), ((3, 4, 1), ()), ((3, 1), (True,))],
)
def test_a_network_of_another_depth_is_an_error(
    sizes: tuple[int, ...], relu: tuple[bool, ...]
) -> None:
    with pytest.raises(UserError, match="expected two to four sizes"):
        MLPSpec(sizes, relu)


@pytest.mark.parametrize("spec", SPECS)
def test_outputs_against_plain_modules_and_the_spec_in_torch(spec: MLPSpec) -> None:
    vectors, observation = random(1, 2, 3, spec.size), random(2, 7, spec.sizes[0])
    found = batched(spec, vectors, observation).outputs()
    assert found.shape == (2, 3, 7, spec.sizes[-1])
    assert found.dtype == torch.float32
    in_torch = spec.forward(torch.from_numpy(vectors), torch.from_numpy(observation))
    torch.testing.assert_close(found, in_torch, rtol=1e-4, atol=1e-4)
    for i in np.ndindex(2, 3):
        network = Network(vectors[i], spec.sizes, relu_of(spec), RATE)
        expected = network(torch.from_numpy(observation).double())
        for own in (found[i], in_torch[i]):
            np.testing.assert_allclose(own, expected.detach(), rtol=1e-4, atol=1e-4)


def test_last_layer() -> None:
    spec = SPECS[0]
    vector = random(1, spec.size)
    vector[spec.last_layer()] = 0
    assert np.count_nonzero(vector) == 640
    assert not batched(spec, vector[None, None], np.ones((4, 10), np.float32)).outputs().any()


@pytest.mark.parametrize(("penalty", "betas"), [(0.0, (0.9, 0.999)), (0.1, (0.5, 0.9))])
@pytest.mark.parametrize("spec", SPECS)
def test_steps_against_adam_on_plain_modules(
    spec: MLPSpec, penalty: float, betas: tuple[float, float]
) -> None:
    """Losses differ in size, so that some gradients are clipped and some are not."""
    vectors, observation = random(1, 2, 3, spec.size) * 0.3, random(2, 7, spec.sizes[0])
    mlp = batched(spec, vectors, observation, max_grad_norm=8.0, penalty=penalty, betas=betas)
    relu, norms = relu_of(spec), []
    networks = {
        i: Network(vectors[i], spec.sizes, relu, RATE, 8.0, betas) for i in np.ndindex(2, 3)
    }

    def pull(output: Tensor, target: Tensor, scale: float) -> Tensor:
        return scale * (output - target).square().sum()

    for step, scale in enumerate((0.5, 0.002, 2.0, 0.01, 1.0)):
        target = torch.from_numpy(random(3 + step, 2, 3, 7, spec.sizes[-1]))
        seen = mlp.outputs().requires_grad_()
        mlp.adam_step(torch.autograd.grad(pull(seen, target, scale), seen)[0])
        for i, network in networks.items():
            output = network(torch.from_numpy(observation).double())
            loss = pull(output, target[i].double(), scale) + penalty * network.flat().square().sum()
            loss.backward()
            gradients = [p.grad for p in network.module.parameters() if p.grad is not None]
            norms.append(math.sqrt(sum(g.square().sum().item() for g in gradients)))
            network.step()
    assert sum(norm > 16 for norm in norms) >= 6
    assert sum(norm < 4 for norm in norms) >= 6
    assert mlp.steps == 5
    for i, network in networks.items():
        assert_moved_alike(mlp.parameters[i], network, vectors[i], RATE)


def test_gradients_are_clipped_only_if_requested() -> None:
    spec, vectors, observation = SPECS[3], random(1, 1, 2, 10), random(2, 1, 4)
    free, held = (
        batched(spec, vectors, observation, max_grad_norm=norm) for norm in (math.inf, 1e-3)
    )
    for mlp in (free, held):
        mlp.adam_step(torch.full_like(mlp.outputs(), 50.0))
    norms = np.linalg.norm(free.moments[0], axis=-1) * 10
    assert (norms > 50).all()
    np.testing.assert_allclose(np.linalg.norm(held.moments[0], axis=-1) * 10, 1e-3, rtol=1e-3)
    np.testing.assert_allclose(
        held.moments[0] / 1e-3 * norms[..., None], free.moments[0], rtol=1e-3
    )


def test_no_network_depends_on_the_loss_of_another() -> None:
    """If one network's parameters and gradient change, all others stay bitwise the same."""
    spec, observation = SPECS[0], random(2, 7, 10)
    vectors = random(1, 2, 3, spec.size) * 0.3
    other = vectors.copy()
    other[1, 1] *= 2
    one, two = (
        batched(spec, v, observation, max_grad_norm=1.0, penalty=1e-3) for v in (vectors, other)
    )
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
def test_kept_runs_do_not_depend_on_dropped_ones(rows: list[int]) -> None:
    spec, observation = SPECS[0], random(2, 7, 10)
    vectors = random(1, 3, 2, spec.size) * 0.3
    everyone, kept = (batched(spec, vectors, observation) for _ in range(2))
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


def test_the_learning_rate_can_be_changed() -> None:
    # With a constant gradient, each Adam step has the size of the learning rate.
    mlp = plain()
    for steps in (1, 2):
        np.testing.assert_allclose(push(mlp), -steps * RATE, rtol=1e-4)
    mlp.learning_rate *= 0.5
    np.testing.assert_allclose(push(mlp), -2.5 * RATE, rtol=1e-4)
    mlp.learning_rate *= 0.5
    np.testing.assert_allclose(push(mlp), -2.75 * RATE, rtol=1e-4)


def test_gradients_may_be_views() -> None:
    spec, vectors, observation = SPECS[2], random(1, 2, 3, SPECS[2].size), random(2, 7, 3)
    gradient = torch.from_numpy(random(4, 3, 2, 2, 7)).permute(1, 0, 3, 2)
    one, two = (batched(spec, vectors, observation) for _ in range(2))
    for mlp, given in ((one, gradient), (two, gradient.contiguous())):
        mlp.outputs()
        mlp.adam_step(given)
    assert not gradient.is_contiguous()
    assert one.parameters.tobytes() == two.parameters.tobytes()
    # The same for an expanded scalar.
    three = plain(2, 3)
    three.adam_step(torch.ones(()).expand(three.outputs().shape))
    np.testing.assert_allclose(three.parameters[..., 1], -RATE, rtol=1e-4)


def test_inputs_and_outputs_are_copies() -> None:
    spec, given, observation = SPECS[3], random(1, 1, 2, 10), random(2, 3, 4)
    vectors, states = given.copy(), observation.copy()
    mlp = batched(spec, given, observation)
    first = mlp.outputs()
    before = first.clone()
    mlp.adam_step(torch.ones_like(first))
    mlp.outputs()
    np.testing.assert_array_equal(given, vectors)
    np.testing.assert_array_equal(observation, states)
    assert torch.equal(first, before)
    observation += 1
    assert torch.equal(mlp.outputs(), mlp.outputs())
    assert (mlp.parameters != vectors).any(axis=-1).all()


def test_initial_parameters_are_uniform() -> None:
    spec = SPECS[0]
    drawn = spec.init(400, np.random.default_rng(5))
    assert drawn.shape == (400, 766)
    assert drawn.dtype == np.float32
    first = 0
    for i, o in pairwise(spec.sizes):
        for piece in (drawn[:, first : first + i * o], drawn[:, first + i * o : first + i * o + o]):
            scaled = np.sort(piece.ravel()) * math.sqrt(i)
            assert np.abs(scaled).max() <= 1 + 1e-6
            # Kolmogorov and Smirnov's distance; above 1.95 / √n with probability 0.001.
            uniform = np.linspace(-1, 1, len(scaled))
            assert np.abs(scaled - uniform).max() / 2 < 1.95 / math.sqrt(len(scaled))
        first += i * o + o
    assert first == 766
    assert len(np.unique(drawn)) > 0.99 * drawn.size
    np.testing.assert_array_equal(drawn, spec.init(400, np.random.default_rng(5)))


@pytest.mark.parametrize(
    "shape", [(2, 3, 7), (2, 3, 7, 1), (2, 1, 7, 2), (3, 2, 7, 2), (2, 3, 2, 7)]
)
def test_a_gradient_of_another_shape_is_an_error(shape: tuple[int, ...]) -> None:
    spec = SPECS[1]
    mlp = batched(spec, random(1, 2, 3, spec.size), random(2, 7, 10))
    mlp.outputs()
    before = mlp.parameters.copy()
    with pytest.raises(UserError, match=r"has shape \(.*\); expected \(2, 3, 7, 2\): runs"):
        mlp.adam_step(torch.zeros(shape))
    assert mlp.steps == 0
    np.testing.assert_array_equal(mlp.parameters, before)
