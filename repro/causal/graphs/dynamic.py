"""Dynamic systems: sequences of causal graphs in which an outer process makes each graph from the one before.

The outer process can be a person who replaces programs, or credit assignment with an update rule
(talk:111-131, 140-150).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro.causal.graphs.graph import Graph, GraphError, Node, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True)
class DynamicGraph:
    """A Markov chain over graphs: each slice depends only on the slice before.

    Attributes:
        slices: the static graphs in order, at least one.

    Raises:
        GraphError: there are no slices.
    """

    slices: tuple[Graph, ...]

    def __post_init__(self) -> None:
        """Check that there is a slice."""
        object.__setattr__(self, "slices", tuple(self.slices))
        if not self.slices:
            raise GraphError("given no slices; expected at least one graph")

    @staticmethod
    def run(start: Graph, process: Callable[[Graph], Graph], steps: int) -> DynamicGraph:
        """Apply an outer process `steps` times.

        Args:
            start: the first slice.
            process: the outer process, which returns the slice after a given one.
            steps: number of steps, 0 or more.

        Raises:
            GraphError: `steps` is negative.
        """
        if steps < 0:
            raise GraphError(f"given {steps} steps; expected 0 or more")
        slices = [start]
        for _ in range(steps):
            slices.append(process(slices[-1]))
        return DynamicGraph(tuple(slices))

    def changed(self) -> tuple[tuple[str, ...], ...]:
        """List, for each step, the nodes whose mechanism was replaced, in topological order.

        Nodes that only one of the two slices has are left out.
        """
        return tuple(
            tuple(
                name
                for name, node in new.nodes.items()
                if name in old.nodes and node.mechanism != old.nodes[name].mechanism
            )
            for old, new in zip(self.slices, self.slices[1:], strict=False)
        )

    def unrolled(self, reads: Mapping[str, Iterable[str]] | None = None) -> Graph:
        """Make one graph of all slices (talk:120).

        Node v of slice i is named `at(v, i)`. Edges within a slice are unchanged. Edges between slices
        lead only to functions: function f of slice i + 1 depends on f in slice i and on the nodes of
        slice i that the outer process reads to make it. Data are computed anew in each slice.

        By default, the functions of slice i + 1 have all nodes of slice i as common causes: they are
        d-separated given the whole slice, and not without it (talk:121-124). If slices contain
        gradients, `reads={f: [gradient of f], ...}` says that each function is updated by its own
        gradient only (talk:147-150).

        Args:
            reads: for each function, the nodes of the slice before that it is made from, in addition to
                its own version there; a function without entry is made from its own version only.
                None: every function is made from all nodes.

        Raises:
            GraphError: `reads` names an unknown function or node, or no slice has a function.
        """
        functions = {name for graph in self.slices for name in graph.of(Role.FUNCTION)}
        if not functions:
            raise GraphError(
                "no node is a function; Graph.with_mechanisms adds the programs as functions"
            )
        if reads is not None and (strange := reads.keys() - functions):
            named = ", ".join(sorted(strange))
            raise GraphError(
                f"reads names {named}; expected functions: {', '.join(sorted(functions))}"
            )
        nodes: list[Node] = []
        for step, graph in enumerate(self.slices):
            before = self.slices[step - 1].nodes if step else {}
            for name, node in graph.nodes.items():
                parents = [at(parent, step) for parent in node.parents]
                if step and node.role == Role.FUNCTION:
                    read = before if reads is None else reads.get(name, ())
                    own = [name] if name in before else []
                    parents += [at(earlier, step - 1) for earlier in (*own, *read)]
                nodes.append(
                    replace(
                        node,
                        name=at(name, step),
                        parents=tuple(parents),
                        label=at(node.label, step),
                    )
                )
        return Graph(nodes)


def at(name: str, step: int) -> str:
    """Get the name that node `name` of slice `step` (from 0) has in the unrolled graph."""
    return f"{name}^{step}"
