"""What a trace could not follow, and the pairs of gradients that may share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.auditing.departure_check import departure_check, literal_check
from repro.causal.auditing.perturbation_check import perturbation_check

if TYPE_CHECKING:
    from repro.causal.auditing.dependence import DependenceGraph
    from repro.causal.auditing.rule_run import AuditTarget, TracedRun
    from repro.causal.auditing.verdict import Pair


def blind_spots(
    target: AuditTarget, run: TracedRun, flat: DependenceGraph, coded: DependenceGraph
) -> tuple[tuple[str, ...], set[Pair], set[str]]:
    """Find what the trace could not follow, and the pairs that therefore cannot be called modular.

    Args:
        target: the rule.
        run: its traced run.
        flat: the flattened graph.
        coded: the graph of the code as written.

    Returns:
        Sentences that say what was not followed, the pairs, and the gradients that may read more than was
        seen.
    """
    literals = literal_check(target, run)
    if run.trace.limits or literals:
        sentences = [*run.trace.limits, *literals, *run.trace.departures.values()]
        return tuple(dict.fromkeys(sentences)), set(flat.pairs()), set(flat.names)
    limits: list[str] = []
    blind: set[Pair] = set()
    departed: set[str] = set()
    for departure, names in departure_check(target, run).items():
        departed |= names
        blind.update(pair for pair in flat.pairs() if names.intersection(pair))
        limits.append(run.trace.departures[departure])
    limits = list(dict.fromkeys(limits))
    op = flat.expressions.op
    roots = {name: flat.roots(name) for name in flat.names}
    outside = {name: {i for i in roots[name] if op[i] == "outside"} for name in flat.names}
    unseen = set(departed)
    approximated = {name: flat.roots_of_approximated(name) for name in flat.names}
    for first, second in flat.pairs():
        if outside[first] & outside[second]:
            blind.add((first, second))
            limits.append(
                f"the gradients of {first} and {second} both depend on a tensor that is not an input, and "
                "how it was computed is unknown; pass it in as an input"
            )
        if approximated[first] & roots[second] or approximated[second] & roots[first]:
            blind.add((first, second))
            limits.append(
                f"the gradients of {first} and {second} depend on common inputs, at least one of them "
                f"through operators that are not traced inside: {', '.join(sorted(run.trace.approximated))}"
            )
    for name in set(perturbation_check(target, run, coded)) - departed:
        unseen.add(name)
        blind.update(pair for pair in flat.pairs() if name in pair)
        limits.append(
            f"the gradient of {name} changes with inputs that the trace did not see it read; use only "
            "torch operators, in one thread"
        )
    return tuple(limits), blind, unseen
