"""Learning of value functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def value_loss(
    value: Tensor, state: Tensor, target: Tensor, parameters: Tensor, penalty: float
) -> Tensor:
    """Mean squared error to the targets plus a penalty on the size of the parameters.

    Args:
        value: [..., S], value of each distinct state.
        state: int64 [..., B], each sample's state.
        target: [..., B].
        parameters: [..., P], all parameters of the network that made `value`.
        penalty: weight of the sum of squared parameters.

    Returns:
        [...], one loss a network.
    """
    error = value.gather(-1, state) - target
    return error.square().mean(-1) + penalty * parameters.square().sum(-1)
