"""Algorithmic causal graphs: what is computed from what, and by which program.

A node v is computed as v = op_v(parents, n_v); n_v is its program, which nobody observes and which
shares nothing with other programs. Replacing one program leaves every other as it was, though the
values of nodes downstream change (talk:94-110). In a flattened graph functions and data are nodes
alike (talk:167-168).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import networkx as nx

from repro.errors import UserError, unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping

N = TypeVar("N", bound="Hashable")
_MOST_NAMES = 8


class GraphError(UserError):
    """A graph contradicts itself, or is asked about nodes that it doesn't have."""


class Role(StrEnum):
    """What a node stands for in a flattened graph (talk:167-168)."""

    FUNCTION = "function"
    DATA = "data"
    HIDDEN = "hidden"
    GRADIENT = "gradient"


@dataclass(frozen=True)
class Node:
    """One node and the program that computes it.

    Attributes:
        name: unique within a graph.
        role: what it stands for.
        parents: names of the nodes that it is computed from, each once.
        mechanism: label of the program; "" for a program of its own, which bears the node's name.
        label: what people see; "" for the name.
    """

    name: str
    role: Role
    parents: tuple[str, ...] = ()
    mechanism: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        """Fill in what the name decides, and count a parent that is read twice once."""
        object.__setattr__(self, "parents", tuple(dict.fromkeys(self.parents)))
        object.__setattr__(self, "mechanism", self.mechanism or self.name)
        object.__setattr__(self, "label", self.label or self.name)


@dataclass(frozen=True, init=False)
class Graph:
    """A directed acyclic graph; nothing in it can be changed, an intervention makes a new one.

    Attributes:
        nodes: every node by name, parents before children.
    """

    nodes: Mapping[str, Node]

    def __init__(self, nodes: Iterable[Node]) -> None:
        """Make the graph of `nodes`, which may come in any order.

        Raises:
            GraphError: two nodes have one name, a parent is no node, or there is a cycle.
        """
        named: dict[str, Node] = {}
        for node in nodes:
            if node.name in named:
                raise GraphError(f"two nodes are named {node.name!r}; give each a name of its own")
            named[node.name] = node
        for node in named.values():
            for parent in node.parents:
                if parent not in named:
                    raise _unknown(f"parent of {node.name!r}:", parent, named)
        order = topological_order({node.name: node.parents for node in named.values()})
        object.__setattr__(self, "nodes", MappingProxyType({name: named[name] for name in order}))

    def __hash__(self) -> int:
        """Agree with equality: the same nodes, in whatever order they were given."""
        return hash(frozenset(self.nodes.values()))

    def __reduce__(self) -> tuple[type[Graph], tuple[tuple[Node, ...]]]:
        """Copy and pickle by making the graph again; a view of a mapping can do neither."""
        return Graph, (tuple(self.nodes.values()),)

    @cached_property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """Parents of every node, in topological order: what d-separation takes."""
        return MappingProxyType({name: node.parents for name, node in self.nodes.items()})

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Children of every node, in topological order."""
        found: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name, node in self.nodes.items():
            for parent in node.parents:
                found[parent].append(name)
        return MappingProxyType({name: tuple(below) for name, below in found.items()})

    def ancestors(self, names: str | Iterable[str]) -> frozenset[str]:
        """Collect the nodes named and everything upstream of them.

        Raises:
            GraphError: a name is unknown.
        """
        return self._reached(names, self.parents)

    def descendants(self, names: str | Iterable[str]) -> frozenset[str]:
        """Collect the nodes named and everything downstream of them.

        Raises:
            GraphError: a name is unknown.
        """
        return self._reached(names, self.children)

    def _reached(
        self, names: str | Iterable[str], step: Mapping[str, tuple[str, ...]]
    ) -> frozenset[str]:
        open_ = [names] if isinstance(names, str) else list(names)
        for name in open_:
            if name not in self.nodes:
                raise _unknown("node", name, self.nodes)
        found = set(open_)
        while open_:
            fresh = set(step[open_.pop()]) - found
            found |= fresh
            open_ += fresh
        return frozenset(found)

    def of(self, role: Role) -> tuple[str, ...]:
        """Names of the nodes of one role, in topological order."""
        return tuple(name for name, node in self.nodes.items() if node.role == role)

    def intervene(
        self, name: str, *, mechanism: str, parents: Iterable[str] | None = None
    ) -> Graph:
        """Replace one node's program; every other node keeps its own (talk:106-110).

        Args:
            name: the node.
            mechanism: label of its new program.
            parents: what the new program reads; None if that is what the old one read.

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
        """Draw each node's program as a root of its own, a function (talk:101).

        The root of v is named `mechanism_root(v)` and bears the label of v's program; v is left to
        run what it holds. Two nodes with one label get two roots: they are instances of a program.

        Raises:
            GraphError: a node has the name of such a root already.
        """
        nodes: list[Node] = []
        for name, node in self.nodes.items():
            root, seen = mechanism_root(name), mechanism_root(node.label)
            nodes.append(Node(root, Role.FUNCTION, mechanism=node.mechanism, label=seen))
            nodes.append(replace(node, parents=(*node.parents, root), mechanism="run"))
        return Graph(nodes)

    def to_networkx(self) -> nx.DiGraph:
        """Copy to networkx, with the attributes "role", "mechanism" and "label", all plain text."""
        made = nx.DiGraph()
        for name, node in self.nodes.items():
            made.add_node(name, role=node.role.value, mechanism=node.mechanism, label=node.label)
            made.add_edges_from((parent, name) for parent in node.parents)
        return made

    @staticmethod
    def from_networkx(graph: nx.DiGraph) -> Graph:
        """Copy from networkx: the inverse of `to_networkx`; only "role" is required of a node.

        Raises:
            GraphError: edges have no direction, a node is no text, a role is missing or unknown, or
                there is a cycle.
        """
        if not graph.is_directed():
            raise GraphError(f"given a {type(graph).__name__}; expected directed edges: a DiGraph")
        return Graph(_from_networkx(name, graph) for name in graph)


def mechanism_root(name: str) -> str:
    """Name the root that `Graph.with_mechanisms` draws for node `name`."""
    return f"n({name})"


def topological_order(parents: Mapping[N, Collection[N]]) -> tuple[N, ...]:
    """Sort nodes so that parents come before children, in linear time.

    Args:
        parents: of every node.

    Raises:
        GraphError: there is a cycle; it is named.
    """
    try:
        return tuple(TopologicalSorter(parents).static_order())
    except CycleError as error:
        cycle = [str(node) for node in error.args[1]]
        if len(cycle) > _MOST_NAMES:
            cycle[_MOST_NAMES - 1 : -1] = ["..."]
        raise GraphError(f"there is a cycle: {' -> '.join(cycle)}; take out one edge") from None


def _unknown(kind: str, given: str, valid: Iterable[str]) -> GraphError:
    return GraphError(str(unknown(kind, given, valid)))


def _from_networkx(name: Any, graph: nx.DiGraph) -> Node:  # noqa: ANN401 - nodes of networkx are anything
    if not isinstance(name, str):
        raise GraphError(
            f"node {name!r} is no text; networkx.relabel_nodes(graph, str) makes it so"
        )
    given = graph.nodes[name]
    role = given.get("role", "")
    if role not in tuple(Role):
        raise _unknown(f"role of {name!r}:", str(role), Role)
    labels = given.get("mechanism", ""), given.get("label", "")
    return Node(name, Role(role), tuple(graph.pred[name]), *labels)
