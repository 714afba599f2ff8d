"""Compiled forward and backward passes of one small network, and its Adam steps.

The gradients of its outputs are computed in `repro.credit`; here they are only multiplied by the
network's own derivative. With so few states, the call overhead of a library's matrix products would dominate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from repro.engine.kernels.adam import INLINED, adam

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SPARSE = 8
"""Layers with at least so many outputs skip inputs that are 0; with fewer, the branch costs more."""
ZERO, TWO = np.float32(0), np.float32(2)


@numba.njit(**INLINED)
def _forward_layer(
    parameters: Floats,
    begin: int,
    below: Floats,
    s: int,
    first: int,
    inputs: int,
    units: Floats,
    low: int,
    outputs: int,
    relu: bool,
) -> None:
    """Evaluate one layer of one network on state s.

    Args:
        parameters: [P] of the network.
        begin: where the layer's weights [inputs, outputs] begin; its biases follow.
        below: [S, ...], units of the layer below, or observations.
        s: the state.
        first: first unit of the layer below.
        inputs: units of the layer below.
        units: [S, ...] of the network; those from `low` on are written.
        low: first unit of this layer.
        outputs: units of this layer.
        relu: whether a ReLU follows the linear map.
    """
    biases = begin + inputs * outputs
    for o in range(outputs):
        units[s, low + o] = parameters[biases + o]
    for i in range(inputs):
        x = below[s, first + i]
        if outputs < SPARSE or x != 0:  # most observations and rectified units are zero
            for o in range(outputs):
                units[s, low + o] += x * parameters[begin + i * outputs + o]
    if relu:
        for o in range(outputs):
            units[s, low + o] = ZERO if units[s, low + o] < 0 else units[s, low + o]  # keeps NaN


@numba.njit(**INLINED)
def _backward_layer(
    parameters: Floats,
    begin: int,
    below: Floats,
    s: int,
    first: int,
    inputs: int,
    units: Floats,
    d_units: Floats,
    low: int,
    outputs: int,
    relu: bool,
    rectified: bool,
    inner: bool,
    gradient: Floats,
) -> None:
    """Add the gradients of a layer's parameters at state s to `gradient` [P].

    Args:
        parameters: see `_forward_layer`.
        begin: see `_forward_layer`.
        below: see `_forward_layer`.
        s: see `_forward_layer`.
        first: see `_forward_layer`.
        inputs: see `_forward_layer`.
        units: see `_forward_layer`.
        d_units: gradient of the network's units at s. Those of this layer become gradients in front
            of the ReLU; if `inner`, those of the layer below are written.
        low: see `_forward_layer`.
        outputs: see `_forward_layer`.
        relu: see `_forward_layer`.
        rectified: whether a ReLU follows the layer below: where it is 0, no gradient is needed.
        inner: whether there is a layer below.
        gradient: [P].
    """
    biases = begin + inputs * outputs
    for o in range(outputs):
        if relu:
            d_units[low + o] = d_units[low + o] if units[s, low + o] > 0 else ZERO
        gradient[biases + o] += d_units[low + o]
    for i in range(inputs):
        x = below[s, first + i]
        if inner:
            if rectified and outputs >= SPARSE and x == 0:
                d_units[first + i] = ZERO
            else:
                total = ZERO
                for o in range(outputs):
                    total += parameters[begin + i * outputs + o] * d_units[low + o]
                    gradient[begin + i * outputs + o] += x * d_units[low + o]
                d_units[first + i] = total
        elif outputs < SPARSE or x != 0:
            for o in range(outputs):
                gradient[begin + i * outputs + o] += x * d_units[low + o]


@numba.njit(**INLINED)
def forward_one(
    parameters: Floats,
    observation: Floats,
    sizes: tuple[int, int, int, int],
    relu: tuple[bool, bool, bool],
    units: Floats,
) -> None:
    """Evaluate one network on every state.

    Args:
        parameters: [P]; for each layer its weights [inputs, outputs], then its biases.
        observation: [S, O].
        sizes: constants, see `padded`.
        relu: constants, see `padded`.
        units: [S, units of all layers after the input], written; the outputs are last.
    """
    a, b, c, d = sizes
    second = (a + 1) * b
    third = second + (b + 1) * c
    for s in range(len(observation)):
        _forward_layer(parameters, 0, observation, s, 0, a, units, 0, b, relu[0])
        if c > 0:
            _forward_layer(parameters, second, units, s, 0, b, units, b, c, relu[1])
        if d > 0:
            _forward_layer(parameters, third, units, s, b, c, units, b + c, d, relu[2])


@numba.njit(**INLINED)
def adam_step_one(
    parameters: Floats,
    mean: Floats,
    square_mean: Floats,
    observation: Floats,
    sizes: tuple[int, int, int, int],
    relu: tuple[bool, bool, bool],
    units: Floats,
    d_outputs: Floats,
    gradient: Floats,
    d_units: Floats,
    beta_1: np.float32,
    beta_2: np.float32,
    penalty: np.float32,
    max_grad_norm: np.float32,
    step_size: np.float32,
    correction: np.float32,
) -> None:
    """Take one Adam step with one network.

    Args:
        parameters: [P], updated.
        mean: [P], Adam's running mean of the gradient, updated.
        square_mean: [P], Adam's running mean of the gradient's square, updated.
        observation: [S, O].
        sizes: see `padded`.
        relu: see `padded`.
        units: as `forward_one` wrote them for these parameters.
        d_outputs: [S, outputs], gradient of the loss with respect to the network's outputs.
        gradient: [P or more], overwritten.
        d_units: [units at one state, or more], overwritten.
        beta_1: decay rate of `mean`.
        beta_2: decay rate of `square_mean`.
        penalty: weight of the sum of squared parameters in the loss.
        max_grad_norm: norm at which the gradient is clipped; infinity: never.
        step_size: learning rate / (1 - β₁^steps).
        correction: √(1 - β₂^steps).
    """
    a, b, c, d = sizes
    second = (a + 1) * b
    third = second + (b + 1) * c
    size = third + (c + 1) * d if d > 0 else third if c > 0 else second
    outputs = d if d > 0 else c if c > 0 else b
    last = b + c + d - outputs
    for p in range(size):
        gradient[p] = TWO * penalty * parameters[p]
    for s in range(len(observation)):
        used = False
        for o in range(outputs):
            d_units[last + o] = d_outputs[s, o]
            used = used or d_outputs[s, o] != 0
        if not used:
            continue
        if d > 0:
            _backward_layer(
                parameters,
                third,
                units,
                s,
                b,
                c,
                units,
                d_units,
                b + c,
                d,
                relu[2],
                relu[1],
                True,
                gradient,
            )
        if c > 0:
            _backward_layer(
                parameters,
                second,
                units,
                s,
                0,
                b,
                units,
                d_units,
                b,
                c,
                relu[1],
                relu[0],
                True,
                gradient,
            )
        _backward_layer(
            parameters,
            0,
            observation,
            s,
            0,
            a,
            units,
            d_units,
            0,
            b,
            relu[0],
            False,
            False,
            gradient,
        )
    adam(
        parameters,
        mean,
        square_mean,
        gradient,
        size,
        beta_1,
        beta_2,
        max_grad_norm,
        step_size,
        correction,
    )


def padded(
    sizes: tuple[int, ...], relu: tuple[bool, ...]
) -> tuple[tuple[int, int, int, int], tuple[bool, bool, bool]]:
    """Return sizes and ReLUs as the functions here take them: of three layers, 0 and False if absent.

    Args:
        sizes: units of each layer, including input and output; two to four.
        relu: for each hidden layer, whether a ReLU follows its linear map.
    """
    a, b, c, d = (*sizes, 0, 0)[:4]
    first, second, third = (*relu, False, False, False)[:3]
    return (a, b, c, d), (first, second, third)
