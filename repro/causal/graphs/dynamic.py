"""Dynamic systems: chains of causal graphs, each made from the one before by an outer process.

The outer process may be a person who replaces programs by hand, or credit assignment together with
an update rule (talk:111-131, 140-150).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro.causal.graphs.graph import Graph, GraphError, Node, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True)
class DynamicGraph:
    """A Markov chain over graphs: what each slice holds is made from the slice before alone.

    Attributes:
        slices: the static graphs in order, at least one.
    """

    slices: tuple[Graph, ...]

    def __post_init__(self) -> None:
        """Refuse a chain of nothing."""
        object.__setattr__(self, "slices", tuple(self.slices))
        if not self.slices:
            raise GraphError("given no slices; a chain starts with one graph at least")

    @staticmethod
    def run(start: Graph, process: Callable[[Graph], Graph], steps: int) -> DynamicGraph:
        """Let an outer process make `steps` graphs, each from the one before.

        Args:
            start: the first slice.
            process: the outer process; it is handed a slice and returns the next.
            steps: how many times, 0 or more.

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
        """Name, for each step, the nodes whose mechanism was replaced, in topological order.

        A node that only one of the two slices has is not among them.
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
        """Draw the chain as one graph (talk:120).

        Node v of slice i is named `at(v, i)`. Within a slice edges are as they were. Between slices
        edges lead to functions only: function f of slice i + 1 is made from its own version in
        slice i and from all that the outer process reads of slice i to make it. Data are computed
        afresh in each slice; what is carried over from slice to slice is carried by functions.

        With the default, functions of slice i + 1 have all of slice i as common causes: given the
        whole slice they are d-separated, and not without it (talk:121-124). A slice may hold hidden
        nodes and gradients as well; then `reads={f: [gradient of f], ...}` says that an update acts
        on each function by itself (talk:147-150).

        Args:
            reads: for each function the nodes of the slice before that it is made from, besides its
                own version there; a function that is left out is made from its own version alone.
                None: every function is made from all nodes.

        Raises:
            GraphError: no slice has such a function, or the slice before has no such node; or no
                slice has any function, so that nothing would be carried over.
        """
        functions = {name for graph in self.slices for name in graph.of(Role.FUNCTION)}
        if not functions:
            raise GraphError(
                "no node is a function; Graph.with_mechanisms draws the programs as some"
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
    """Name the node of an unrolled chain that stands for `name` of slice `step`, from 0."""
    return f"{name}^{step}"
