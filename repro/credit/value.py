"""Learning of value functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def value_gradient(value: Tensor, share: Tensor, target: Tensor) -> Tensor:
    r"""Gradient of the mean squared error to the targets, by the value of each state.

    Of B samples, :math:`\frac{1}{B} \sum_b (V(s_b) - y_b)^2`; those of one state are added up first.

    Args:
        value: [..., S], value of each distinct state.
        share: [..., S], part of the samples that each state has.
        target: [..., S], sum of each state's targets over B.

    Returns:
        [..., S].
    """
    return 2 * (share * value - target)
