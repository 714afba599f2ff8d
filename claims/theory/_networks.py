"""The networks of an algorithm, small enough to trace number by number, by the functions in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._shapes import mechanism

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from repro.algorithms import Algorithm
    from repro.engine.networks import MLPSpec

    Functions = Mapping[str, Tensor]

TRUNK, CRITIC = "trunk", "critic"


@dataclass(frozen=True)
class Networks:
    """A network for each of several functions, or one network with an output for each.

    A function is one flat tensor: a network's parameters, or, in one network for all, an output's
    weights and bias; what comes before the outputs is a function of its own there, the trunk.

    Attributes:
        layout: of each network.
        names: of the functions, in order, without the trunk.
        shared: whether there is one network for all.
    """

    layout: MLPSpec
    names: tuple[str, ...]
    shared: bool = False

    def draw(self, generator: np.random.Generator) -> dict[str, Tensor]:
        """Draw all functions, as doubles, so that nothing hangs on rounding."""
        rows = 1 if self.shared else len(self.names)
        drawn = torch.from_numpy(self.layout.fresh(rows, generator)).double()
        if self.shared:
            head = self.layout.last_layer()
            outputs = drawn[0, head].view(-1, len(self.names)).T
            parts = [(TRUNK, drawn[0, : head.start]), *zip(self.names, outputs, strict=True)]
        else:
            parts = [*zip(self.names, drawn, strict=True)]
        return {name: part.clone().requires_grad_() for name, part in parts}

    def owned(self, name: str) -> tuple[str, ...]:
        """Name the functions that an output is computed with."""
        return (TRUNK, name) if self.shared else (name,)

    def parameters(self, functions: Functions) -> Tensor:
        """Lay functions out as the layout wants them, [1, networks, P]; others are left aside."""
        own = [functions[name] for name in self.names]
        if self.shared:
            return torch.cat([functions[TRUNK], torch.stack(own, -1).flatten()])[None, None]
        return torch.stack(own)[None]

    def outputs(self, functions: Functions, observation: Tensor) -> Tensor:
        """Evaluate all networks, [1, networks, S, outputs], on states [S, O]."""
        return self.layout.forward(self.parameters(functions), observation)


def policies(algorithm: Algorithm, observation: int, mechanisms: int) -> Networks:
    """Get the policy networks of an algorithm; functions bear the names of mechanisms."""
    drawn = algorithm.init_policy(observation, mechanisms, np.random.default_rng(0))
    names = tuple(map(mechanism, range(mechanisms)))
    return Networks(
        algorithm.policy_spec(observation, mechanisms), names, shared=len(drawn) < mechanisms
    )


def critics(algorithm: Algorithm, observation: int, mechanisms: int) -> Networks:
    """Get its value networks: "critic", or "critic of A" and so on, where each has its own."""
    learners = algorithm.learners(mechanisms)
    names = [CRITIC] if learners == 1 else [f"{CRITIC} of {mechanism(k)}" for k in range(learners)]
    return Networks(algorithm.value_spec(observation), tuple(names))
