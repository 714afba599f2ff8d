"""Compiled networks: each behaves as a plain module with autograd and its own optimiser."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro.engine.kernels import many_networks
from repro.engine.networks import MLPSpec
from repro.storage.syntax_digest import code_digest
from tests.algorithms.reference import Network, assert_moved_alike

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

RATE, FREE = 1e-3, math.inf
CODE = code_digest((many_networks.__name__,))
SPECS = (
    MLPSpec((10, 20, 20, 6), (True, True)),
    MLPSpec((10, 20, 20, 2), (True, False)),
    MLPSpec((7, 5, 4, 1), (False, True)),
    MLPSpec((2, 3, 1), (True,)),
    MLPSpec((4, 2), ()),
)
"""Each one takes seconds to compile, so tests by hand use one of these, or `ONE_WEIGHT`."""
ONE_WEIGHT = MLPSpec((1, 1), ())


def random(seed: int, *shape: int) -> Floats:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def relu_of(spec: MLPSpec) -> list[int]:
    return [layer for layer, follows in enumerate(spec.relu) if follows]


class Kernel:
    """N networks, with the arrays that the kernels take."""

    def __init__(
        self,
        spec: MLPSpec,
        parameters: Floats,
        observation: Floats,
        penalty: float = 0,
        max_grad_norm: float = FREE,
    ) -> None:
        self.parameters, self.moments = parameters.copy(), np.zeros((2, *parameters.shape), "f4")
        self.observation, self.penalty, self.max_grad_norm = observation, penalty, max_grad_norm
        self.spec = spec
        self.forward, self.step = many_networks.compiled(CODE, spec.sizes, spec.relu)
        # NaN, so that an entry that is not written is noticed.
        units = (len(parameters), len(observation), sum(spec.sizes[1:]))
        self.units = np.full(units, np.nan, np.float32)
        self.steps = 0

    def outputs(self) -> Floats:
        """Evaluate; [N, S, outputs]."""
        self.forward(self.parameters, self.observation, self.units)
        return self.units[..., -self.spec.sizes[-1] :].copy()

    def adam_step(self, d_outputs: Floats) -> None:
        """Take a step with learning rate `RATE`."""
        self.steps += 1
        self.step(
            self.parameters,
            self.moments,
            self.observation,
            self.units,
            d_outputs,
            *np.array([0.9, 0.999, self.penalty, self.max_grad_norm], np.float32),
            np.float32(RATE / (1 - 0.9**self.steps)),
            np.float32(math.sqrt(1 - 0.999**self.steps)),
        )


@pytest.mark.parametrize("spec", SPECS)
def test_outputs_against_torch(spec: MLPSpec) -> None:
    vectors, observation = random(1, 6, spec.size), random(2, 8, spec.sizes[0])
    observation[:, ::2] = 0  # most entries of a state are zero
    found = Kernel(spec, vectors, observation).outputs()
    torchs = spec.forward(torch.from_numpy(vectors).view(2, 3, -1), torch.from_numpy(observation))
    np.testing.assert_allclose(found, torchs.flatten(0, 1), rtol=1e-4, atol=1e-4)
    for vector, own in zip(vectors, found, strict=True):
        network = Network(vector, spec.sizes, relu_of(spec), RATE)
        expected = network(torch.from_numpy(observation).double()).detach()
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("penalty", "max_grad_norm"), [(0, FREE), (1e-2, FREE), (0, 5.0), (0.1, 5.0)]
)
@pytest.mark.parametrize("spec", SPECS)
def test_steps_against_adam_on_clipped_gradients(
    spec: MLPSpec, penalty: float, max_grad_norm: float
) -> None:
    vectors, observation = random(1, 6, spec.size) * 0.4, random(2, 8, spec.sizes[0])
    observation[:, ::2] = 0
    kernel = Kernel(spec, vectors, observation, penalty, max_grad_norm)
    limit = None if max_grad_norm == FREE else max_grad_norm
    networks = [Network(v, spec.sizes, relu_of(spec), RATE, limit) for v in vectors]
    clipped = []
    for step, scale in enumerate((0.5, 0.01, 5.0, 0.05, 1.0)):
        kernel.outputs()
        d_outputs = random(3 + step, 6, 8, spec.sizes[-1]) * np.float32(scale)
        kernel.adam_step(d_outputs)
        for network, own in zip(networks, d_outputs, strict=True):
            loss = (network(torch.from_numpy(observation).double()) * torch.from_numpy(own)).sum()
            (loss + penalty * network.flat().square().sum()).backward()
            gradient = [p.grad for p in network.module.parameters() if p.grad is not None]
            clipped.append(float(torch.cat([g.flatten() for g in gradient]).norm()) > max_grad_norm)
            network.step()
    if max_grad_norm != FREE:
        assert 6 <= sum(clipped) <= 24
    for i, network in enumerate(networks):
        assert_moved_alike(kernel.parameters[i], network, vectors[i], RATE)


@pytest.mark.parametrize(("max_grad_norm", "factor"), [(FREE, 1.0), (1000.0, 1.0), (40.0, 0.4)])
def test_a_step_by_hand(max_grad_norm: float, factor: float) -> None:
    # One weight with an observation of 3/4, and one bias: gradient (60, 80), of norm 100.
    kernel = Kernel(ONE_WEIGHT, np.zeros((1, 2), "f4"), np.array([[0.75]], "f4"), 0, max_grad_norm)
    kernel.outputs()
    kernel.adam_step(np.array([[[80.0]]], np.float32))
    gradient = np.array([60, 80]) * factor
    np.testing.assert_allclose(kernel.moments[0, 0], 0.1 * gradient, rtol=1e-6)
    # In float32, 1 - 0.999 is smaller than 0.001 by a relative 1.3e-5.
    np.testing.assert_allclose(kernel.moments[1, 0], 0.001 * gradient**2, rtol=2e-5)
    # The first step is the learning rate, for any size of the gradient.
    np.testing.assert_allclose(kernel.parameters[0], -RATE, rtol=1e-5)
    kernel.outputs()
    kernel.adam_step(np.array([[[-80.0]]], np.float32))
    # Means (0.09 - 0.1) g and (0.000999 + 0.001) g², over 0.19 and 0.001999.
    np.testing.assert_allclose(kernel.moments[0, 0], -0.01 * gradient, rtol=1e-5)
    np.testing.assert_allclose(kernel.parameters[0], RATE * (0.01 / 0.19 - 1), rtol=1e-4)


def test_gradients_far_below_adams_epsilon_change_little() -> None:
    kernel = Kernel(ONE_WEIGHT, np.zeros((1, 2), "f4"), np.ones((1, 1), "f4"))
    kernel.outputs()
    kernel.adam_step(np.array([[[1e-8]]], np.float32))
    np.testing.assert_allclose(kernel.parameters[0], -RATE / 2, rtol=1e-4)


def test_the_penalty_alone() -> None:
    kernel = Kernel(ONE_WEIGHT, np.array([[3.0, -5.0]], "f4"), np.ones((1, 1), "f4"), penalty=0.25)
    kernel.outputs()
    kernel.adam_step(np.zeros((1, 1, 1), np.float32))
    np.testing.assert_allclose(kernel.moments[0, 0], [0.15, -0.25], rtol=1e-6)


@pytest.mark.parametrize("bad", ["other numbers", "nan", "inf", "-inf"])
@pytest.mark.parametrize("changed", ["parameters", "moments", "d_outputs", "units"])
def test_no_network_changes_with_another(changed: str, bad: str) -> None:
    """If one network's numbers are replaced, the others stay bitwise the same."""
    spec = SPECS[0]
    vectors, observation = random(1, 5, spec.size) * 0.3, random(2, 8, 10)
    pulls = [random(3 + step, 5, 8, 6) for step in range(3)]
    results = []
    for replaced in (False, True):
        kernel = Kernel(spec, vectors, observation, 1e-3, 40.0)
        kernel.outputs()
        kernel.adam_step(pulls[0])
        given = {name: getattr(kernel, name) for name in ("parameters", "moments", "units")}
        given["d_outputs"] = pulls[1].copy()
        seen = []
        for pull in (given["d_outputs"], pulls[2]):
            outputs = kernel.outputs()
            if replaced and pull is not pulls[2]:
                place = (slice(None), 2) if changed == "moments" else (2,)
                numbers = random(9, *given[changed][place].shape)
                given[changed][place] = numbers if bad == "other numbers" else float(bad)
                if changed == "parameters":
                    outputs = kernel.outputs()
            kernel.adam_step(pull)
            seen.append(outputs)
        results.append((*seen, kernel.outputs(), kernel.parameters, *kernel.moments))
    others = [0, 1, 3, 4]
    for one, other in zip(*results, strict=True):
        assert one[others].tobytes() == other[others].tobytes()
    *_, parameters, _, _ = zip(*results, strict=True)
    assert parameters[0][2].tobytes() != parameters[1][2].tobytes()


def test_nan_passes_through_a_relu() -> None:
    spec = SPECS[-2]
    vectors = random(1, 2, spec.size)
    vectors[0, 0] = np.nan
    found = Kernel(spec, vectors, np.array([[1.0, 2.0]], "f4")).outputs()
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()


def test_infinity_passes_through_a_relu() -> None:
    spec = SPECS[-2]
    vectors = np.zeros((2, spec.size), np.float32)
    # Two observations into three units, six weights and three biases, then three weights and a bias.
    vectors[:, 0], vectors[:, 9], vectors[1, 12] = [np.inf, -np.inf], 1, 7
    found = Kernel(spec, vectors, np.ones((1, 2), "f4")).outputs()
    assert found.ravel().tolist() == [np.inf, 7]


def test_a_gradient_of_infinite_norm_changes_nothing_and_nan_propagates() -> None:
    """As in torch's clipping: 40 divided by an infinite norm is 0."""
    vectors = np.zeros((2, 2), np.float32)
    kernel = Kernel(ONE_WEIGHT, vectors, np.ones((1, 1), "f4"), 0, 40.0)
    kernel.outputs()
    kernel.adam_step(np.array([[[1e30]], [[np.nan]]], np.float32))
    assert kernel.parameters[0].tolist() == [0, 0]
    assert np.isnan(kernel.parameters[1]).all()
