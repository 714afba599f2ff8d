"""Small causal graphs with two gradients and given nodes, and whether the given nodes separate the two."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx

from repro.causal import Graph, Node, Role, d_separated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import numpy as np

    Parents = dict[int, tuple[int, ...]]


GIVEN_PROBABILITY, DENSITIES = 0.7, (0.1, 0.6)
"""Of random graphs: how likely a node is given if it may be, and the range of edge densities."""


@dataclass(frozen=True)
class Question:
    """Whether the given nodes d-separate two gradients; every other node is hidden.

    Attributes:
        parents: of each node.
        ends: the two gradients.
        given: nodes that are conditioned on.
    """

    parents: Parents
    ends: tuple[int, int]
    given: frozenset[int]

    @property
    def closed(self) -> bool:
        """Whether all parents of given nodes are given."""
        return all(self.given.issuperset(self.parents[node]) for node in self.given)

    @property
    def separated(self) -> bool:
        """Whether `repro.causal` finds the ends d-separated."""
        return d_separated(self.parents, *self.ends, self.given)

    @property
    def separated_by_networkx(self) -> bool:
        """Whether networkx finds the ends d-separated."""
        first, second = self.ends
        graph = nx.DiGraph((p, node) for node, above in self.parents.items() for p in above)
        graph.add_nodes_from(self.parents)
        return bool(nx.is_d_separator(graph, {first}, {second}, set(self.given)))

    @property
    def no_common_hidden_ancestor(self) -> bool:
        """Whether the ends have no hidden ancestor in common; each end counts as its own ancestor."""
        first, second = (self._hidden_ancestors(end) for end in self.ends)
        return first.isdisjoint(second)

    def _hidden_ancestors(self, node: int) -> set[int]:
        found, queue = {node}, [node]
        while queue:
            new = set(self.parents[queue.pop()]) - found
            found |= new
            queue += new
        return found - self.given

    def graph(self, names: Sequence[str]) -> Graph:
        """Return the graph for a figure, its nodes named by `names`."""
        roles = dict.fromkeys(self.parents, Role.HIDDEN)
        roles |= dict.fromkeys(self.given, Role.DATA) | dict.fromkeys(self.ends, Role.GRADIENT)
        return Graph(
            Node(names[node], roles[node], tuple(names[parent] for parent in above))
            for node, above in self.parents.items()
        )


COLLIDER = Question({0: (), 1: (), 2: (0, 1), 3: (0,), 4: (1,)}, (3, 4), frozenset({2}))
"""h1, h2, x and two gradients: h1 → x ← h2, h1 → δ1 and h2 → δ2, with x given."""


def acyclic_graphs(size: int) -> Iterator[Parents]:
    """Yield every labelled acyclic graph of `size` nodes."""
    pairs = list(itertools.combinations(range(size), 2))
    for directions in itertools.product((None, False, True), repeat=len(pairs)):
        edges = [
            pair[::-1] if back else pair
            for pair, back in zip(pairs, directions, strict=True)
            if back is not None
        ]
        parents = _parents(size, edges)
        if _acyclic(parents):
            yield parents


def all_questions(most: int) -> Iterator[Question]:
    """Yield every two nodes of every graph of up to `most` nodes, with every subset of the rest given."""
    for size in range(2, most + 1):
        for parents in acyclic_graphs(size):
            for ends in itertools.combinations(range(size), 2):
                rest = [node for node in range(size) if node not in ends]
                for count in range(len(rest) + 1):
                    for given in itertools.combinations(rest, count):
                        yield Question(parents, ends, frozenset(given))


def random_questions(
    generator: np.random.Generator, count: int, sizes: tuple[int, int]
) -> Iterator[Question]:
    """Draw questions about larger graphs in which given nodes have no hidden parents.

    Args:
        generator: source of random numbers.
        count: number of questions.
        sizes: smallest and largest number of nodes.
    """
    for _ in range(count):
        size = int(generator.integers(sizes[0], sizes[1] + 1))
        order = generator.permutation(size).tolist()
        density = generator.uniform(*DENSITIES)
        edges = [p for p in itertools.combinations(order, 2) if generator.random() < density]
        parents = _parents(size, edges)
        given: set[int] = set()
        for node in order[: int(generator.integers(0, size - 1))]:
            if given.issuperset(parents[node]) and generator.random() < GIVEN_PROBABILITY:
                given.add(node)
        free = [node for node in order if node not in given]
        first, second = generator.choice(free, 2, replace=False).tolist()
        yield Question(parents, (first, second), frozenset(given))


def _parents(size: int, edges: Iterable[tuple[int, int]]) -> Parents:
    above: dict[int, list[int]] = {node: [] for node in range(size)}
    for parent, child in edges:
        above[child].append(parent)
    return {node: tuple(found) for node, found in above.items()}


def _acyclic(parents: Parents) -> bool:
    """Remove nodes without remaining parents, repeatedly; return whether all could be removed."""
    left: dict[int, Collection[int]] = dict(parents)
    while roots := [node for node, above in left.items() if not left.keys() & above]:
        for root in roots:
            del left[root]
    return not left
