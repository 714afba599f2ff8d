"""Compiled forward and backward passes of many small networks, and their Adam steps.

A network reads and writes only its own row of each array, and reads the shared observations. The
gradients of its outputs are computed in `repro.credit`; here they are only multiplied by the network's
own derivative. With so few states, the call overhead of a library's matrix products would dominate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FAST = {"reassoc", "contract", "nsz"}
"""Sums may be reordered and products fused, to vectorise; NaN and infinity keep their meaning."""
EPSILON = np.float32(1e-8)
"""Added to Adam's denominator (Kingma and Ba, 2015)."""
NORM_EPSILON = np.float32(1e-6)
"""Added to a norm before dividing by it, as PyTorch's clipping does."""
ZERO, ONE, TWO = np.float32(0), np.float32(1), np.float32(2)


@numba.njit(fastmath=FAST, error_model="numpy", cache=True)
def forward(
    parameters: Floats,
    observation: Floats,
    sizes: NDArray[np.int64],
    relu: NDArray[np.bool_],
    units: Floats,
) -> None:
    """Evaluate every network on every state.

    Args:
        parameters: [N, P]; for each layer its weights [inputs, outputs], then its biases.
        observation: [S, O].
        sizes: units of each layer, including input and output.
        relu: for each layer after the input, whether a ReLU follows its linear map.
        units: [N, S, units of all layers after the input], written; the outputs are last.
    """
    states, layers = len(observation), len(sizes) - 1
    for n in range(len(parameters)):
        begin, low = 0, 0
        for layer in range(layers):
            inputs, outputs = sizes[layer], sizes[layer + 1]
            biases = begin + inputs * outputs
            weight = parameters[n, begin:biases].reshape(inputs, outputs)
            for s in range(states):
                x = observation[s] if layer == 0 else units[n, s, low - inputs : low]
                y = units[n, s, low : low + outputs]
                for o in range(outputs):
                    y[o] = parameters[n, biases + o]
                for i in range(inputs):
                    if x[i] != 0:  # most observations and rectified units are zero
                        for o in range(outputs):
                            y[o] += x[i] * weight[i, o]
                if relu[layer]:
                    for o in range(outputs):
                        y[o] = ZERO if y[o] < 0 else y[o]  # keeps NaN
            begin, low = biases + outputs, low + outputs


@numba.njit(fastmath=FAST, error_model="numpy")
def _linear_backward(
    x: Floats, d_y: Floats, weight: Floats, d_weight: Floats, d_bias: Floats, d_x: Floats
) -> None:
    """Add the gradients of a linear map's parameters; write that of its input unless `d_x` is empty."""
    inputs, outputs = weight.shape
    for o in range(outputs):
        d_bias[o] += d_y[o]
    for i in range(inputs):
        if x[i] != 0:
            for o in range(outputs):
                d_weight[i, o] += x[i] * d_y[o]
    for i in range(len(d_x)):
        total = ZERO
        for o in range(outputs):
            total += weight[i, o] * d_y[o]
        d_x[i] = total


@numba.njit(fastmath=FAST, error_model="numpy")
def _backward(
    parameters: Floats,
    observation: Floats,
    sizes: NDArray[np.int64],
    relu: NDArray[np.bool_],
    units: Floats,
    d_units: Floats,
    gradient: Floats,
) -> None:
    """Add the gradient of one network's parameters to `gradient` [P].

    The last entries of `d_units` hold the gradient of the outputs; the others are written here.
    """
    layers, end, low = len(sizes) - 1, len(parameters), units.shape[1]
    for layer in range(layers - 1, -1, -1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        biases, low = end - outputs, low - outputs
        begin, below = biases - inputs * outputs, low - inputs if layer else low
        weight = parameters[begin:biases].reshape(inputs, outputs)
        d_weight = gradient[begin:biases].reshape(inputs, outputs)
        for s in range(len(observation)):
            d_y = d_units[s, low : low + outputs]
            if relu[layer]:
                for o in range(outputs):
                    d_y[o] = d_y[o] if units[s, low + o] > 0 else ZERO
            x = units[s, below:low] if layer else observation[s]
            d_x = d_units[s, below:low]
            _linear_backward(x, d_y, weight, d_weight, gradient[biases:end], d_x)
        end = begin


@numba.njit(fastmath=FAST, error_model="numpy", cache=True)
def adam_step(
    parameters: Floats,
    moments: Floats,
    observation: Floats,
    sizes: NDArray[np.int64],
    relu: NDArray[np.bool_],
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
        moments: [2, N, P], Adam's running means of the gradient and of its square, updated.
        observation: [S, O].
        sizes: see `forward`.
        relu: see `forward`.
        units: as `forward` wrote them for these parameters.
        d_outputs: [N, S, outputs], gradient of the loss with respect to each network's outputs.
        beta_1: decay rate of the running mean of the gradient.
        beta_2: decay rate of the running mean of its square.
        penalty: weight of the sum of squared parameters in the loss.
        max_grad_norm: norm at which a network's gradient is clipped; infinity: never.
        step_size: learning rate / (1 - β₁^steps).
        correction: √(1 - β₂^steps).
    """
    size, outputs = parameters.shape[1], d_outputs.shape[2]
    gradient = np.empty(size, np.float32)
    d_units = np.empty(units.shape[1:], np.float32)
    for n in range(len(parameters)):
        for p in range(size):
            gradient[p] = TWO * penalty * parameters[n, p]
        d_units[:, -outputs:] = d_outputs[n]
        _backward(parameters[n], observation, sizes, relu, units[n], d_units, gradient)
        square = ZERO
        for p in range(size):
            square += gradient[p] * gradient[p]
        scale = min(ONE, max_grad_norm / (np.sqrt(square) + NORM_EPSILON))
        for p in range(size):
            g = scale * gradient[p]
            moments[0, n, p] = beta_1 * moments[0, n, p] + (ONE - beta_1) * g
            moments[1, n, p] = beta_2 * moments[1, n, p] + (ONE - beta_2) * g * g
            root = np.sqrt(moments[1, n, p]) / correction
            parameters[n, p] -= step_size * moments[0, n, p] / (root + EPSILON)
