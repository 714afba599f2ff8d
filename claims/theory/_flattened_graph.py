"""The form that the talk gives to a learner's flattened graph: check it, and bundle it for a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal import Graph, Node, Role
from repro.causal.auditing.readable_graph import gradient_node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

DATA, FORWARD_PASS = "data", "forward pass"


def violations(
    graph: Graph,
    functions: Collection[str],
    data: Collection[str],
    learners: Mapping[str, Collection[str]],
) -> list[str]:
    """Return how a flattened graph violates the talk's form (talk:167-174); empty if it does not.

    The roots are elements of functions and of data, and functions are always roots. Each hidden node
    has a parent and leads to a gradient. There is one gradient for each learner, without children, and
    every function belongs to a learner.

    Args:
        graph: flattened.
        functions: names of the tensors that learn.
        data: names of the tensors of data.
        learners: names that get a gradient, with the functions of each.
    """
    found = []
    upstream = graph.ancestors(graph.of(Role.GRADIENT))
    for name, node in graph.nodes.items():
        if not node.parents:
            wanted = functions if node.role is Role.FUNCTION else data
            if node.role not in {Role.FUNCTION, Role.DATA} or tensor_of(name) not in wanted:
                found.append(f"{name} is not an input")
        elif node.role is Role.FUNCTION:
            found.append(f"function {name} is computed by credit assignment")
        if node.role is Role.HIDDEN and name not in upstream:
            found.append(f"{name} leads to no gradient")
        if node.role is Role.GRADIENT and graph.children[name]:
            found.append(f"{name} has children")
    ends, wanted_ends = set(graph.of(Role.GRADIENT)), set(map(gradient_node, learners))
    found += [f"{name} is missing" for name in sorted(wanted_ends - ends)]
    found += [f"{name} belongs to no learner" for name in sorted(ends - wanted_ends)]
    found += [
        f"there is no root with the role {role}"
        for role in (Role.FUNCTION, Role.DATA)
        if not any(not graph.nodes[name].parents for name in graph.of(role))
    ]
    owned = {function for names in learners.values() for function in names}
    found += [f"{name} gets no gradient" for name in functions if name not in owned]
    return found


def tensor_of(name: str) -> str:
    """Return the name of an element's tensor, "reward" for "reward[0, 2]"."""
    return name.split("[", maxsplit=1)[0]


def bundled(graph: Graph) -> Graph:
    """Return a flattened graph as the talk draws it, with one node per function and per gradient.

    All data become one node, and all results of the forward pass that credit assignment is given
    become another. Hidden nodes of the forward pass are absorbed into the edges (talk:206-207). Hidden
    nodes of credit assignment are grouped by the gradients that they lead to.
    """
    forward = graph.ancestors([n for n in graph.of(Role.DATA) if graph.nodes[n].parents])
    bundle = {name: _bundle(graph, name) for name in graph.nodes}
    parents: dict[str, dict[str, None]] = {}
    role: dict[str, Role] = {}
    above: dict[str, dict[str, None]] = {}
    for name, node in graph.nodes.items():
        read = {b: None for parent in node.parents for b in above[parent]}
        absorbed = node.role is Role.HIDDEN and name in forward
        above[name] = read if absorbed else {bundle[name]: None}
        if not absorbed:
            parents.setdefault(bundle[name], {}).update(read)
            role[bundle[name]] = node.role
    return Graph(
        Node(name, role[name], tuple(p for p in read if p != name))
        for name, read in parents.items()
    )


def _bundle(graph: Graph, name: str) -> str:
    node = graph.nodes[name]
    if node.role is Role.FUNCTION:
        return tensor_of(name)
    if node.role is Role.DATA:
        return FORWARD_PASS if node.parents else DATA
    if node.role is Role.GRADIENT:
        return name
    below = graph.descendants(name)
    ends = [end.removeprefix(gradient_node("")) for end in graph.of(Role.GRADIENT) if end in below]
    return f"hidden of {', '.join(sorted(ends))}"


def gradients_of_functions(learners: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Map each function to the gradients by which an update changes it."""
    found: dict[str, list[str]] = {}
    for who, functions in learners.items():
        for function in functions:
            found.setdefault(function, []).append(gradient_node(who))
    return found
