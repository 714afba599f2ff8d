"""What a trace could not follow, and the pairs of gradients that may share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.auditing.departure_check import departure_check
from repro.causal.auditing.outside_check import literal_check, outside_is_fixed
from repro.causal.auditing.perturbation_check import perturbation_check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.causal.auditing.dependence import DependenceGraph
    from repro.causal.auditing.findings import Pair
    from repro.causal.auditing.labels import Labels
    from repro.causal.auditing.rule_run import AuditTarget, TracedRun

_MOST = 6
"""How many tensors a sentence lists."""


def blind_spots(
    target: AuditTarget,
    run: TracedRun,
    flat: DependenceGraph,
    coded: DependenceGraph,
    labels: Labels,
) -> tuple[tuple[str, ...], set[Pair], set[str]]:
    """Find what the trace could not follow, and the pairs that therefore cannot be called modular.

    Args:
        target: the rule.
        run: its traced run.
        flat: the flattened graph.
        coded: the graph of the code as written.
        labels: names of tensors.

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
        limits.append(f"{run.trace.departures[departure]} ({_changing(names, flat.names)} with it)")
    limits = list(dict.fromkeys(limits))
    for tensor, pairs in _untracked(target, flat, labels).items():
        blind |= pairs
        names = set().union(*pairs)
        limits.append(
            f"the gradients of {_listed(x for x in flat.names if x in names)} depend on a tensor that is not an "
            f"input, {tensor}, and how it was computed is unknown; pass it in as an input"
        )
    roots = {name: flat.roots(name) for name in flat.names}
    unseen = set(departed)
    made, users = _made(target, run, flat, labels)
    unseen |= users.keys()
    together = {
        pair for pair in flat.pairs() if users.keys() >= {*pair} and users[pair[0]] & users[pair[1]]
    }
    if together:
        limits.append(made)
        blind |= together
    approximated = {name: flat.roots_of_approximated(name) for name in flat.names}
    for first, second in flat.pairs():
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


def outside_numbers(graph: DependenceGraph, name: str) -> set[int]:
    """Find the numbers of elements of tensors that are no inputs, on which a gradient depends."""
    e = graph.expressions
    return {int(str(e.extra[i][0])) for i in graph.roots(name) if e.op[i] == "outside"}


def _untracked(target: AuditTarget, flat: DependenceGraph, labels: Labels) -> dict[str, set[Pair]]:
    """Find the tensors from outside that are no data, by name, and the pairs that share a number of it.

    Parameters of modules are functions, which are conditioned on (talk:167-168), unless they change with
    the inputs; so are all tensors from outside if the target says so.
    """
    numbers = {name: outside_numbers(flat, name) for name in flat.names}
    shared: dict[int, set[Pair]] = {}
    for first, second in flat.pairs():
        for number in numbers[first] & numbers[second]:
            shared.setdefault(number, set()).add((first, second))
    if not shared:
        return {}
    fixed = outside_is_fixed(target)
    found: dict[str, set[Pair]] = {}
    for number, pairs in sorted(shared.items()):
        given = target.outside_is_given or labels.is_function(number)
        if not (fixed and given):
            found.setdefault(labels.tensor_of(number), set()).update(pairs)
    return found


def _made(
    target: AuditTarget, run: TracedRun, flat: DependenceGraph, labels: Labels
) -> tuple[str, dict[str, frozenset[int]]]:
    """Find the gradients that read numbers which the step computes outside of torch; say where.

    Returns:
        A sentence, and for each of these gradients the data that the numbers were computed from.
    """
    computed = run.trace.untracked.computed
    users: dict[str, frozenset[int]] = {}
    places: dict[str, None] = {}
    for name in flat.names:
        numbers = sorted(outside_numbers(flat, name) & computed.keys())
        factors = target.made.factors.get(name, [])
        places |= dict.fromkeys(map(labels.tensor_of, numbers))
        places |= dict.fromkeys(f"a number ({x.line})" for x in factors)
        if numbers or factors:
            users[name] = frozenset().union(
                *(computed[k] for k in numbers), *(x.sources for x in factors)
            )
    if not users:
        return "", users
    more = f" and {len(places) - _MOST} more" if len(places) > _MOST else ""
    many = len(users) > 1
    sentence = (
        f"the gradient{'s' * many} of {_listed(users)} read{'s' * (not many)} numbers that the step computes outside "
        f"of torch, with NumPy or Python: {', '.join([*places][:_MOST])}{more}; compute them with torch (let the data "
        "be tensors), or before the step and pass them in as its batch; what NumPy does can be audited as a rule of its "
        "own (numpy=True)"
    )
    return sentence, users


def _changing(names: set[str], order: Iterable[str]) -> str:
    listed = [x for x in order if x in names]
    many = len(listed) > 1
    return f"the gradient{'s' * many} of {_listed(listed)} change{'s' * (not many)}"


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
