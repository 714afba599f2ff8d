"""Compiled forward and backward passes of many small networks, and their Adam steps.

Every network is taken by itself: what it reads and writes is its own row of each array, besides the
observations. Gradients of its outputs come from `repro.credit`; here they only meet the network's
own derivative. Networks are evaluated on a handful of distinct states, so that a batched product of
a library would spend its time on being called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FAST = {"reassoc", "contract", "nsz"}
"""Sums may be reordered and products fused, which vectorises; NaN and infinity keep their meaning."""
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
        parameters: [N, P]; of each layer in turn its weights, input by input, and its biases.
        observation: [S, O].
        sizes: units of each layer, input and output included.
        relu: for each layer after the input, whether a ReLU follows its linear map.
        units: [N, S, units of all layers after the input], filled here; the outputs are the last.
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
                    if x[i] != 0:  # observations are mostly zeros, and so are rectified units
                        for o in range(outputs):
                            y[o] += x[i] * weight[i, o]
                if relu[layer]:
                    for o in range(outputs):
                        y[o] = ZERO if y[o] < 0 else y[o]  # so NaN stays
            begin, low = biases + outputs, low + outputs


@numba.njit(fastmath=FAST, error_model="numpy")
def _through_linear(
    x: Floats, d_y: Floats, weight: Floats, d_weight: Floats, d_bias: Floats, d_x: Floats
) -> None:
    """Add the gradients of a linear map's parameters; `d_x` is filled, or has no room for any."""
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
    """Add one network's gradient of its parameters, [P]; `d_units` begins as that of its outputs."""
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
            _through_linear(x, d_y, weight, d_weight, gradient[biases:end], d_x)
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
    rate: np.float32,
    correction: np.float32,
) -> None:
    """Take one Adam step with every network, on its own gradient alone.

    Args:
        parameters: [N, P], moved.
        moments: [2, N, P], Adam's running means of the gradient and of its square, moved.
        observation: [S, O].
        sizes: as `forward` takes them.
        relu: likewise.
        units: as `forward` left them for these parameters.
        d_outputs: [N, S, outputs], gradient of the loss by each network's outputs.
        beta_1: decay rate of Adam's running mean of the gradient.
        beta_2: that of its running mean square.
        penalty: weight of the sum of squared parameters in the loss.
        max_grad_norm: norm at which a network's gradient is clipped; infinite: never.
        rate: learning rate, over 1 - β₁ to the number of steps.
        correction: 1 - β₂ to the number of steps, its root.
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
            parameters[n, p] -= rate * moments[0, n, p] / (root + EPSILON)
