"""Depth-first search."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

N = TypeVar("N", bound="Hashable")


def reachable(start: Iterable[N], neighbours: Callable[[N], Iterable[N]]) -> set[N]:
    """Find all nodes that can be reached from `start`, including `start`."""
    found = set(start)
    stack = list(found)
    while stack:
        # Most neighbours of nodes with many have been found before.
        new = [node for node in neighbours(stack.pop()) if node not in found]
        found.update(new)
        stack += new
    return found
