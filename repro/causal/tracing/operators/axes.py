"""The dimensions that a reduction reduces, and the groups of elements along them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def dims_of(given: object, tensor: Tensor) -> list[int]:
    """Get the dimensions that a `dim` argument means; None and [] mean all."""
    if given is None or given == []:
        return list(range(tensor.dim()))
    listed = [given] if isinstance(given, int) else list(given)  # type: ignore[call-overload]  # a list of int
    return [dim % max(tensor.dim(), 1) for dim in listed]


def groups_of(elements: Tensor, dims: list[int]) -> Tensor:
    """Arrange elements as [groups, members], one group for each element of the reduced tensor."""
    if elements.dim() == 0:
        return elements.view(1, 1)
    rest = [dim for dim in range(elements.dim()) if dim not in dims]
    size = 1
    for dim in dims:
        size *= elements.shape[dim]
    return elements.permute(*rest, *dims).reshape(-1, size)
