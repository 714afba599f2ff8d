"""Decision mechanisms and value functions: stacked networks, evaluated on distinct states.

R runs with K networks each are one parameter tensor [R, K, P], so that one batched product a layer
evaluates all of them, one optimiser step moves all of them, and no two of them share a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Layout:
    """Architecture of one multilayer perceptron and where its parameters lie in a flat vector.

    Attributes:
        sizes: units of each layer, input and output included.
        relu: for each hidden layer, whether a ReLU follows its linear map.
    """

    sizes: tuple[int, ...]
    relu: tuple[bool, ...]

    @cached_property
    def _lengths(self) -> list[int]:
        """Numbers in each layer's weights and biases, in turn."""
        return [n for i, o in pairwise(self.sizes) for n in (i * o, o)]

    @property
    def size(self) -> int:
        """P, the number of parameters."""
        return sum(self._lengths)

    def forward(self, parameters: Tensor, observation: Tensor) -> Tensor:
        """Evaluate every network on every distinct state.

        Args:
            parameters: [R, K, P].
            observation: [S, O].

        Returns:
            [R, K, S, outputs].
        """
        runs, networks, _ = parameters.shape
        pieces = parameters.flatten(0, 1).split(self._lengths, dim=-1)
        x = observation.expand(runs * networks, *observation.shape)
        for layer, (i, o) in enumerate(pairwise(self.sizes)):
            weight, bias = pieces[2 * layer].unflatten(-1, (i, o)), pieces[2 * layer + 1]
            x = torch.baddbmm(bias.unsqueeze(1), x, weight)
            if layer < len(self.relu) and self.relu[layer]:
                x = x.relu()
        return x.view(runs, networks, *x.shape[1:])

    def fresh(self, networks: int, generator: np.random.Generator) -> NDArray[np.float32]:
        """Draw one run's parameters, uniform within ±1/√fan-in; [K, P]."""
        bounds = [1 / math.sqrt(i) for i, _ in pairwise(self.sizes) for _ in range(2)]
        bound = np.repeat(bounds, self._lengths)
        return generator.uniform(-bound, bound, (networks, self.size)).astype(np.float32)

    def last_layer(self) -> slice:
        """Where the last layer's parameters lie: its weights, then its biases."""
        return slice(self.size - self._lengths[-2] - self._lengths[-1], self.size)


class Stack:
    """Networks of all runs of a block with their Adam optimiser.

    Attributes:
        layout: architecture, the same for all.
        parameters: [R, K, P], a leaf tensor.
        max_norm: gradient norm at which each network's gradient is clipped; None: never.

    Args:
        layout: see above.
        parameters: values to start from, [R, K, P].
        rate: learning rate.
        max_norm: see above.
    """

    def __init__(  # noqa: D107 - the class says it
        self, layout: Layout, parameters: Tensor, rate: float, max_norm: float | None = None
    ) -> None:
        self.layout = layout
        self.parameters = parameters.clone().requires_grad_()
        self.max_norm = max_norm
        self._adam = torch.optim.Adam([self.parameters], lr=rate, fused=True)

    def __call__(self, observation: Tensor) -> Tensor:
        """Evaluate on the distinct states [S, O]; returns [R, K, S, outputs]."""
        return self.layout.forward(self.parameters, observation)

    def values(self) -> NDArray[np.float32]:
        """Copy the parameters, [R, K, P]."""
        return self.parameters.detach().numpy().copy()

    def descend(self, loss: Tensor) -> None:
        """Take one Adam step on `loss` [R] or [R, K]; each network moves on its own loss alone."""
        (gradient,) = torch.autograd.grad(loss.sum(), self.parameters)
        if self.max_norm is not None:
            norm = torch.linalg.vector_norm(gradient, dim=-1, keepdim=True)
            gradient = gradient * (self.max_norm / (norm + 1e-6)).clamp(max=1)
        self.parameters.grad = gradient.contiguous()
        self._adam.step()

    def scale_rate(self, factor: float) -> None:
        """Multiply the learning rate."""
        for group in self._adam.param_groups:
            group["lr"] *= factor

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Drop all runs but `rows`, with their optimiser state."""
        index = torch.as_tensor(rows)
        (group,) = self._adam.param_groups
        state = self._adam.state.pop(self.parameters)
        self.parameters = self.parameters.detach()[index].requires_grad_()
        for name in ("exp_avg", "exp_avg_sq"):
            state[name] = state[name][index]
        group["params"] = [self.parameters]
        self._adam.state[self.parameters] = state
