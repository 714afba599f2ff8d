"""The evidence that an audit has: its graphs, and the names of their nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repro.causal.auditing.evidence import HiddenVariable
from repro.causal.auditing.separating_sets import separating_set
from repro.causal.symbolic.naming import INFORMATIVE

if TYPE_CHECKING:
    from collections.abc import Hashable

    from repro.causal.auditing.dependence import DependenceGraph
    from repro.causal.symbolic.naming import Naming

_MOST_ELEMENTS = 8
_MOST_TERMS = 12
_LONGEST = 200
"""Characters of a gradient that is written as an expression."""
_LONGEST_VARIABLE = 120
_CUT = "…"
"""In place of what an expression leaves out."""


@dataclass(frozen=True)
class TracedEvidence:
    """Answers from the graphs of one audit; see `repro.causal.auditing.evidence.Evidence`.

    Attributes:
        coded: the graph of the code as written.
        coded_naming: of its nodes.
        flat: the flattened graph, in which sums are shared.
        flat_naming: of its nodes.
        shown: whether the verdict's witnesses are in the flattened graph.
    """

    coded: DependenceGraph
    coded_naming: Naming
    flat: DependenceGraph
    flat_naming: Naming
    shown: bool
    _separating: dict[tuple[str, str], tuple[HiddenVariable, ...] | None] = field(
        default_factory=dict, repr=False
    )

    def formula(self, mechanism: str) -> str | None:
        """Write a gradient, each element as an expression of the inputs; None if it is long."""
        ids = self.flat.ids[mechanism]
        if len(ids) > _MOST_ELEMENTS:
            return None
        naming = self.flat_naming.writing(_MOST_TERMS)
        written: list[str] = []
        for i in ids:
            text = naming.expression(i)
            written.append(_without_brackets(text))
            if _CUT in text or sum(map(len, written)) > _LONGEST:
                return None
        return ", ".join(written) or "0"

    def digest(self, mechanism: str) -> Hashable:
        """Get a digest of each element's expression, in the flattened graph."""
        return tuple(map(self.flat_naming.order.of_id, self.flat.ids[mechanism]))

    def path(self, mechanism: str, element: str) -> tuple[str, ...]:
        """Name the variables on a shortest path; the first of them is also written as an expression."""
        graph, naming = self.coded, self.coded_naming
        order = naming.order
        after: dict[int, int] = {}
        queue = sorted(graph.ends(mechanism), key=order)
        known = set(queue)
        for i in queue:
            if i in graph.given and naming.expression(i) == element:
                return self._path_from(i, after)
            for parent in sorted(graph.parents[i], key=order):
                if parent not in known:
                    known.add(parent)
                    after[parent] = i
                    queue.append(parent)
        return ()

    def _path_from(self, start: int, after: dict[int, int]) -> tuple[str, ...]:
        naming = self.coded_naming
        names: list[str] = []
        i = start
        while (i := after.get(i, -1)) >= 0:
            name = naming.name(i)
            if not names:
                names.append(f"{name} {naming.short(i, _LONGEST_VARIABLE)}")
            elif name != names[-1]:
                names.append(name)
        return tuple(names)

    def separating_set(self, first: str, second: str) -> tuple[HiddenVariable, ...] | None:
        """Find the fewest shared hidden variables that would separate two gradients if they were inputs."""
        pair = first, second
        if pair not in self._separating:
            graph = self.flat if self.shown else self.coded
            naming = self.flat_naming if self.shown else self.coded_naming
            found = separating_set(graph, first, second, lambda i: _obscurity(naming.name(i)))
            self._separating[pair] = (
                None
                if found is None
                else tuple(
                    HiddenVariable(naming.name(i), naming.short(i, _LONGEST_VARIABLE))
                    for i in sorted(found, key=naming.order)
                )
            )
        return self._separating[pair]


def _obscurity(name: str) -> int:
    """Rate how little a name says: a log-sum-exp says more than a sum, and this more than a product."""
    return 0 if name in INFORMATIVE[:-1] else 1 if name in INFORMATIVE else 2


def _without_brackets(text: str) -> str:
    """Remove a bracket around the whole of an expression."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]
