"""One whole update of a learner as it trains: networks, credit, clipping, and Adam with its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._learner import (
    FIRST,
    OBSERVATION,
    SECOND,
    Learner,
    Traceable,
    two_batches,
    without_prefix,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from claims.theory._networks import Functions

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

    def execution(**inputs: Tensor) -> tuple[Tensor, Tensor]:
        return learner.forward(inputs, inputs[OBSERVATION])

    def rule(**inputs: Tensor) -> dict[str, list[Tensor]]:
        given = {name: inputs[name] for name in functions}
        return learner.by_learner(stepped(learner, given, inputs, inputs, together)[0])

    return Traceable(rule, execution, functions, data | adam_state(functions, seed + 1))


def two_updates(learner: Learner, *, counted: bool = True) -> Traceable:
    """Return iterations i and i + 1 of a learner that updates with Adam, up to the functions i + 2.

    As `claims.theory._learner.two_iterations`, which updates by plain gradient steps.

    Args:
        learner: the observations of states are the same in both iterations.
        counted: whether Adam's running means after the first update count as part of graph i + 1.
    """
    functions = learner.functions()
    data = two_batches(learner) | adam_state(functions, seed=3)

    def first(inputs: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        given = {name: inputs[name] for name in functions}
        steps, state = stepped(learner, given, without_prefix(FIRST, inputs), inputs)
        return {name: updated(x, steps[name]) for name, x in given.items()}, state

    def execution(**inputs: Tensor) -> list[Tensor]:
        new, state = first(inputs)
        computed = [*new.values(), *learner.forward(new, inputs[OBSERVATION])]
        return computed + [*state.values()] * counted

    def rule(**inputs: Tensor) -> dict[str, list[Tensor]]:
        new, state = first(inputs)
        steps, _ = stepped(learner, new, without_prefix(SECOND, inputs), state)
        return learner.by_learner({name: updated(x, steps[name]) for name, x in new.items()})

    return Traceable(rule, execution, functions, data)


def updated(function: Tensor, step: Tensor) -> Tensor:
    """Add a step to a function."""
    return (function + step).detach().requires_grad_()


def adam_state(functions: Functions, seed: int) -> dict[str, Tensor]:
    """Draw Adam's running means of gradients and of their squares for each function."""
    generator = np.random.default_rng(seed)
    state: dict[str, Tensor] = {}
    for name, x in functions.items():
        mean = torch.from_numpy(generator.normal(size=tuple(x.shape)))
        state |= {MEAN + name: 0.01 * mean, SQUARE + name: 1e-4 * mean.square() + 1e-6}
    return state


def stepped(
    learner: Learner,
    functions: Functions,
    data: Mapping[str, Tensor],
    state: Mapping[str, Tensor],
    together: Parts = (),
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Compute the step of each function: clipped by the norm of its network, then by Adam.

    Returns:
        The steps, and Adam's state after them.
    """
    gradients = learner.gradients(functions, data)
    steps = {name: torch.zeros_like(x).requires_grad_() for name, x in functions.items()}
    for name, x in steps.items():
        x.grad = gradients[name].detach().clone()
    square = torch.cat([state[SQUARE + name].flatten() for name in functions]).mean()
    joint = CLIPPED in together or getattr(learner.algorithm, "clipped_together", False)
    if joint:
        torch.nn.utils.clip_grad_norm_([*steps.values()], MAX_NORM, foreach=False)
    after: dict[str, Tensor] = {}
    for network in networks(learner):
        own = [steps[name] for name in network]
        if not joint:
            torch.nn.utils.clip_grad_norm_(own, MAX_NORM, foreach=False)
        adam = torch.optim.Adam(own, lr=learner.algorithm.policy_lr, foreach=False)
        for name, x in zip(network, own, strict=True):
            adam.state[x] = {
                "step": torch.tensor(STEPS_TAKEN),
                "exp_avg": state[MEAN + name].clone(),
                "exp_avg_sq": square * torch.ones_like(x)
                if ADAM in together
                else state[SQUARE + name].clone(),
            }
        adam.step()
        for name, x in zip(network, own, strict=True):
            after |= {
                MEAN + name: adam.state[x]["exp_avg"],
                SQUARE + name: adam.state[x]["exp_avg_sq"],
            }
    return {name: x.detach() for name, x in steps.items()}, after


def networks(learner: Learner) -> list[tuple[str, ...]]:
    """List the functions of each network: all of a shared one, or one each."""
    policy = (*learner.policies.draw(np.random.default_rng(0)),)
    own = [policy] if learner.policies.shared else [(name,) for name in policy]
    return [*own, *((name,) for name in learner.critics.names)]
