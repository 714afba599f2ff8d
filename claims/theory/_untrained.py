"""Inputs of the trainers' rules as they are before any update."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._rules import trainer_inputs
from repro import algorithms

if TYPE_CHECKING:
    from claims.theory._rules import Inputs
    from claims.theory._shapes import Shape


def untrained(name: str, shape: Shape, seed: int) -> Inputs:
    """Draw what a trainer's rule takes; policies and values are what fresh networks give."""
    given = trainer_inputs(name, shape, seed)
    generator = np.random.default_rng(seed)
    algorithm = algorithms.load(name)
    observation = torch.eye(given["value"].shape[-1])
    policy = torch.from_numpy(algorithm.init_policy(len(observation), shape.mechanisms, generator))
    layout = algorithm.value_spec(len(observation))
    value = torch.from_numpy(layout.fresh(given["value"].shape[1], generator))
    outputs = algorithm.policy_spec(len(observation), shape.mechanisms).forward(
        policy[None], observation
    )
    values = layout.forward(value[None], observation).squeeze(-1)
    behaviour_policy = outputs.double()
    return {
        **given,
        "policy": behaviour_policy.clone(),
        "behaviour_policy": behaviour_policy,
        "value": values.double(),
    }
