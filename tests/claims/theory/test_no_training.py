"""Inputs from untrained networks."""

from __future__ import annotations

import pytest
import torch

from claims.theory._rules import trainer_inputs
from claims.theory._shapes import Shape
from claims.theory.no_training import untrained_inputs


@pytest.mark.parametrize("name", ["ppo", "ppof", "cvs"])
def test_untrained_inputs_differ_from_the_trainers_in_the_networks_only(name: str) -> None:
    shape = Shape((0, 1), (0, 1), 2)
    fresh, drawn = untrained_inputs(name, shape, 3), trainer_inputs(name, shape, 3)
    assert fresh.keys() == drawn.keys()
    for part, value in drawn.items():
        assert fresh[part].shape == value.shape
        assert fresh[part].dtype == value.dtype
        networks = part in {"policy", "behaviour_policy", "value"}
        assert torch.equal(fresh[part], value) != networks
    assert torch.equal(fresh["policy"], fresh["behaviour_policy"])
    if name == "cvs":  # mean 1/2 and concentration 2: every bid is as likely as any other
        assert fresh["behaviour_policy"][..., 0].sigmoid().unique().tolist() == [0.5]
    else:
        assert len(fresh["behaviour_policy"].unique()) == fresh["behaviour_policy"].numel()
    other = untrained_inputs(name, shape, 4)
    assert not torch.equal(fresh["value"], other["value"])
