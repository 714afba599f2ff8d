"""One learning algorithm on one trajectory, whole: forward pass, credit assignment, update."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._networks import critics, policies
from claims.theory._rules import trainer_inputs
from repro import algorithms
from repro.engine.rollout import Batch
from repro.mdp.task import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from claims.theory._networks import Functions, Networks
    from claims.theory._shapes import Shape
    from repro.algorithms import Algorithm

    Gradients = dict[str, list[Tensor]]

OBSERVATION = 2
RATE = 0.1


@dataclass(frozen=True)
class Learner:
    """An algorithm with small networks; all else is the code and the numbers of its training.

    Attributes:
        name: of the algorithm.
        shape: of the trajectory that it learns from.
        hidden: units of each hidden layer.
    """

    name: str
    shape: Shape
    hidden: int = 2

    @cached_property
    def algorithm(self) -> Algorithm:
        """Its code."""
        return algorithms.load(self.name, hidden=self.hidden)

    @cached_property
    def policies(self) -> Networks:
        """Its policy networks."""
        return policies(self.algorithm, OBSERVATION, self.shape.mechanisms)

    @cached_property
    def critics(self) -> Networks:
        """Its value networks."""
        return critics(self.algorithm, OBSERVATION, self.shape.mechanisms)

    def functions(self, seed: int = 0) -> dict[str, Tensor]:
        """Draw all that learns."""
        generator = np.random.default_rng(seed)
        return {**self.policies.draw(generator), **self.critics.draw(generator)}

    def data(self, seed: int = 0) -> dict[str, Tensor]:
        """Draw an executed trajectory, and what the networks see of its states."""
        drawn = trainer_inputs(self.name, self.shape, seed)
        states = drawn["value"].shape[-1]
        seen = np.random.default_rng(seed).normal(size=(states, OBSERVATION))
        made = {
            name: x
            for name, x in drawn.items()
            if name not in {"policy", "behaviour_policy", "value"}
        }
        return {"observation": torch.from_numpy(seen), **made}

    def learners(self) -> dict[str, tuple[str, ...]]:
        """Name what gets a gradient, and the functions that each consists of.

        A value function of a mechanism's own is part of the mechanism; one for all stands by itself.
        """
        own = len(self.critics.names) == len(self.policies.names)
        found = {
            name: (*self.policies.owned(name), *((self.critics.names[k],) if own else ()))
            for k, name in enumerate(self.policies.names)
        }
        return found if own else found | {name: (name,) for name in self.critics.names}

    def forward(self, functions: Functions, observation: Tensor) -> tuple[Tensor, Tensor]:
        """Make the policy's outputs [1, networks, S, outputs] and the values [1, L, S]."""
        values = self.critics.outputs(functions, observation).squeeze(-1)
        return self.policies.outputs(functions, observation), values

    def gradients(self, functions: Functions, data: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Assign credit for the whole trajectory, as the trainer does for an epoch's minibatch."""
        policy, value = self.forward(functions, data["observation"])
        batch, tables = executed(data, value.shape[-1], self.shape.mechanisms)
        behaviour_policy = policy.detach()
        samples = self.algorithm.samples(batch, tables, value.detach())
        lesson = self.algorithm.minibatch_statistics(samples, tables)
        # The penalty on value functions is each network's own, as in the trainer's update.
        penalty = self.algorithm.value_penalty * self.critics.parameters(functions).square().sum()
        ends = (policy, value, penalty)
        starts = (
            self.algorithm.policy_gradient(behaviour_policy, behaviour_policy, lesson),
            self.algorithm.value_gradient(value.detach(), lesson),
            None,
        )
        parts = torch.autograd.grad(ends, [*functions.values()], starts)
        return dict(zip(functions, parts, strict=True))

    def by_learner(self, parts: Mapping[str, Tensor]) -> Gradients:
        """Bundle what belongs to each that gets a gradient."""
        return {who: [parts[name] for name in names] for who, names in self.learners().items()}


def step(
    functions: Functions, gradients: Mapping[str, Tensor], rate: float = RATE
) -> dict[str, Tensor]:
    """Take a plain gradient step."""
    return {
        name: (x - rate * gradients[name]).detach().requires_grad_()
        for name, x in functions.items()
    }


def executed(data: Mapping[str, Tensor], size: int, actions: int) -> tuple[Batch, Tables]:
    """Lay a trajectory out as the trainer's code takes it; the last of `size` states is terminal."""
    tables = Tables(
        next_state=np.zeros((size, actions), np.int64),
        reward=np.zeros((size, actions), np.float32),
        terminal=np.arange(size) == size - 1,
        observation=np.zeros((size, 1), np.float32),
        starts=np.zeros(1, np.int64),
        horizon=data["state"].shape[-1],
    )
    batch = Batch(
        state=data["state"],
        choice=data["choice"],
        next_state=data["next_state"],
        reward=data["reward"],
        last=data["last"],
        mean_return=np.zeros(1),
        bids=data.get("bids", torch.empty(*data["state"].shape, 0)),
    )
    return batch, tables
