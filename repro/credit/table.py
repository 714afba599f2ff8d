"""Reading a table at the states and actions of a trajectory, and adding up into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def entry(table: Tensor, state: Tensor, action: Tensor) -> Tensor:
    """Read one entry a sample.

    Args:
        table: [..., S, K].
        state: int64 [..., B].
        action: int64 [..., B].

    Returns:
        [..., B].
    """
    return table.flatten(-2).gather(-1, state * table.shape[-1] + action)


def row(table: Tensor, state: Tensor) -> Tensor:
    """Read all entries of each sample's state.

    Args:
        table: [..., S, K].
        state: int64 [..., B].

    Returns:
        [..., B, K].
    """
    return table.gather(-2, state.unsqueeze(-1).expand(*state.shape, table.shape[-1]))


def pick(rows: Tensor, action: Tensor) -> Tensor:
    """Read the action's entry of each sample's row.

    Args:
        rows: [..., B, K].
        action: int64 [..., B].

    Returns:
        [..., B].
    """
    return rows.gather(-1, action.unsqueeze(-1)).squeeze(-1)


def added_up(x: Tensor, index: Tensor, size: int) -> Tensor:
    """Add up the samples of each index, such as a state.

    Args:
        x: [..., B].
        index: int64 [..., B], from 0 to size - 1.
        size: of the last axis of the result.

    Returns:
        [..., size].
    """
    return x.new_zeros((*x.shape[:-1], size)).scatter_add(-1, index, x)
