"""Pictures of an audit's verdict: the graph with what gradients share, and what each gradient reads.

The verdict's package does not draw, and this one does not audit: a verdict is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.graphs.graph import Role
from repro.causal.graphs.reachability import reachable
from repro.figures.causal import causal_graph
from repro.figures.reads import reads_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.causal import Graph, Verdict
    from repro.figures.picture import Picture

MOST_ROWS = 60
"""If inputs have more parts that differ in who reads them, each input is one row, shaded by the share that is read."""
_MOST_SLICES = 3
_MOST_LISTED = 12
"""Gradients in the alt text."""


def audit_graph(verdict: Verdict, *, what: str = "the rule", name: str = "audit") -> Picture:
    """Draw a verdict's graph: what gradients share is filled, and the paths of its first witness are coloured.

    Args:
        verdict: of `repro.audit` or `repro.audit_module`.
        what: was audited, for the title.
        name: file name without extension, see `save`.
    """
    drawn = len(verdict.graph.of(Role.HIDDEN))
    title = f"{what}: {verdict.answer}"
    if drawn < verdict.hidden:
        title += f". Of {verdict.hidden} hidden variables it shows {drawn}; arrows lead through the others"
    return causal_graph(
        verdict.graph,
        name=name,
        title=title,
        paths=verdict.witnesses[0].paths if verdict.witnesses else (),
        shared=_shared(verdict.graph),
        alt=f"Flattened causal graph of {what}, which is {verdict.answer}",
    )


def audit_reads(verdict: Verdict, *, what: str = "the rule", name: str = "audit") -> Picture:
    """Draw what each gradient reads: a row for each part of an input that the same gradients read.

    Args:
        verdict: of `repro.audit` or `repro.audit_module`.
        what: was audited, for the title.
        name: file name without extension, see `save`.

    Raises:
        UserError: there is no input of floating-point numbers.
    """
    # A verdict is given, so torch, which the audit needs, is loaded.
    from repro.causal.auditing.reads import by_readers, every_element  # noqa: PLC0415

    known = {**verdict.shapes, **verdict.outside_shapes}
    shapes = {one: known[one] for one in verdict.conditioned if one in known}
    gradients = list(verdict.reads)
    parts = by_readers(verdict.reads, shapes)
    rows = {_part(*part[:2]): [float(one in part[2]) for one in gradients] for part in parts}
    if len(rows) > MOST_ROWS:
        each = {one: set(every_element(one, shapes)) for one in shapes}
        rows = {
            one: [len(found & verdict.reads[gradient]) / len(found) for gradient in gradients]
            for one, found in each.items()
            if found
        }
    listed = [
        f"{one} reads {', '.join(found[:_MOST_SLICES]) or 'nothing'}"
        + _more(len(found) - _MOST_SLICES)
        for one, found in list(verdict.read_slices.items())[:_MOST_LISTED]
    ]
    words = "; ".join(listed) + _more(len(gradients) - _MOST_LISTED)
    title = f"{what}: what each gradient reads"
    if verdict.unseen:
        title += " at least; " + ("some" if len(verdict.unseen) < len(gradients) else "all")
        title += " may read more than could be traced"
    return reads_matrix(rows, gradients, name=name, title=title, alt=f"{title}. {words}.")


def _shared(graph: Graph) -> set[str]:
    """Find the hidden variables that lead to two gradients, through hidden variables."""
    children: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for name, node in graph.nodes.items():
        for parent in node.parents:
            children[parent].append(name)
    hidden, gradients = set(graph.of(Role.HIDDEN)), set(graph.of(Role.GRADIENT))

    def following(name: str) -> list[str]:
        return children[name] if name in hidden else []

    return {one for one in hidden if len(reachable([one], following) & gradients) > 1}


def _part(of: str, slices: Sequence[str]) -> str:
    """Write slices of one input in short, such as "bids[0, :], [2, :]"; a name is written once."""
    first, *others = slices[:_MOST_SLICES]
    short = [one.removeprefix(of) for one in others]
    return ", ".join([first, *short]) + _more(len(slices) - _MOST_SLICES)


def _more(many: int) -> str:
    return f" … and {many} more" if many > 0 else ""
