"""Clipping of gradients by one norm over all networks of a run, so that networks share a number.

Elsewhere each network's gradient is clipped by its own norm (`repro.engine.networks`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from repro.engine.networks import BatchedMLP

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

_NORM_EPSILON = 1e-6
"""Added to a norm before dividing by it, as PyTorch's clipping does."""


class GradientNorm:
    """The norm of the gradient of all networks of a run together.

    Args:
        networks: whose gradients are asked for. They are read when `norm` is called, and not changed.
    """

    def __init__(self, networks: BatchedMLP) -> None:
        self._networks = networks
        # Adam's running mean is the gradient itself if it decays at once, and no step is taken at rate 0.
        self._twin = BatchedMLP(
            networks.spec,
            networks.parameters,
            networks.observation,
            learning_rate=0.0,
            betas=(0.0, 0.0),
        )

    def norm(self, d_outputs: Tensor) -> NDArray[np.float64]:
        """Compute the norm over all parameters of all networks, float64 [R].

        Args:
            d_outputs: [R, K, S, outputs], gradients of the losses with respect to the networks' outputs.
        """
        self._twin.parameters[:] = self._networks.parameters
        self._twin.outputs()
        self._twin.adam_step(d_outputs)
        gradient = self._twin.moments[0].astype(np.float64)
        squares = np.square(gradient).reshape(len(gradient), -1).sum(-1)
        return np.asarray(np.sqrt(squares))

    def clipped(self, d_outputs: Tensor, max_norm: float) -> Tensor:
        """Scale the gradients of each run, [R, K, S, outputs], so that their norm is at most `max_norm`.

        A gradient of parameters is linear in that of the outputs, so it is scaled by the same number.
        """
        scale = np.minimum(1, max_norm / (self.norm(d_outputs) + _NORM_EPSILON))
        return d_outputs * torch.from_numpy(scale).to(d_outputs).view(-1, 1, 1, 1)
