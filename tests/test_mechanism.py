"""Stacked networks: each is what a plain module with an optimiser of its own would be."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor

from repro.mechanism import Layout, Stack
from tests.algorithms.reference import Network, assert_moved_alike

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAYOUTS = (
    Layout((10, 20, 20, 6), (True, True)),
    Layout((10, 20, 20, 2), (True, False)),
    Layout((3, 5, 2), (False,)),
    Layout((4, 2), ()),
)
RATE = 1e-3


def random(seed: int, *shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def relu_of(layout: Layout) -> list[int]:
    return [layer for layer, follows in enumerate(layout.relu) if follows]


def stack(layout: Layout, vectors: NDArray[np.float32], max_norm: float | None = None) -> Stack:
    return Stack(layout, torch.from_numpy(vectors), RATE, max_norm)


def pull(output: Tensor, target: Tensor) -> Tensor:
    """Loss of each network of [R, K, S, outputs]: squared distance to the target."""
    return (output - target).square().sum((-2, -1))


def steady(stacked: Stack) -> Tensor:
    """Loss with gradient 2 everywhere: each of Adam's steps is the learning rate."""
    return (stacked.parameters * torch.full(stacked.parameters.shape, 2.0)).sum(-1)


@pytest.mark.parametrize(
    ("sizes", "parameters"),
    [((10, 20, 20, 6), 766), ((10, 20, 20, 1), 661), ((10, 20, 20, 2), 682), ((3, 2), 8)],
)
def test_numbers_of_parameters(sizes: tuple[int, ...], parameters: int) -> None:
    assert Layout(sizes, (True,) * (len(sizes) - 2)).size == parameters


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_stack_evaluates_as_each_module_alone(layout: Layout) -> None:
    vectors, observation = random(1, 2, 3, layout.size), random(2, 7, layout.sizes[0])
    found = stack(layout, vectors)(torch.from_numpy(observation))
    assert found.shape == (2, 3, 7, layout.sizes[-1])
    for i in np.ndindex(2, 3):
        network = Network(vectors[i], layout.sizes, relu_of(layout), RATE)
        expected = network(torch.from_numpy(observation).double())
        np.testing.assert_allclose(found[i].detach(), expected.detach(), rtol=1e-4, atol=1e-4)


def test_the_last_layer_is_the_last() -> None:
    layout = LAYOUTS[0]
    vector = random(1, layout.size)
    vector[layout.last_layer()] = 0
    assert np.count_nonzero(vector) == 640
    (out,) = stack(layout, vector[None, None])(torch.ones(4, 10))
    assert not out.any()


def test_steps_are_adams_on_each_network_alone() -> None:
    """Gradients of very different sizes, so that some are clipped at norm 40 and some are not."""
    layout = LAYOUTS[0]
    vectors, observation = random(1, 2, 3, layout.size) * 0.3, torch.from_numpy(random(2, 7, 10))
    stacked = stack(layout, vectors, 40.0)
    networks = {i: Network(vectors[i], layout.sizes, (0, 1), RATE, 40.0) for i in np.ndindex(2, 3)}
    norms = []
    for step, scale in enumerate((0.5, 0.05, 2.0, 0.1, 1.0)):
        target = torch.from_numpy(random(3 + step, 2, 3, 7, 6))
        stacked.descend(scale * pull(stacked(observation), target))
        for i, network in networks.items():
            (scale * pull(network(observation.double()), target[i].double())).backward()
            gradients = [p.grad for p in network.module.parameters() if p.grad is not None]
            norms.append(math.sqrt(sum(g.square().sum().item() for g in gradients)))
            network.step()
    assert sum(norm > 80 for norm in norms) >= 6
    assert sum(norm < 20 for norm in norms) >= 6
    for i, network in networks.items():
        assert_moved_alike(stacked.values()[i], network, vectors[i], RATE)


@pytest.mark.parametrize(("max_norm", "factor"), [(None, 1.0), (1000.0, 1.0), (40.0, 0.4)])
def test_clipping_scales_the_gradient_to_the_norm(max_norm: float | None, factor: float) -> None:
    # A single weight and bias with gradient (60, 80), of norm 100.
    stacked = stack(Layout((1, 1), ()), np.zeros((1, 1, 2), np.float32), max_norm)
    stacked.descend((stacked.parameters * torch.tensor([60.0, 80.0])).sum(-1))
    assert stacked.parameters.grad is not None
    np.testing.assert_allclose(stacked.parameters.grad[0, 0], [60 * factor, 80 * factor], rtol=1e-6)


def test_one_loss_a_run_moves_all_its_networks() -> None:
    layout = LAYOUTS[3]
    vectors, observation = random(1, 2, 3, layout.size), torch.from_numpy(random(2, 7, 4))
    joint, apart = stack(layout, vectors), stack(layout, vectors)
    joint.descend(pull(joint(observation), torch.zeros(())).sum(1))
    apart.descend(pull(apart(observation), torch.zeros(())))
    np.testing.assert_array_equal(joint.values(), apart.values())
    assert (joint.values() != vectors).all()


def test_networks_do_not_influence_each_other() -> None:
    layout, observation = LAYOUTS[0], torch.from_numpy(random(2, 7, 10))
    vectors = random(1, 2, 3, layout.size) * 0.3
    other = vectors.copy()
    other[1, 1] *= 2
    one, two = stack(layout, vectors, 40.0), stack(layout, other, 40.0)
    same = np.ones((2, 3), bool)
    same[1, 1] = False
    for _ in range(3):
        first, second = one(observation), two(observation)
        assert torch.equal(first[same], second[same])
        assert not torch.equal(first[1, 1], second[1, 1])
        one.descend(pull(first, torch.zeros(())))
        two.descend(pull(second, torch.zeros(())))
    np.testing.assert_array_equal(one.values()[same], two.values()[same])
    assert (one.values()[1, 1] != two.values()[1, 1]).any()


@pytest.mark.parametrize("rows", [[0, 2], [1], [2, 0]])
def test_the_runs_kept_go_on_as_they_would_have(rows: list[int]) -> None:
    layout, observation = LAYOUTS[0], torch.from_numpy(random(2, 7, 10))
    vectors = random(1, 3, 2, layout.size) * 0.3
    everyone, kept = stack(layout, vectors), stack(layout, vectors)
    before = vectors
    for step in range(8):
        target = torch.from_numpy(random(3 + step, 3, 2, 7, 6))
        everyone.descend(pull(everyone(observation), target))
        if step == 4:
            kept.keep(np.array(rows))
            before = kept.values()
            assert before.shape == (len(rows), 2, layout.size)
        chosen = rows if step >= 4 else [0, 1, 2]
        kept.descend(pull(kept(observation), target[chosen]))
    assert np.abs(kept.values() - before).max() > RATE
    np.testing.assert_allclose(kept.values(), everyone.values()[rows], rtol=0, atol=1e-3 * RATE)


def test_the_rate_is_scaled() -> None:
    stacked = stack(Layout((1, 1), ()), np.zeros((1, 1, 2), np.float32))
    for _ in range(2):
        stacked.descend(steady(stacked))
    np.testing.assert_allclose(stacked.values(), -2 * RATE, rtol=1e-4)
    stacked.scale_rate(0.5)
    stacked.descend(steady(stacked))
    np.testing.assert_allclose(stacked.values(), -2.5 * RATE, rtol=1e-4)
    stacked.scale_rate(0.5)
    stacked.descend(steady(stacked))
    np.testing.assert_allclose(stacked.values(), -2.75 * RATE, rtol=1e-4)


def test_a_gradient_that_is_a_view_is_followed_too() -> None:
    """The gradient of a plain sum is one number seen from everywhere."""
    stacked = stack(Layout((3, 2), ()), np.zeros((1, 1, 8), np.float32))
    stacked.descend(stacked.parameters.sum(-1))
    np.testing.assert_allclose(stacked.values(), -RATE, rtol=1e-4)


def test_what_is_given_and_returned_is_copied() -> None:
    given = torch.zeros(1, 1, 8)
    stacked = Stack(Layout((3, 2), ()), given, RATE)
    before = stacked.values()
    stacked.descend(steady(stacked))
    assert not given.any()
    assert not before.any()
    assert stacked.values().all()


def test_fresh_parameters_are_uniform_within_the_fan_ins_root() -> None:
    layout = LAYOUTS[0]
    drawn = layout.fresh(400, np.random.default_rng(5))
    assert drawn.shape == (400, 766)
    assert drawn.dtype == np.float32
    first = 0
    for i, o in pairwise(layout.sizes):
        for piece in (drawn[:, first : first + i * o], drawn[:, first + i * o : first + i * o + o]):
            scaled = np.sort(piece.ravel()) * math.sqrt(i)
            assert np.abs(scaled).max() <= 1 + 1e-6
            # Kolmogorov and Smirnov's distance; above 1.95 / √n once in a thousand times.
            uniform = np.linspace(-1, 1, len(scaled))
            assert np.abs(scaled - uniform).max() / 2 < 1.95 / math.sqrt(len(scaled))
        first += i * o + o
    assert first == 766
    assert len(np.unique(drawn)) > 0.99 * drawn.size
    np.testing.assert_array_equal(drawn, layout.fresh(400, np.random.default_rng(5)))
