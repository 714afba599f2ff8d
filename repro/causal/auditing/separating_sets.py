"""What would have to be given: the fewest shared hidden variables that would separate two gradients.

Two gradients are d-separated by a set of nodes if and only if the set cuts every path between them in the
moral graph of their ancestors and of what is given (Lauritzen et al. 1990). There, a node, its parents and
whoever shares a child with it are joined. So a smallest set is a smallest cut of nodes, found as a
largest flow (Menger 1927; van der Zander and Liśkiewicz 2020). The parents of a node are not
joined pair by pair: all are joined with one extra node, so that the network stays as small as the graph.

Only variables that both gradients depend on may be in the set: "given its own last step" separates any
gradient, and says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.graphs.reachability import reachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from repro.causal.auditing.dependence import DependenceGraph

_SOURCE, _SINK = 0, 1
_COUNT = 1_000
"""Cost of a variable in a set, apart from how little its name says, so that first of all it is small."""
_WITHOUT_LIMIT = 10**12
MOST = 12
"""Variables in a set; of larger ones, nobody learns anything, and finding them takes long."""


def separating_set(
    graph: DependenceGraph, first: str, second: str, obscurity: Callable[[int], int]
) -> tuple[int, ...] | None:
    """Find a smallest set of shared hidden variables that d-separates two gradients, given the inputs too.

    Args:
        graph: the gradients' graph.
        first: name of a gradient.
        second: name of another.
        obscurity: of a base, 0 for a variable with a telling name and more for others; of two sets of equal
            size, the one with the smaller sum is taken.

    Returns:
        Bases, none if the gradients are separated already; None if no set of up to `MOST` variables
        separates them.
    """
    families = _Families(graph, first, second, obscurity)
    reached = families.network.cut()
    if reached is None:
        return None
    return tuple(
        i
        for i, (enters, leaves) in families.places.items()
        if enters in reached and leaves not in reached
    )


class _Families:
    """The moral graph of two gradients' ancestors, as a network.

    Attributes:
        network: what only the first gradient depends on is its source, what only the second does its sink.
        places: of each other base, the nodes at which flow enters and leaves it.

    Args:
        graph: see `separating_set`.
        first: see there.
        second: see there.
        obscurity: see there.
    """

    def __init__(
        self, graph: DependenceGraph, first: str, second: str, obscurity: Callable[[int], int]
    ) -> None:
        self.network = _Network()
        self.places: dict[int, tuple[int, int]] = {}
        self._obscurity = obscurity
        self._hidden = graph.hidden(first), graph.hidden(second)
        self._shared = self._hidden[0] & self._hidden[1]
        observed = [i for i in graph.given if graph.parents[i]]
        causes = reachable(
            [p for i in observed for p in graph.hidden_parents(i)], graph.hidden_parents
        )
        for i in sorted(self._hidden[0] | self._hidden[1] | causes):
            self._join([i, *graph.hidden_parents(i)])
        for i in observed:
            self._join(graph.hidden_parents(i))
        for side, name in ((_SOURCE, first), (_SINK, second)):
            self._join([i for i in graph.ends(name) if i not in graph.given], (side, side))

    def _place(self, i: int) -> tuple[int, int]:
        """Get the nodes at which flow enters and leaves a base."""
        if i not in self._shared:
            for side in (_SOURCE, _SINK):
                if i in self._hidden[side]:
                    return side, side
        if i not in self.places:
            self.places[i] = self.network.node(), self.network.node()
            limit = _COUNT + self._obscurity(i) if i in self._shared else _WITHOUT_LIMIT
            self.network.edge(*self.places[i], limit)
        return self.places[i]

    def _join(self, family: Iterable[int], *others: tuple[int, int]) -> None:
        """Join all members of a family with each other."""
        members = dict.fromkeys([*others, *map(self._place, family)])
        if len(members) > 1:
            middle = self.network.node()
            for enters, leaves in members:
                self.network.edge(leaves, middle, _WITHOUT_LIMIT)
                self.network.edge(middle, enters, _WITHOUT_LIMIT)


class _Network:
    """A network with limits on its edges, in which flow goes from node `_SOURCE` to node `_SINK`."""

    def __init__(self) -> None:
        self._edges: list[list[int]] = [[], []]  # of each node, the numbers of its edges
        self._heads: list[int] = []
        self._left: list[int] = []  # how much more can flow; edge k ^ 1 is edge k backwards

    def node(self) -> int:
        self._edges.append([])
        return len(self._edges) - 1

    def edge(self, tail: int, head: int, limit: int) -> None:
        for start, end, left in ((tail, head, limit), (head, tail, 0)):
            self._edges[start].append(len(self._heads))
            self._heads.append(end)
            self._left.append(left)

    def cut(self) -> set[int] | None:
        """Find a largest flow; return the nodes before the cut that is nearest to the source, if it is small."""
        room = (MOST + 1) * _COUNT
        while True:
            came = self._search()
            if _SINK not in came:
                return set(came)
            path, node = [], _SINK
            while node != _SOURCE:
                path.append(came[node])
                node = self._heads[came[node] ^ 1]
            most = min(self._left[k] for k in path)
            room -= most
            if room <= 0:
                return None
            for k in path:
                self._left[k] -= most
                self._left[k ^ 1] += most

    def _search(self) -> dict[int, int]:
        """Find by which edge each node is reached on a shortest way."""
        came = {_SOURCE: -1}
        queue = [_SOURCE]
        for node in queue:
            for k in self._edges[node]:
                head = self._heads[k]
                if self._left[k] > 0 and head not in came:
                    came[head] = k
                    queue.append(head)
                    if head == _SINK:
                        return came
        return came
