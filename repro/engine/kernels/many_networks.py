"""Compiled forward passes and Adam steps of many small networks of one architecture.

A network reads and writes only its own row of each array, and reads the shared observations.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numba
import numpy as np

from repro.engine.kernels.adam import OPTIONS
from repro.engine.kernels.network import adam_step_one, forward_one, padded

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@cache
def compiled(
    code: str, given_sizes: tuple[int, ...], given_relu: tuple[bool, ...]
) -> tuple[Callable[..., None], Callable[..., None]]:
    """Compile `forward` and `adam_step` for networks of an architecture, or read them from the disk.

    Args:
        code: digest of the code that is compiled; compiled code is stored under it.
        given_sizes: see `network.padded`.
        given_relu: see `network.padded`.
    """
    sizes, relu = padded(given_sizes, given_relu)
    all_units = sum(sizes[1:])

    @numba.njit(cache=True, **OPTIONS)
    def forward(parameters: Floats, observation: Floats, units: Floats) -> None:
        """Evaluate every network on every state.

        Args:
            parameters: [N, P].
            observation: [S, O].
            units: [N, S, units], written.
        """
        code  # noqa: B018 - makes the digest part of what numba stores compiled code under
        for n in range(len(parameters)):
            forward_one(parameters[n], observation, sizes, relu, units[n])

    @numba.njit(cache=True, **OPTIONS)
    def adam_step(
        parameters: Floats,
        moments: Floats,
        observation: Floats,
        units: Floats,
        d_outputs: Floats,
        beta_1: np.float32,
        beta_2: np.float32,
        penalty: np.float32,
        max_grad_norm: np.float32,
        step_size: np.float32,
        correction: np.float32,
    ) -> None:
        """Take one Adam step with every network, on its own gradient alone.

        Args:
            parameters: [N, P], updated.
            moments: [2, N, P], updated.
            observation: [S, O].
            units: [N, S, units], as `forward` wrote them.
            d_outputs: [N, S, outputs].
            beta_1: see `network.adam_step_one`.
            beta_2: see `network.adam_step_one`.
            penalty: see `network.adam_step_one`.
            max_grad_norm: see `network.adam_step_one`.
            step_size: see `network.adam_step_one`.
            correction: see `network.adam_step_one`.
        """
        code  # noqa: B018 - makes the digest part of what numba stores compiled code under
        gradient = np.empty(parameters.shape[1], np.float32)
        d_units = np.empty(all_units, np.float32)
        for n in range(len(parameters)):
            adam_step_one(
                parameters[n],
                moments[0, n],
                moments[1, n],
                observation,
                sizes,
                relu,
                units[n],
                d_outputs[n],
                gradient,
                d_units,
                beta_1,
                beta_2,
                penalty,
                max_grad_norm,
                step_size,
                correction,
            )

    return forward, adam_step
