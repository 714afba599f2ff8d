"""Graphs as parents of nodes 0 to n - 1, queries, and a second algorithm for d-separation."""

from __future__ import annotations

from itertools import combinations, permutations, product
from typing import TYPE_CHECKING, TypeAlias

import networkx as nx
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

Parents: TypeAlias = dict[int, tuple[int, ...]]
Query: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def from_edges(n: int, edges: Iterable[tuple[int, int]]) -> Parents:
    found: dict[int, list[int]] = {node: [] for node in range(n)}
    for parent, child in edges:
        found[child].append(parent)
    return {node: tuple(above) for node, above in found.items()}


def digraph(parents: Parents) -> nx.DiGraph:
    made = nx.DiGraph()
    made.add_nodes_from(parents)
    made.add_edges_from((parent, child) for child, above in parents.items() for parent in above)
    return made


def is_acyclic(parents: Parents) -> bool:
    """Remove nodes without parents until no node is left or none can be removed."""
    left = {node: set(above) for node, above in parents.items()}
    while roots := [node for node, above in left.items() if not above & left.keys()]:
        for root in roots:
            del left[root]
    return not left


def labelled(n: int) -> Iterator[Parents]:
    """Yield every labelled DAG; each pair of nodes has no edge or an edge in one direction."""
    pairs = list(combinations(range(n), 2))
    for ways in product((None, False, True), repeat=len(pairs)):
        chosen = [(pair, way) for pair, way in zip(pairs, ways, strict=True) if way is not None]
        made = from_edges(n, (pair[::-1] if back else pair for pair, back in chosen))
        if is_acyclic(made):
            yield made


def unlabelled(n: int) -> Iterator[Parents]:
    """Yield one DAG per isomorphism class, identified by the smallest code of its relabellings."""
    pairs = list(combinations(range(n), 2))
    drawn = np.array(list(product((0, 1), repeat=len(pairs))), dtype=np.int64)
    least = np.full(len(drawn), np.iinfo(np.int64).max)
    for name in permutations(range(n)):
        weight = np.array([1 << (name[i] * n + name[j]) for i, j in pairs])
        least = np.minimum(least, drawn @ weight)
    for row in np.unique(least, return_index=True)[1]:
        yield from_edges(n, (pair for pair, edge in zip(pairs, drawn[row], strict=True) if edge))


def random_dag(rng: np.random.Generator, n: int, density: float) -> Parents:
    """Draw a DAG; each pair has an edge with probability `density`, and names are random."""
    name = rng.permutation(n).tolist()
    pairs = combinations(range(n), 2)
    return from_edges(n, ((name[i], name[j]) for i, j in pairs if rng.random() < density))


def layered(width: int, depth: int) -> Parents:
    """Make a DAG in which all nodes of a layer are parents of all nodes of the next one."""
    return {
        layer * width + place: tuple(range((layer - 1) * width, layer * width)) if layer else ()
        for layer in range(depth)
        for place in range(width)
    }


def queries(n: int) -> Iterator[Query]:
    """Yield every pair of nodes with every conditioning set."""
    for x, y in combinations(range(n), 2):
        others = [node for node in range(n) if node not in {x, y}]
        for size in range(len(others) + 1):
            yield from (((x,), (y,), given) for given in combinations(others, size))


def random_query(rng: np.random.Generator, n: int) -> Query:
    """Draw disjoint sets of nodes; the first two are not empty, the third is mostly small."""
    name = rng.permutation(n).tolist()
    x, y = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    given = int(rng.integers(0, min(n - x - y, 4) + 1))
    return (
        tuple(name[:x]),
        tuple(name[x : x + y]),
        tuple(name[x + y : x + y + given]),
    )


def moral_separated(
    parents: Parents, x: Collection[int], y: Collection[int], given: Collection[int]
) -> bool:
    """Decide d-separation by ancestral moralisation (Lauritzen et al. 1990).

    In the graph of all ancestors, connect the parents of each node, drop directions, and remove the given
    nodes. x and y are d-separated if no path between them remains.
    """
    kept: set[int] = set()
    queue = [*x, *y, *given]
    while queue:
        if (node := queue.pop()) not in kept:
            kept.add(node)
            queue += parents[node]
    neighbours: dict[int, set[int]] = {node: set() for node in kept}
    for node in kept:
        for one, other in combinations((node, *parents[node]), 2):
            neighbours[one].add(other)
            neighbours[other].add(one)
    seen, queue = set(given), list(x)
    while queue:
        if (node := queue.pop()) not in seen:
            seen.add(node)
            queue += neighbours[node] - seen
    return seen.isdisjoint(y)
