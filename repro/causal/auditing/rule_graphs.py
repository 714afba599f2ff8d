"""What an audit makes of a trace: the flattened graph, and names and inputs of its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.auditing.blind_spots import outside_numbers
from repro.causal.auditing.dependence import DependenceGraph
from repro.causal.symbolic.flatten_sums import FlattenedSums
from repro.causal.symbolic.naming import Naming

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from repro.causal.auditing.labels import Labels
    from repro.causal.auditing.rule_run import TracedRun


def flattened(run: TracedRun, rounding: float) -> tuple[DependenceGraph, Mapping[int, int]]:
    """Flatten sums of sums and products of products; return their origins, see `FlattenedSums`, too."""
    wanted = [*run.observed, *(i for ids in run.gradients.values() for i in ids)]
    flat = FlattenedSums(run.trace.expressions, wanted, run.observed, rounding)
    gradients = {name: [flat.id(i) for i in ids] for name, ids in run.gradients.items()}
    return DependenceGraph(flat.expressions, gradients, flat.observed), flat.origin


def naming_of(graph: DependenceGraph, labels: Labels, origin: Mapping[int, int]) -> Naming:
    """Name the nodes of a graph.

    Args:
        graph: the graph.
        labels: names of tensors and modules.
        origin: for bases of the graph, the base in the traced code that computes it, if it is another.
    """
    return Naming(
        graph.expressions,
        labels.input,
        outside=labels.outside,
        module=lambda base: labels.module(origin.get(base, base)),
    )


def outside_tensors(
    coded: DependenceGraph, labels: Labels, some: Collection[int] | None = None
) -> tuple[str, ...]:
    """Name the tensors that are no inputs and on which a gradient depends.

    Args:
        coded: the graph of the code as written.
        labels: names of tensors.
        some: numbers of roots, to name only tensors of these; None for all.
    """
    numbers = set().union(*(outside_numbers(coded, name) for name in coded.names))
    wanted = sorted(numbers if some is None else numbers.intersection(some))
    return tuple(dict.fromkeys(map(labels.tensor_of, wanted)))
