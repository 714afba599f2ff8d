"""Depth-first search."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

N = TypeVar("N", bound="Hashable")


def reachable(start: Iterable[N], neighbours: Callable[[N], Iterable[N]]) -> set[N]:
    """Find all nodes that can be reached from `start`, including `start`."""
    found: set[N] = set()
    stack = list(start)
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += neighbours(node)
    return found
