"""Decision mechanisms and value functions: batches of small networks with their Adam optimiser.

The parameters of R runs with K networks each are one array [R, K, P]. One call evaluates all networks
on all S states of a problem, and one call takes an Adam step with each of them. Networks share no
number: each has its own parameters, gradient and moments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch

from repro.engine.kernels import many_networks
from repro.errors import UserError
from repro.storage.syntax_digest import code_digest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


Weights = dict[str, "NDArray[np.float32]"]
"""Parameters of R runs: "policy" [R, K, P] and "value" [R, C, P]; "policy.950" and "value.950" are those
after epoch 950, if they were kept."""
DEPTHS = (2, 3, 4)
"""Possible numbers of layers, with input and output: kernels are compiled for these."""


@dataclass(frozen=True)
class MLPSpec:
    """Architecture of a multilayer perceptron whose parameters are one flat vector.

    Attributes:
        sizes: units of each layer, including input and output; at most two layers are hidden.
        relu: for each hidden layer, whether a ReLU follows its linear map.
    """

    sizes: tuple[int, ...]
    relu: tuple[bool, ...]

    def __post_init__(self) -> None:
        """Validate the number of layers.

        Raises:
            UserError: there are fewer than two sizes or more than four, or not one ReLU or none for
                each hidden layer.
        """
        if len(self.sizes) not in DEPTHS or len(self.relu) != len(self.sizes) - 2:
            raise UserError(
                f"a network of sizes {self.sizes} with relu {self.relu}; expected two to four "
                "sizes, from input to output, and True or False for each hidden layer"
            )

    @cached_property
    def _lengths(self) -> list[int]:
        """Number of weights, then number of biases, of each layer."""
        return [n for i, o in pairwise(self.sizes) for n in (i * o, o)]

    @property
    def size(self) -> int:
        """P, the number of parameters of one network."""
        return sum(self._lengths)

    def forward(self, parameters: Tensor, observation: Tensor) -> Tensor:
        """Evaluate every network on every state in torch, for gradients and traces.

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

    def init(self, networks: int, generator: np.random.Generator) -> NDArray[np.float32]:
        """Draw the parameters of K networks, uniform within ±1/√fan-in; float32 [K, P]."""
        bounds = [1 / math.sqrt(i) for i, _ in pairwise(self.sizes) for _ in range(2)]
        bound = np.repeat(bounds, self._lengths)
        return generator.uniform(-bound, bound, (networks, self.size)).astype(np.float32)

    def last_layer(self) -> slice:
        """Slice of the parameters that belong to the last layer: its weights, then its biases."""
        return slice(self.size - self._lengths[-2] - self._lengths[-1], self.size)


class BatchedMLP:
    """Networks of all runs of a block, evaluated on the states of one problem, with Adam.

    Attributes:
        parameters: float32 [R, K, P].
        moments: float32 [2, R, K, P], Adam's running means of the gradient and of its square.
        observation: float32 [S, O], the distinct states.
        steps: number of Adam steps taken.
        learning_rate: Adam's learning rate; it may be changed between steps.
        betas: Adam's decay rates β₁ and β₂.
        name: of the networks, in error messages, such as "ppo's policy".

    Args:
        spec: architecture of every network.
        parameters: initial parameters, [R, K, P]; copied.
        observation: float32 [S, O], the distinct states; copied.
        learning_rate: see above.
        max_grad_norm: norm at which each network's gradient is clipped.
        penalty: weight of the sum of squared parameters in each network's loss.
        betas: see above.
        name: see above.
    """

    def __init__(
        self,
        spec: MLPSpec,
        parameters: NDArray[np.float32],
        observation: NDArray[np.float32],
        learning_rate: float,
        *,
        max_grad_norm: float = math.inf,
        penalty: float = 0.0,
        betas: tuple[float, float] = (0.9, 0.999),
        name: str = "these",
    ) -> None:
        self.spec, self.learning_rate = spec, learning_rate
        self.max_grad_norm, self.penalty, self.betas, self.name = (
            max_grad_norm,
            penalty,
            betas,
            name,
        )
        self.parameters = np.array(parameters, np.float32)
        self.moments = np.zeros((2, *parameters.shape), np.float32)
        self.steps = 0
        self.observation = np.array(observation, np.float32)
        self._forward, self._adam_step = many_networks.compiled(
            code_digest((many_networks.__name__,)), spec.sizes, spec.relu
        )
        self._allocate_units()

    @property
    def networks(self) -> int:
        """K, the number of networks of a run."""
        return len(self.moments[0, 0])

    def _allocate_units(self) -> None:
        """Allocate the array that the kernels fill with the units of all networks."""
        runs, networks, _ = self.parameters.shape
        shape = (runs * networks, len(self.observation), sum(self.spec.sizes[1:]))
        self._units = np.empty(shape, np.float32)

    def outputs(self) -> Tensor:
        """Evaluate all networks on the distinct states; a new tensor [R, K, S, outputs]."""
        runs, networks, size = self.parameters.shape
        self._forward(self.parameters.reshape(-1, size), self.observation, self._units)
        outputs = torch.from_numpy(self._units[..., -self.spec.sizes[-1] :].copy())
        return outputs.view(runs, networks, *outputs.shape[1:])

    def adam_step(self, d_outputs: Tensor) -> None:
        """Take one Adam step with each network, on its own gradient alone.

        Args:
            d_outputs: [R, K, S, outputs], gradients of the losses with respect to the tensor that
                the last call of `outputs` returned.

        Raises:
            UserError: `d_outputs` has another shape.
        """
        runs, networks, size = self.parameters.shape
        expected = (runs, networks, len(self.observation), self.spec.sizes[-1])
        if d_outputs.shape != expected:
            raise UserError(
                f"the gradient of {self.name} networks has shape {tuple(d_outputs.shape)}; expected "
                f"{expected}: runs, networks, states, outputs; return a number for each output"
            )
        self.steps += 1
        beta_1, beta_2 = self.betas
        self._adam_step(
            self.parameters.reshape(-1, size),
            self.moments.reshape(2, -1, size),
            self.observation,
            self._units,
            d_outputs.flatten(0, 1).contiguous().numpy(),
            np.float32(beta_1),
            np.float32(beta_2),
            np.float32(self.penalty),
            np.float32(self.max_grad_norm),
            np.float32(self.learning_rate / (1 - beta_1**self.steps)),
            np.float32(math.sqrt(1 - beta_2**self.steps)),
        )

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Drop all runs but `rows`, with their optimiser state."""
        self.parameters = self.parameters[rows]
        # `take` returns a contiguous array, unlike indexing: the kernels write to views of it.
        self.moments = self.moments.take(rows, axis=1)
        self._allocate_units()
