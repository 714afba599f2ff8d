"""Compiled Adam step of one network.

Kingma and Ba, "Adam: a method for stochastic optimization" (2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

OPTIONS = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}
"""Sums may be reordered and products fused, to vectorise; NaN and infinity keep their meaning."""
INLINED = OPTIONS | {"inline": "always"}
"""For functions whose callers give constants as sizes: so their loops can be unrolled."""
EPSILON = np.float32(1e-8)
"""Added to Adam's denominator (Kingma and Ba, 2015)."""
NORM_EPSILON = np.float32(1e-6)
"""Added to a norm before dividing by it, as PyTorch's clipping does."""
ZERO, ONE = np.float32(0), np.float32(1)


@numba.njit(**INLINED)
def adam(
    parameters: Floats,
    mean: Floats,
    square_mean: Floats,
    gradient: Floats,
    size: int,
    beta_1: np.float32,
    beta_2: np.float32,
    max_grad_norm: np.float32,
    step_size: np.float32,
    correction: np.float32,
) -> None:
    """Take one Adam step.

    Args:
        parameters: [P], updated.
        mean: [P], Adam's running mean of the gradient, updated.
        square_mean: [P], Adam's running mean of the gradient's square, updated.
        gradient: [P or more].
        size: P.
        beta_1: decay rate of `mean`.
        beta_2: decay rate of `square_mean`.
        max_grad_norm: norm at which the gradient is clipped; infinity: never.
        step_size: learning rate / (1 - β₁^steps).
        correction: √(1 - β₂^steps).
    """
    square = ZERO
    for p in range(size):
        square += gradient[p] * gradient[p]
    scale = min(ONE, max_grad_norm / (np.sqrt(square) + NORM_EPSILON))
    # One division for each parameter: numerator and denominator are both multiplied by `correction`.
    step, epsilon = step_size * correction, EPSILON * correction
    for p in range(size):
        g = scale * gradient[p]
        m = beta_1 * mean[p] + (ONE - beta_1) * g
        v = beta_2 * square_mean[p] + (ONE - beta_2) * g * g
        mean[p], square_mean[p] = m, v
        parameters[p] -= step * m / (np.sqrt(v) + epsilon)
