"""One whole update of a learner as it trains: networks, credit, clipping, and Adam with its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._learner import OBSERVATION, Learner, Traceable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    Parts = tuple[str, ...]
    """Parts of an update."""

MEAN, SQUARE = "mean of gradients, ", "mean of their squares, "
CLIPPED, ADAM = "clipping", "adam"
STEPS_TAKEN = 10.0
"""Adam's count of the steps taken before this one; it corrects both running means."""
MAX_NORM = 1e-3
"""Norm at which each network's gradient is clipped: low enough to bind, unlike the protocol's."""


def whole_update(learner: Learner, seed: int = 0, together: Parts = ()) -> Traceable:
    """Return one update of a learner, from its functions, Adam's state and a batch to each function's step.

    Everything that belongs to one network is updated on its own, as in the trainer: its gradient is
    clipped by its own norm, and Adam's running means are part of the learner's state before the update, so
    they are given.

    Args:
        learner: with small networks.
        seed: of functions, state and data.
        together: what is done for all networks together instead, for controls: `CLIPPED`, `ADAM`.
    """
    functions, data = learner.functions(seed), learner.data(seed)
    generator = np.random.default_rng(seed + 1)
    state: dict[str, Tensor] = {}
    for name, x in functions.items():
        mean = torch.from_numpy(generator.normal(size=tuple(x.shape)))
        state |= {MEAN + name: 0.01 * mean, SQUARE + name: 1e-4 * mean.square() + 1e-6}

    def execution(**inputs: Tensor) -> tuple[Tensor, Tensor]:
        return learner.forward(inputs, inputs[OBSERVATION])

    def rule(**inputs: Tensor) -> dict[str, list[Tensor]]:
        given = {name: inputs[name] for name in functions}
        return learner.by_learner(stepped(learner, given, inputs, together))

    return Traceable(rule, execution, functions, data | state)


def stepped(
    learner: Learner,
    functions: Mapping[str, Tensor],
    inputs: Mapping[str, Tensor],
    together: Parts = (),
) -> dict[str, Tensor]:
    """Compute the step of each function: clipped by the norm of its network, then by Adam."""
    gradients = learner.gradients(functions, inputs)
    steps = {name: torch.zeros_like(x).requires_grad_() for name, x in functions.items()}
    for name, x in steps.items():
        x.grad = gradients[name].detach().clone()
    square = torch.cat([inputs[SQUARE + name].flatten() for name in functions]).mean()
    if CLIPPED in together:
        torch.nn.utils.clip_grad_norm_([*steps.values()], MAX_NORM, foreach=False)
    for network in networks(learner):
        own = [steps[name] for name in network]
        if CLIPPED not in together:
            torch.nn.utils.clip_grad_norm_(own, MAX_NORM, foreach=False)
        adam = torch.optim.Adam(own, lr=learner.algorithm.policy_lr, foreach=False)
        for name, x in zip(network, own, strict=True):
            adam.state[x] = {
                "step": torch.tensor(STEPS_TAKEN),
                "exp_avg": inputs[MEAN + name].clone(),
                "exp_avg_sq": square * torch.ones_like(x)
                if ADAM in together
                else inputs[SQUARE + name].clone(),
            }
        adam.step()
    return {name: x.detach() for name, x in steps.items()}


def networks(learner: Learner) -> list[tuple[str, ...]]:
    """List the functions of each network: all of a shared one, or one each."""
    policy = (*learner.policies.draw(np.random.default_rng(0)),)
    own = [policy] if learner.policies.shared else [(name,) for name in policy]
    return [*own, *((name,) for name in learner.critics.names)]
