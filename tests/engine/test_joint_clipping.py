"""One norm over all networks of a run, against autograd, and what it couples."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from repro.engine.joint_clipping import GradientNorm
from repro.engine.networks import BatchedMLP, MLPSpec

RATE = 1e-3
# Sizes of the protocol, which other tests compile too.
SPEC = MLPSpec((10, 20, 20, 2), (True, False))


def drawn(seed: int, *shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def networks(runs: int = 2, each: int = 3, max_grad_norm: float = math.inf) -> BatchedMLP:
    return BatchedMLP(
        SPEC,
        drawn(1, runs, each, SPEC.size),
        drawn(2, 6, 10),
        RATE,
        max_grad_norm=max_grad_norm,
    )


def gradients(runs: int = 2, each: int = 3) -> torch.Tensor:
    return torch.from_numpy(drawn(3, runs, each, 6, 2))


def test_the_norm_against_autograd() -> None:
    mlp, d_outputs = networks(), gradients()
    parameters = torch.from_numpy(mlp.parameters.copy()).double().requires_grad_()
    outputs = SPEC.forward(parameters, torch.from_numpy(mlp.observation).double())
    (gradient,) = torch.autograd.grad(outputs, parameters, d_outputs.double())
    expected = gradient.flatten(1).norm(dim=1)
    joint = GradientNorm(mlp)
    for _ in range(2):  # what it was asked before does not count
        np.testing.assert_allclose(joint.norm(d_outputs), expected, rtol=1e-5)


def test_the_networks_may_learn_and_are_not_changed_by_the_question() -> None:
    mlp, d_outputs = networks(), gradients()
    joint = GradientNorm(mlp)
    before, parameters = joint.norm(d_outputs), mlp.parameters.copy()
    mlp.outputs()
    mlp.adam_step(d_outputs)
    assert (mlp.parameters != parameters).any()
    moments, parameters = mlp.moments.copy(), mlp.parameters.copy()
    after = joint.norm(d_outputs)
    assert (after != before).all()
    np.testing.assert_array_equal(after, GradientNorm(mlp).norm(d_outputs))
    np.testing.assert_array_equal(mlp.parameters, parameters)
    np.testing.assert_array_equal(mlp.moments, moments)


def test_clipping() -> None:
    """Runs differ, so that one is clipped and the other is not."""
    mlp, d_outputs = networks(), gradients()
    d_outputs[1] *= 1e-3
    joint = GradientNorm(mlp)
    norms = joint.norm(d_outputs)
    between = math.sqrt(norms[0] * norms[1])
    clipped = joint.clipped(d_outputs, between)
    np.testing.assert_allclose(joint.norm(clipped), [between, norms[1]], rtol=1e-5)
    torch.testing.assert_close(clipped[0], d_outputs[0] * (between / norms[0]), rtol=1e-5, atol=0)
    assert torch.equal(clipped[1], d_outputs[1])
    assert clipped.dtype == torch.float32


def test_it_couples_networks_of_a_run_and_not_runs() -> None:
    mlp, d_outputs = networks(), gradients()
    other = d_outputs.clone()
    other[0, 0] *= 3
    one, two = (GradientNorm(mlp).clipped(x, max_norm=0.1) for x in (d_outputs, other))
    ratio = one[0, 1:] / two[0, 1:]
    assert ratio.min() > 1.1
    torch.testing.assert_close(ratio, torch.full_like(ratio, ratio.mean().item()))
    assert torch.equal(one[1], two[1])


def test_of_equal_networks_each_is_clipped_by_its_share() -> None:
    """With K equal gradients, one norm c is each network's own norm c / √K."""
    own, together = networks(each=4, max_grad_norm=0.05), networks(each=4)
    d_outputs = gradients(each=4)
    for mlp in (own, together):
        mlp.parameters[:] = mlp.parameters[:, :1]
    d_outputs[:] = d_outputs[:, :1]
    joint = GradientNorm(together)
    for scale in (1.0, 3.0, 0.5):
        own.outputs()
        together.outputs()
        own.adam_step(scale * d_outputs)
        together.adam_step(joint.clipped(scale * d_outputs, 0.05 * math.sqrt(4)))
    np.testing.assert_allclose(own.moments[0], together.moments[0], rtol=1e-3, atol=1e-7)
    norms = np.linalg.norm(own.moments[0], axis=-1)
    assert norms == pytest.approx(0.05 * (1 - 0.9**3), rel=0.1)
