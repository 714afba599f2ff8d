"""d-separation in linear time: which nodes tell something about which, once others are given.

A ball is passed along the edges and against them (Shachter 1998, "Bayes-ball"). Whether a node lets
it through depends only on whether it comes from a child or from a parent, so that each node is
expanded at most twice, however many paths lead through it.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np

from repro.causal.graphs.graph import Graph, GraphError, topological_order

N = TypeVar("N", bound=Hashable)
_MOST_NAMES = 5


def d_separated(
    graph: Graph | Mapping[N, Collection[N]],
    x: Collection[N] | N,
    y: Collection[N] | N,
    given: Collection[N] | N = (),
) -> bool:
    """Tell whether `given` d-separates every node of `x` from every node of `y`.

    Args:
        graph: a graph, or the parents of every node.
        x: a node or several.
        y: a node or several.
        given: the nodes conditioned on: none, one or several.

    Raises:
        GraphError: a node is unknown, the three sets overlap, `x` or `y` is empty, or there is a
            cycle.
    """
    parents: Mapping[Any, Collection[Any]] = graph.parents if isinstance(graph, Graph) else graph
    return not Separation(parents, given).connected(x, y)


class Separation(Generic[N]):
    """Many questions on one graph with one conditioning set; the set-up is paid for once."""

    def __init__(self, parents: Mapping[N, Collection[N]], given: Collection[N] | N) -> None:
        """Number the nodes and list the neighbours of each.

        Args:
            parents: of every node, roots included; fastest where parents come before children.
            given: the nodes conditioned on: none, one or several.

        Raises:
            GraphError: a parent or a node of `given` is no key, or there is a cycle.
        """
        self._nodes = list(parents)
        self._index = {node: number for number, node in enumerate(self._nodes)}
        index, n = self._index, len(self._nodes)
        reads = np.fromiter(map(len, parents.values()), np.intp, n)
        read = (index[parent] for above in parents.values() for parent in above)
        try:
            tail = np.fromiter(read, np.intp, reads.sum())  # where each edge comes from
        except KeyError as error:
            raise self._unknown(error.args) from None
        head = np.repeat(np.arange(n), reads)  # where it leads to
        if (tail >= head).any():
            topological_order(parents)  # a cycle, or only keys in another order: raises on a cycle
        self._parents = _Neighbours(tail, reads)
        by_tail = np.argsort(tail, kind="stable")
        self._children = _Neighbours(head[by_tail], np.bincount(tail, minlength=n))

        self._given = bytearray(n)
        for number in self._numbers(given):
            self._given[number] = True

    def connected(self, sources: Collection[N] | N, targets: Collection[N] | N) -> frozenset[N]:
        """Find the targets that are d-connected to some source; stops when all of them are.

        Args:
            sources: a node or several.
            targets: a node or several.

        Raises:
            GraphError: a node is unknown, one side is empty, or a node is on both sides, or on one
                and conditioned on.
        """
        start, wanted = self._numbers(sources), self._numbers(targets)
        self._check_sides(start, wanted)
        missing = set(wanted)
        rising, falling = list(start), list[int]()  # nodes with a ball from a child, from a parent
        risen, fallen = bytearray(len(self._nodes)), bytearray(len(self._nodes))
        for number in start:
            risen[number] = True
        while missing and (rising or falling):
            # From a child, or at the start, the ball goes on to parents and children, and stops at
            # what is given. From a parent it goes on to children; what is given sends it back up.
            from_child = bool(rising)
            number = (rising or falling).pop()
            missing.discard(number)
            is_given = bool(self._given[number])
            up, down = from_child != is_given, not is_given
            if up:
                for parent in self._parents.of(number):
                    if not risen[parent]:
                        risen[parent] = True
                        rising.append(parent)
            if down:
                for child in self._children.of(number):
                    if not fallen[child]:
                        fallen[child] = True
                        falling.append(child)
        return frozenset(self._nodes[number] for number in wanted - missing)

    def _numbers(self, nodes: Collection[N] | N) -> set[int]:
        """Number one node or several; a collection that is itself a node is one."""
        if isinstance(nodes, Hashable) and (isinstance(nodes, str) or nodes in self._index):
            nodes = (nodes,)
        several = nodes if isinstance(nodes, Collection) else (nodes,)
        if strange := [node for node in several if node not in self._index]:
            raise self._unknown(strange)
        return {self._index[node] for node in several}

    def _check_sides(self, sources: set[int], targets: set[int]) -> None:
        if not sources or not targets:
            raise GraphError("one side of the question is empty; name one node or more on each")
        fault, both = "on both sides of the question", sources & targets
        if not both:
            fault = "asked about and conditioned on"
            both = {number for number in sources | targets if self._given[number]}
        if both:
            named = _few([self._nodes[number] for number in sorted(both)])
            raise GraphError(f"{fault}: {named}; the sets must not overlap, take it out of one")

    def _unknown(self, strange: Collection[object]) -> GraphError:
        return GraphError(
            f"unknown: {_few(strange)}; expected keys of the parents, where each node is one, "
            f"roots included: {_few(self._nodes)}"
        )


class _Neighbours:
    """Neighbours of each node, in one list for all nodes: many small ones are slow to make."""

    def __init__(self, neighbours: np.ndarray, counts: np.ndarray) -> None:
        """Take the neighbours of node 0, of node 1 and so on, and how many each node has."""
        self._all: list[int] = neighbours.tolist()
        self._start: list[int] = [0, *np.cumsum(counts).tolist()]

    def of(self, number: int) -> list[int]:
        return self._all[self._start[number] : self._start[number + 1]]


def _few(nodes: Collection[object]) -> str:
    named = ", ".join(repr(node) for node in islice(nodes, _MOST_NAMES))
    more = len(nodes) - _MOST_NAMES
    return f"{named} and {more} more" if more > 0 else named
