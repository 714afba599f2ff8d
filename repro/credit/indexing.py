"""Read a table at the states and actions of samples, and add samples up into a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def at_state_action(table: Tensor, state: Tensor, action: Tensor) -> Tensor:
    """Return each sample's entry of the table.

    Args:
        table: [..., S, K].
        state: int64 [..., B].
        action: int64 [..., B].

    Returns:
        [..., B].

    >>> import torch
    >>> table = torch.tensor([[1, 2, 3], [4, 5, 6]])
    >>> at_state_action(table, state=torch.tensor([1, 0]), action=torch.tensor([0, 2]))
    tensor([4, 3])
    """
    return table.flatten(-2).gather(-1, state * table.shape[-1] + action)


def at_state(table: Tensor, state: Tensor) -> Tensor:
    """Return the row of each sample's state.

    Args:
        table: [..., S, K].
        state: int64 [..., B].

    Returns:
        [..., B, K].

    >>> import torch
    >>> at_state(torch.tensor([[1, 2, 3], [4, 5, 6]]), state=torch.tensor([1]))
    tensor([[4, 5, 6]])
    """
    return table.gather(-2, state.unsqueeze(-1).expand(*state.shape, table.shape[-1]))


def at_action(rows: Tensor, action: Tensor) -> Tensor:
    """Return the entry of each sample's action in the sample's row.

    Args:
        rows: [..., B, K].
        action: int64 [..., B].

    Returns:
        [..., B].

    >>> import torch
    >>> at_action(torch.tensor([[1, 2, 3], [4, 5, 6]]), action=torch.tensor([2, 0]))
    tensor([3, 4])
    """
    return rows.gather(-1, action.unsqueeze(-1)).squeeze(-1)


def segment_sum(x: Tensor, index: Tensor, size: int) -> Tensor:
    """Sum the samples of each index, such as a state.

    Args:
        x: [..., B].
        index: int64 [..., B], from 0 to size - 1.
        size: of the last axis of the result.

    Returns:
        [..., size].

    >>> import torch
    >>> segment_sum(torch.tensor([1.0, 2.0, 4.0]), index=torch.tensor([2, 0, 2]), size=3)
    tensor([2., 0., 5.])
    """
    return x.new_zeros((*x.shape[:-1], size)).scatter_add(-1, index, x)
