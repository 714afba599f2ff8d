"""Algorithmic causal graphs: what is computed from what, and by which program.

A node v is computed as v = op_v(parents, n_v), where the program n_v is unobserved and independent of all
other programs. Replacing one program leaves the other programs unchanged, but changes the values of nodes
downstream (talk:94-110). In a flattened graph, functions and data are both nodes (talk:167-168).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import networkx as nx

from repro.causal.graphs.reachability import reachable
from repro.errors import UserError, unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping

N = TypeVar("N", bound="Hashable")
_MOST_NAMES = 8


class GraphError(UserError):
    """A graph is invalid, or a query names nodes that it does not have."""


class Role(StrEnum):
    """What a node is in a flattened graph (talk:167-168)."""

    FUNCTION = "function"
    DATA = "data"
    HIDDEN = "hidden"
    GRADIENT = "gradient"


@dataclass(frozen=True)
class Node:
    """One node and the program that computes it.

    Attributes:
        name: unique within a graph.
        role: see `Role`.
        parents: names of the nodes that it is computed from, each once.
        mechanism: label of the program; by default the node's name, so that each node has its own.
        label: text in figures; by default the node's name.
    """

    name: str
    role: Role
    parents: tuple[str, ...] = ()
    mechanism: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        """Fill in the defaults and drop repeated parents."""
        object.__setattr__(self, "parents", tuple(dict.fromkeys(self.parents)))
        object.__setattr__(self, "mechanism", self.mechanism or self.name)
        object.__setattr__(self, "label", self.label or self.name)


@dataclass(frozen=True, init=False)
class Graph:
    """An immutable directed acyclic graph.

    >>> graph = Graph([
    ...     Node("bid", Role.DATA),
    ...     Node("normaliser", Role.HIDDEN, ("bid",)),
    ...     Node("gradient", Role.GRADIENT, ("bid", "normaliser")),
    ... ])
    >>> graph.parents["gradient"]
    ('bid', 'normaliser')
    >>> graph.of(Role.HIDDEN)
    ('normaliser',)

    An intervention returns a new graph:

    >>> graph.intervene("gradient", mechanism="sigmoid", parents=["bid"]).parents["gradient"]
    ('bid',)

    Attributes:
        nodes: every node by name, parents before children.

    Args:
        nodes: in any order.

    Raises:
        GraphError: two nodes have the same name, a parent is missing, or there is a cycle.
    """

    nodes: Mapping[str, Node]

    def __init__(self, nodes: Iterable[Node]) -> None:
        named: dict[str, Node] = {}
        for node in nodes:
            if node.name in named:
                raise GraphError(f"two nodes are named {node.name!r}; give each its own name")
            named[node.name] = node
        for node in named.values():
            for parent in node.parents:
                if parent not in named:
                    raise _unknown(f"parent of {node.name!r}:", parent, named)
        order = topological_order({node.name: node.parents for node in named.values()})
        object.__setattr__(self, "nodes", MappingProxyType({name: named[name] for name in order}))

    def __hash__(self) -> int:
        """Hash the nodes; their order does not matter, as in comparisons."""
        return hash(frozenset(self.nodes.values()))

    def __reduce__(self) -> tuple[type[Graph], tuple[tuple[Node, ...]]]:
        """Copy and pickle the nodes, because a mapping proxy supports neither."""
        return Graph, (tuple(self.nodes.values()),)

    @cached_property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """The parents of every node, in topological order."""
        return MappingProxyType({name: node.parents for name, node in self.nodes.items()})

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The children of every node, in topological order."""
        found: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name, node in self.nodes.items():
            for parent in node.parents:
                found[parent].append(name)
        return MappingProxyType({name: tuple(below) for name, below in found.items()})

    def ancestors(self, names: str | Iterable[str]) -> frozenset[str]:
        """Get the named nodes and everything upstream of them.

        Raises:
            GraphError: a name is unknown.
        """
        return self._reached(names, self.parents)

    def descendants(self, names: str | Iterable[str]) -> frozenset[str]:
        """Get the named nodes and everything downstream of them.

        Raises:
            GraphError: a name is unknown.
        """
        return self._reached(names, self.children)

    def _reached(
        self, names: str | Iterable[str], edges: Mapping[str, tuple[str, ...]]
    ) -> frozenset[str]:
        start = [names] if isinstance(names, str) else list(names)
        for name in start:
            if name not in self.nodes:
                raise _unknown("node", name, self.nodes)
        return frozenset(reachable(start, edges.__getitem__))

    def of(self, role: Role) -> tuple[str, ...]:
        """List the names of the nodes with a role, in topological order."""
        return tuple(name for name, node in self.nodes.items() if node.role == role)

    def intervene(
        self, name: str, *, mechanism: str, parents: Iterable[str] | None = None
    ) -> Graph:
        """Replace the program of one node; the others keep theirs (talk:106-110).

        Args:
            name: the node.
            mechanism: label of its new program.
            parents: what the new program reads; None for the same as before.

        Raises:
            GraphError: the node or a parent is unknown, or there would be a cycle.
        """
        if name not in self.nodes:
            raise _unknown("node", name, self.nodes)
        old = self.nodes[name]
        reads = old.parents if parents is None else tuple(parents)
        new = replace(old, mechanism=mechanism, parents=reads)
        return Graph({**self.nodes, name: new}.values())

    def with_mechanisms(self) -> Graph:
        """Add each node's program to the graph, as a root with role "function" (talk:101).

        The root of v is named `mechanism_root(v)` and has the mechanism of v, while v gets the mechanism
        "run". Two nodes with the same mechanism get two roots, two instances of a program.

        Raises:
            GraphError: a node already has the name of such a root.
        """
        nodes: list[Node] = []
        for name, node in self.nodes.items():
            root, label = mechanism_root(name), mechanism_root(node.label)
            nodes.append(Node(root, Role.FUNCTION, mechanism=node.mechanism, label=label))
            nodes.append(replace(node, parents=(*node.parents, root), mechanism="run"))
        return Graph(nodes)

    def to_networkx(self) -> nx.DiGraph:
        """Convert to networkx, with the string attributes "role", "mechanism" and "label"."""
        made = nx.DiGraph()
        for name, node in self.nodes.items():
            made.add_node(name, role=node.role.value, mechanism=node.mechanism, label=node.label)
            made.add_edges_from((parent, name) for parent in node.parents)
        return made

    @staticmethod
    def from_networkx(graph: nx.DiGraph) -> Graph:
        """Convert from networkx, the inverse of `to_networkx`; of the attributes, only "role" is required.

        Raises:
            GraphError: the graph is undirected, a node is not a string, a role is missing or unknown, or
                there is a cycle.
        """
        check_directed(graph)
        return Graph(_from_networkx(name, graph) for name in graph)


def check_directed(graph: nx.Graph) -> None:
    """Refuse a networkx graph without directions.

    Raises:
        GraphError: the graph is undirected.
    """
    if not graph.is_directed():
        raise GraphError(f"given a {type(graph).__name__}; expected directed edges: a DiGraph")


def mechanism_root(name: str) -> str:
    """Get the name of the root that `Graph.with_mechanisms` adds for node `name`."""
    return f"n({name})"


def topological_order(parents: Mapping[N, Collection[N]]) -> tuple[N, ...]:
    """Sort nodes so that parents precede children, in linear time.

    Args:
        parents: the parents of every node.

    Raises:
        GraphError: there is a cycle.
    """
    try:
        return tuple(TopologicalSorter(parents).static_order())
    except CycleError as error:
        cycle = [str(node) for node in error.args[1]]
        if len(cycle) > _MOST_NAMES:
            cycle[_MOST_NAMES - 1 : -1] = ["..."]
        raise GraphError(f"there is a cycle: {' -> '.join(cycle)}; remove one edge") from None


def _unknown(kind: str, given: str, valid: Iterable[str]) -> GraphError:
    return GraphError(str(unknown(kind, given, valid)))


def _from_networkx(name: Any, graph: nx.DiGraph) -> Node:  # noqa: ANN401 - networkx nodes have any type
    if not isinstance(name, str):
        raise GraphError(
            f"node {name!r} is not a string; convert it with networkx.relabel_nodes(graph, str)"
        )
    given = graph.nodes[name]
    role = given.get("role", "")
    if role not in tuple(Role):
        raise _unknown(f"role of {name!r}:", str(role), Role)
    labels = given.get("mechanism", ""), given.get("label", "")
    return Node(name, Role(role), tuple(graph.pred[name]), *labels)
