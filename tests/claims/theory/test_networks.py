"""An algorithm's networks, split into functions and joined again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from claims.theory._networks import Networks, policy_networks, value_networks
from repro import algorithms
from repro.engine.networks import MLPSpec

SPEC = MLPSpec((2, 3, 3), (True,))
OBSERVATION = torch.tensor([[0.5, -1.0], [2.0, 0.25]], dtype=torch.float64)


@pytest.mark.parametrize("shared", [False, True])
def test_parameters_are_as_drawn(shared: bool) -> None:
    networks = Networks(SPEC, ("A", "B", "C"), shared)
    functions = networks.draw(np.random.default_rng(3))
    fresh = SPEC.init(1 if shared else 3, np.random.default_rng(3))
    assert torch.equal(networks.parameters(functions)[0], torch.from_numpy(fresh).double())
    assert all(part.is_leaf and part.requires_grad for part in functions.values())


@pytest.mark.parametrize("shared", [False, True])
def test_an_output_depends_on_its_own_functions(shared: bool) -> None:
    networks = Networks(MLPSpec((2, 3, 3 if shared else 1), (True,)), ("A", "B", "C"), shared)
    functions = networks.draw(np.random.default_rng(0))
    outputs = networks.outputs(functions, OBSERVATION).transpose(1, 2).flatten(2)[0]
    assert outputs.shape == (2, 3)
    for k, name in enumerate(networks.names):
        parts = torch.autograd.grad(
            outputs[:, k].sum(), [*functions.values()], retain_graph=True, allow_unused=True
        )
        nonzero = {
            other
            for other, part in zip(functions, parts, strict=True)
            if part is not None and part.any()
        }
        assert nonzero == set(networks.owned(name))


def test_the_networks_of_each_algorithm() -> None:
    named = {
        name: policy_networks(algorithms.load(name, hidden=2), 2, 3)
        for name in ("cvs", "ppo", "ppof")
    }
    assert {name: one.shared for name, one in named.items()} == {
        "cvs": False,
        "ppo": True,
        "ppof": False,
    }
    assert all(one.names == ("A", "B", "C") for one in named.values())
    # Two networks of CVS have as many outputs each as one network would for two actions.
    assert not policy_networks(algorithms.load("cvs", hidden=2), 2, 2).shared
    cvs_critics = value_networks(algorithms.load("cvs"), 2, 2)
    assert cvs_critics.names == ("critic of A", "critic of B")
    assert value_networks(algorithms.load("ppo"), 2, 2).names == ("critic",)
