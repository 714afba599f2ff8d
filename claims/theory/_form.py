"""The form that the talk gives to the flattened graph of a learner, checked and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal import Graph, Node, Role
from repro.causal.auditing.readable_graph import end_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

DATA, EXECUTED = "data", "forward pass"


def faults(
    graph: Graph,
    functions: Collection[str],
    data: Collection[str],
    learners: Mapping[str, Collection[str]],
) -> list[str]:
    """Say what a flattened graph has that the talk's form has not (talk:167-174).

    Its roots are elements of functions and of data, and functions are nothing but roots. What is
    hidden is made of something, and some gradient is made of it. There is one gradient for each
    learner, and nothing is made of it; every function belongs to a learner.

    Args:
        graph: flattened.
        functions: names of the tensors that learn.
        data: names of the tensors of data.
        learners: whose gradients there should be, and the functions of each.
    """
    found = []
    upstream = graph.ancestors(graph.of(Role.GRADIENT))
    for name, node in graph.nodes.items():
        if not node.parents:
            wanted = functions if node.role is Role.FUNCTION else data
            if node.role not in {Role.FUNCTION, Role.DATA} or tensor_of(name) not in wanted:
                found.append(f"{name} comes from nowhere")
        elif node.role is Role.FUNCTION:
            found.append(f"function {name} is made by credit assignment")
        if node.role is Role.HIDDEN and name not in upstream:
            found.append(f"{name} leads to no gradient")
        if node.role is Role.GRADIENT and graph.children[name]:
            found.append(f"{name} feeds back")
    given, wanted_ends = set(graph.of(Role.GRADIENT)), set(map(end_name, learners))
    found += [f"{name} is missing" for name in sorted(wanted_ends - given)]
    found += [f"{name} belongs to nobody" for name in sorted(given - wanted_ends)]
    found += [
        f"there is no root of the kind {role}"
        for role in (Role.FUNCTION, Role.DATA)
        if not any(not graph.nodes[name].parents for name in graph.of(role))
    ]
    owned = {function for names in learners.values() for function in names}
    found += [f"{name} gets no gradient" for name in functions if name not in owned]
    return found


def tensor_of(name: str) -> str:
    """Get the name of the tensor from that of its element, as "reward" from "reward[0, 2]"."""
    return name.split("[", maxsplit=1)[0]


def bundled(graph: Graph) -> Graph:
    """Draw a flattened graph as the talk does, with a node for each function and each gradient.

    All data are one node, and so is all that the forward pass has made and credit assignment was
    given. What is hidden on the way there is absorbed into the edges (talk:206-207). What credit
    assignment makes is bundled by the gradients that it leads to.
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
        return EXECUTED if node.parents else DATA
    if node.role is Role.GRADIENT:
        return name
    below = graph.descendants(name)
    ends = [end.removeprefix(end_name("")) for end in graph.of(Role.GRADIENT) if end in below]
    return f"hidden of {', '.join(sorted(ends))}"


def reads(learners: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Name, for each function, the gradients that an update acts on it by."""
    found: dict[str, list[str]] = {}
    for who, functions in learners.items():
        for function in functions:
            found.setdefault(function, []).append(end_name(who))
    return found
