"""From the graph of every number to a graph that people can read.

The readable graph keeps the inputs, the witnesses, the main steps on paths from them to the gradients, the
errors and sums that belong to a single gradient, and one node for each gradient. All other nodes are absorbed
into the edges, as in the talk (talk:206).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.auditing.findings import Witness
from repro.causal.graphs.graph import Graph, Node, Role
from repro.causal.graphs.reachability import reachable
from repro.causal.symbolic.naming import INFORMATIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from repro.causal.auditing.dependence import DependenceGraph
    from repro.causal.auditing.witnesses import SharedVariable
    from repro.causal.symbolic.naming import Naming

_MILESTONES = frozenset(INFORMATIVE) - {"sum"} | {"softmax probability"}
"""Nodes with these names are kept if they are on a path from a witness to a gradient."""
_MOST_HIDDEN = 40
_MOST_INPUTS = 24
_LONGEST_NAME = 48
_LONGEST_EXPRESSION = 160


def readable_graph(
    graph: DependenceGraph,
    naming: Naming,
    found: Sequence[SharedVariable],
    input_names: Sequence[str],
    tensor_of: Callable[[int], str],
) -> tuple[Graph, tuple[Witness, ...]]:
    """Make the readable graph, and the witnesses with the node names that it uses.

    Args:
        graph: the graph of every number.
        naming: of its nodes.
        found: the shared hidden variables.
        input_names: of the rule's inputs; if there are many elements, each tensor is one node.
        tensor_of: returns the name of the tensor of a number that is no input.
    """
    grouped = sum(not graph.parents[i] for i in graph.given) > _MOST_INPUTS
    kept = _kept(graph, naming, found, grouped=grouped)
    names = _names(graph, naming, kept, input_names, tensor_of if grouped else None)
    above = {i: _nearest(graph, naming, graph.parents[i], kept) for i in kept}
    nodes: dict[str, Node] = {}
    for name in graph.names:
        parents = _nearest(graph, naming, graph.ends(name), kept)
        nodes[gradient_node(name)] = Node(
            gradient_node(name),
            Role.GRADIENT,
            _unique(names[i] for i in parents),
            label=gradient_node(name),
        )
        above[-1 - len(nodes)] = parents
    for i in sorted(kept, key=naming.order):
        role = Role.DATA if i in graph.given else Role.HIDDEN
        nodes[names[i]] = Node(
            names[i], role, _unique(names[p] for p in above[i]), label=naming.name(i)
        )
    for i in sorted({p for ps in above.values() for p in ps} - kept, key=naming.order):
        nodes[names[i]] = Node(names[i], Role.DATA)
    # Many pairs can share one variable.
    written = {
        i: naming.short(i, _LONGEST_EXPRESSION) for i in dict.fromkeys(x.node for x in found)
    }
    return Graph(nodes.values()), tuple(_witness(one, written, names, kept) for one in found)


def full_graph(
    graph: DependenceGraph, naming: Naming, functions: frozenset[str], input_names: Sequence[str]
) -> Graph:
    """Make the graph of every node that a gradient depends on, with unique names."""
    e = graph.expressions
    upstream = graph.upstream(i for name in graph.names for i in graph.ends(name))
    names = _names(graph, naming, upstream - graph.given, input_names, None)
    nodes = []
    for i in sorted(upstream, key=naming.order):
        parents = graph.parents[i]
        role = Role.DATA if i in graph.given else Role.HIDDEN
        if e.op[i] == "input" and input_names[int(str(e.extra[i][0]))] in functions:
            role = Role.FUNCTION
        nodes.append(Node(names[i], role, _unique(names[p] for p in parents), label=naming.name(i)))
    nodes += [
        Node(gradient_node(name), Role.GRADIENT, _unique(names[i] for i in graph.ends(name)))
        for name in graph.names
    ]
    return Graph(nodes)


def gradient_node(name: str) -> str:
    """Get the name of the node of a mechanism's gradient."""
    return f"gradient of {name}"


def _kept(
    graph: DependenceGraph, naming: Naming, found: Sequence[SharedVariable], *, grouped: bool
) -> set[int]:
    """Choose the nodes to keep, in addition to inputs and gradients; with `grouped`, no private sums."""
    kept = {one.node for one in found}
    on_paths = {i for one in found for path in one.paths for i in path} - kept
    private = {i for name in graph.names for i in graph.ends(name)} - graph.given - kept
    for more in (
        {i for i in on_paths if naming.name(i) in _MILESTONES},
        {
            i
            for i in private
            if naming.name(i) in (_MILESTONES if found or grouped else INFORMATIVE)
        },
    ):
        if len(kept | more) <= _MOST_HIDDEN:
            kept |= more
    return kept


def _nearest(
    graph: DependenceGraph, naming: Naming, start: Iterable[int], kept: set[int]
) -> list[int]:
    """Find the nearest kept or conditioned nodes upstream."""

    def is_end(i: int) -> bool:
        return i in kept or i in graph.given

    found = reachable(start, lambda i: () if is_end(i) else graph.parents[i])
    return sorted(filter(is_end, found), key=naming.order)


def _names(
    graph: DependenceGraph,
    naming: Naming,
    kept: set[int],
    input_names: Sequence[str],
    tensor_of: Callable[[int], str] | None,
) -> dict[int, str]:
    """Give every kept node a unique name; with `tensor_of`, roots get the name of their tensor."""
    e = graph.expressions
    names: dict[int, str] = {}
    taken = dict.fromkeys(map(gradient_node, graph.names), 1)
    for i in sorted(kept | graph.given, key=naming.order):
        name = naming.short(i, _LONGEST_NAME)
        if tensor_of is not None and i not in kept and e.op[i] in {"input", "outside"}:
            number = int(str(e.extra[i][0]))
            names[i] = input_names[number] if e.op[i] == "input" else tensor_of(number)
            continue
        if i in kept:
            name = f"{naming.name(i)}: {name}"
        taken[name] = taken.get(name, 0) + 1
        names[i] = name if taken[name] == 1 else f"{name} ({taken[name]})"
    return names


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _witness(
    one: SharedVariable, written: Mapping[int, str], names: Mapping[int, str], kept: set[int]
) -> Witness:
    paths = [
        (*(names[i] for i in path if i in kept), gradient_node(end))
        for path, end in zip(one.paths, one.pair, strict=True)
    ]
    return Witness(one.pair, one.name, written[one.node], (paths[0], paths[1]))
