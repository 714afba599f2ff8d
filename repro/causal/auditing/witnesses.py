"""The hidden variables that gradients share, and the paths from them to the gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.causal.graphs.reachability import reachable
from repro.causal.symbolic.naming import INFORMATIVE, OUTPUT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from repro.causal.auditing.dependence import DependenceGraph
    from repro.causal.auditing.findings import Pair
    from repro.causal.symbolic.naming import Naming

COMMON_EFFECT = "common effect that is conditioned on"
_MOST = 4
"""How many kinds of hidden variables to list for one pair."""


@dataclass(frozen=True)
class SharedVariable:
    """A shared hidden variable; node and paths are bases, and a path ends at a gradient's element."""

    pair: Pair
    node: int
    name: str
    paths: tuple[tuple[int, ...], tuple[int, ...]]


def find_witnesses(
    graph: DependenceGraph, naming: Naming, joined: Collection[Pair]
) -> tuple[SharedVariable, ...]:
    """Find what the gradients of each pair share: one variable of each kind, the most informative first.

    Which variable represents its kind depends on what it computes, not on the order of the code.
    """
    if not joined:
        return ()
    rank = naming.order.ranks(graph.parents)
    hidden = {name: graph.hidden(name) for name in graph.names}
    steps = {name: _next_nodes(graph, name, hidden[name], rank) for name in graph.names}
    names: dict[int, str] = {}
    found: list[SharedVariable] = []
    for pair in sorted(joined, key=graph.pairs().index):
        first, second = pair
        together = hidden[first] & hidden[second]
        if not together:
            found += _common_effect(graph, pair, hidden, steps, rank)
        best: dict[str, int] = {}
        for node in sorted(together, key=rank.__getitem__):
            name = names.get(node) or names.setdefault(node, naming.name(node))
            best.setdefault(name, node)
        # Of the modules that compute what is shared, the last one comes first.
        outputs = [name for name in reversed(best) if name.startswith(OUTPUT)]
        telling = [name for name in INFORMATIVE if name in best and (name != "sum" or not outputs)]
        kinds = [*telling, *outputs] or list(best)[:1]
        for name in kinds[:_MOST]:
            node = best[name]
            paths = (_path(node, steps[first]), _path(node, steps[second]))
            found.append(SharedVariable(pair, node, name, paths))
    return tuple(found)


NextNodes = dict[int, int | None]
"""For each hidden ancestor of a gradient, the next node on a shortest path to it; None at its end."""


def _next_nodes(
    graph: DependenceGraph, name: str, within: Collection[int], rank: Mapping[int, int]
) -> NextNodes:
    after: NextNodes = dict.fromkeys(
        sorted((i for i in graph.ends(name) if i in within), key=rank.__getitem__)
    )
    queue = list(after)
    for i in queue:
        for parent in sorted(graph.parents[i], key=rank.__getitem__):
            if parent in within and parent not in after:
                after[parent] = i
                queue.append(parent)
    return after


def _path(node: int, steps: NextNodes) -> tuple[int, ...]:
    path = [node]
    while (following := steps[path[-1]]) is not None:
        path.append(following)
    return tuple(path)


def _common_effect(
    graph: DependenceGraph,
    pair: Pair,
    hidden: Mapping[str, set[int]],
    steps: Mapping[str, NextNodes],
    rank: Mapping[int, int],
) -> Iterable[SharedVariable]:
    """Find a conditioned common effect of hidden ancestors of both gradients."""
    first, second = pair
    for effect in sorted((i for i in graph.given if graph.parents[i]), key=rank.__getitem__):
        above = reachable(graph.hidden_parents(effect), graph.hidden_parents)
        causes = [above & hidden[first], above & hidden[second]]
        if all(causes):
            a, b = (min(cause, key=rank.__getitem__) for cause in causes)
            paths = ((effect, *_path(a, steps[first])), (effect, *_path(b, steps[second])))
            yield SharedVariable(pair, effect, COMMON_EFFECT, paths)
            return
