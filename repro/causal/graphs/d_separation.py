"""d-separation in linear time: which nodes are independent, given others.

The algorithm is Bayes-ball (Shachter 1998). A ball moves along edges in both directions. Whether a node
passes it on depends only on whether the ball arrives from a child or from a parent, so each node is visited
at most twice, however many paths lead through it.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar

import networkx as nx
import numpy as np

from repro.causal.graphs.graph import Graph, GraphError, check_directed, topological_order

N = TypeVar("N", bound=Hashable)
_MOST_NAMES = 5


def d_separated(
    graph: Graph | nx.DiGraph | Mapping[Any, Collection[Any]],
    x: Collection[Hashable] | Hashable,
    y: Collection[Hashable] | Hashable,
    given: Collection[Hashable] | Hashable = (),
) -> bool:
    """Return whether `given` d-separates every node of `x` from every node of `y`; if one is empty, it does.

    >>> fork = {"cause": [], "effect": ["cause"], "other": ["cause"]}
    >>> d_separated(fork, "effect", "other")
    False
    >>> d_separated(fork, "effect", "other", given="cause")
    True

    A common effect blocks a path unless it, or a node that depends on it, is given:

    >>> collider = {"cause": [], "other": [], "effect": ["cause", "other"]}
    >>> d_separated(collider, "cause", "other")
    True
    >>> d_separated(collider, "cause", "other", given="effect")
    False

    Args:
        graph: a graph, of this package or of networkx, or a mapping from every node to its parents.
        x: one node, or a collection of nodes.
        y: likewise.
        given: the nodes conditioned on: none, one or several.

    Raises:
        GraphError: the graph is undirected, a node is unknown, the three sets overlap, or there is a cycle.
    """
    parents: Mapping[Any, Collection[Any]]
    if isinstance(graph, nx.Graph):
        check_directed(graph)
        parents = graph.pred
    else:
        parents = graph.parents if isinstance(graph, Graph) else graph
    return not Separation(parents, given).connected(x, y)


class Separation(Generic[N]):
    """Answers many queries on one graph with one conditioning set; the graph is indexed once.

    Args:
        parents: the parents of every node, roots included; fastest if parents precede children.
        given: the nodes conditioned on: none, one or several.

    Raises:
        GraphError: a parent or a node of `given` is not a key, or there is a cycle.
    """

    def __init__(self, parents: Mapping[N, Collection[N]], given: Collection[N] | N) -> None:
        self._nodes = list(parents)
        self._index = {node: number for number, node in enumerate(self._nodes)}
        index, n = self._index, len(self._nodes)
        reads = np.fromiter(map(len, parents.values()), np.intp, n)
        read = (index[parent] for above in parents.values() for parent in above)
        try:
            tail = np.fromiter(read, np.intp, reads.sum())  # the parent of each edge
        except KeyError as error:
            raise self._unknown(error.args) from None
        head = np.repeat(np.arange(n), reads)  # the child of each edge
        if (tail >= head).any():
            topological_order(parents)  # raises if there is a cycle; another order is allowed
        self._parents = _Neighbours(tail, reads)
        by_tail = np.argsort(tail, kind="stable")
        self._children = _Neighbours(head[by_tail], np.bincount(tail, minlength=n))

        self._given = bytearray(n)
        for number in self._numbers(given):
            self._given[number] = True

    def connected(self, sources: Collection[N] | N, targets: Collection[N] | N) -> frozenset[N]:
        """Find the targets that are d-connected to at least one source.

        Args:
            sources: one node, or a collection of nodes.
            targets: likewise.

        Raises:
            GraphError: a node is unknown, a node is on both sides, or a node on one side is conditioned on.
        """
        start, wanted = self._numbers(sources), self._numbers(targets)
        self._check_sides(start, wanted)
        missing = set(wanted)
        rising, falling = list(start), list[int]()  # nodes reached from a child, from a parent
        risen, fallen = bytearray(len(self._nodes)), bytearray(len(self._nodes))
        for number in start:
            risen[number] = True
        while missing and (rising or falling):
            # A ball from a child (or at the start) goes on to parents and children, unless the node
            # is given. A ball from a parent goes on to children; a given node returns it to parents.
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
        """Get the numbers of one or several nodes; a collection that is a node counts as one node."""
        if isinstance(nodes, Hashable) and (isinstance(nodes, str) or nodes in self._index):
            nodes = (nodes,)
        several = nodes if isinstance(nodes, Collection) else (nodes,)
        if strange := [node for node in several if node not in self._index]:
            raise self._unknown(strange)
        return {self._index[node] for node in several}

    def _check_sides(self, sources: set[int], targets: set[int]) -> None:
        fault, both = "on both sides of the query", sources & targets
        if not both:
            fault = "queried and conditioned on"
            both = {number for number in sources | targets if self._given[number]}
        if both:
            named = _few([self._nodes[number] for number in sorted(both)])
            raise GraphError(f"{fault}: {named}; the sets must not overlap, remove it from one")

    def _unknown(self, strange: Collection[object]) -> GraphError:
        return GraphError(
            f"unknown: {_few(strange)}; expected keys of the mapping of parents, roots included: "
            f"{_few(self._nodes)}"
        )


class _Neighbours:
    """The neighbours of each node, in one list, because many small lists are slow to make.

    Args:
        neighbours: those of node 0, then those of node 1, and so on.
        counts: how many neighbours each node has.
    """

    def __init__(self, neighbours: np.ndarray, counts: np.ndarray) -> None:
        self._all: list[int] = neighbours.tolist()
        self._start: list[int] = [0, *np.cumsum(counts).tolist()]

    def of(self, number: int) -> list[int]:
        return self._all[self._start[number] : self._start[number + 1]]


def _few(nodes: Collection[object]) -> str:
    named = ", ".join(repr(node) for node in islice(nodes, _MOST_NAMES))
    more = len(nodes) - _MOST_NAMES
    return f"{named} and {more} more" if more > 0 else named
