"""The gradient of value functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def value_gradient(value: Tensor, share: Tensor, target: Tensor) -> Tensor:
    r"""Gradient of the mean squared error with respect to the value of each state.

    The loss of B samples is :math:`\frac{1}{B} \sum_b (V(s_b) - y_b)^2`. The samples of one state are
    summed first.

    Args:
        value: V, [..., S], value of each distinct state.
        share: [..., S], fraction of the samples at each state.
        target: [..., S], sum of the targets y at each state, divided by B.

    Returns:
        [..., S].

    >>> import torch
    >>> value = torch.tensor([1.0, 4.0])  # of two samples, both are at state 1, with targets 0 and 5
    >>> value_gradient(value, share=torch.tensor([0.0, 1.0]), target=torch.tensor([0.0, 2.5]))
    tensor([0., 3.])
    """
    return 2 * (share * value - target)
