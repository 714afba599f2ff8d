"""An algorithm's networks, small enough to trace each number, as one tensor per function."""

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
    """One network per function, or one network with an output per function.

    A function is one flat tensor. With one network per function, it holds all parameters of that
    network. With a shared network, it holds the weights and bias of one output; the layers before the
    outputs are a further function, the trunk.

    Attributes:
        spec: architecture of each network.
        names: of the functions, in order, without the trunk.
        shared: whether all functions share one network.
    """

    spec: MLPSpec
    names: tuple[str, ...]
    shared: bool = False

    def draw(self, generator: np.random.Generator) -> dict[str, Tensor]:
        """Draw all functions, as float64 so that rounding has no effect."""
        if not self.names:
            return {}
        rows = 1 if self.shared else len(self.names)
        drawn = torch.from_numpy(self.spec.init(rows, generator)).double()
        if self.shared:
            head = self.spec.last_layer()
            outputs = drawn[0, head].view(-1, len(self.names)).T
            parts = [(TRUNK, drawn[0, : head.start]), *zip(self.names, outputs, strict=True)]
        else:
            parts = [*zip(self.names, drawn, strict=True)]
        return {name: part.clone().requires_grad_() for name, part in parts}

    def owned(self, name: str) -> tuple[str, ...]:
        """Return the names of the functions that output `name` is computed with."""
        return (TRUNK, name) if self.shared else (name,)

    def parameters(self, functions: Functions) -> Tensor:
        """Return the parameters as `spec` expects them, [1, networks, P]; ignore other functions."""
        own = [functions[name] for name in self.names]
        if self.shared:
            return torch.cat([functions[TRUNK], torch.stack(own, -1).flatten()])[None, None]
        return torch.stack(own)[None]

    def outputs(self, functions: Functions, observation: Tensor) -> Tensor:
        """Evaluate all networks, [1, networks, S, outputs], at observations [S, O]."""
        return self.spec.forward(self.parameters(functions), observation)


def policy_networks(algorithm: Algorithm, observation: int, mechanisms: int) -> Networks:
    """Return the policy networks of an algorithm; functions are named after mechanisms."""
    drawn = algorithm.init_policy(observation, mechanisms, np.random.default_rng(0))
    names = tuple(map(mechanism, range(mechanisms)))
    return Networks(
        algorithm.policy_spec(observation, mechanisms), names, shared=len(drawn) < mechanisms
    )


def value_networks(algorithm: Algorithm, observation: int, mechanisms: int) -> Networks:
    """Return the value networks: "critic", or "critic of A" and so on if each mechanism has one."""
    critics = algorithm.critics(mechanisms)
    names = [CRITIC] if critics == 1 else [f"{CRITIC} of {mechanism(k)}" for k in range(critics)]
    return Networks(algorithm.value_spec(observation), tuple(names))
