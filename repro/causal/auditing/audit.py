"""Is a credit-assignment rule modular? The verdict comes from tracing the code that runs.

Theorem T2 of the talk (talk:182): gradients are independent if and only if they are d-separated by the
inputs of credit assignment. The rule runs once under a trace; its element-level graph is brought into
canonical form; and d-separation decides for each pair of mechanisms. It is asked of three graphs: with
sums flattened, so that only what no way of adding up removes is shared; with every sum shared that can
be; and of the code as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repro.causal.auditing.dependence import DependenceGraph
from repro.causal.auditing.intervention_check import intervention_check
from repro.causal.auditing.perturbation_check import perturbation_check
from repro.causal.auditing.readable_graph import full_graph, readable_graph
from repro.causal.auditing.rule_run import AuditTarget, Gradients, TracedRun, trace_rule
from repro.causal.auditing.shared_parameters import shared_parameters
from repro.causal.auditing.verdict import Answer, Verdict
from repro.causal.auditing.witnesses import find_witnesses
from repro.causal.symbolic.flatten_sums import FlattenedSums, shared
from repro.causal.symbolic.naming import Naming
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from torch import Tensor

    from repro.causal.auditing.verdict import Pair
    from repro.causal.graphs.graph import Graph

SELECTIONS = ("route", "strict")
ROUNDING = {True: 1e-12, False: 1e-6}
"""What is left of a sum that vanishes, in parts of its terms: in double precision, and in single."""
CONTRADICTED = (
    "a hidden variable moves a gradient that the graph holds still: the trace missed something"
)
_WORST_FIRST = (
    Answer.NOT_MODULAR,
    Answer.UNDETERMINED,
    Answer.IMPLEMENTATION_DEPENDENT,
    Answer.MODULAR,
)


def audit(
    rule: Callable[..., Gradients],
    inputs: Mapping[str, Tensor],
    *,
    mechanisms: Mapping[str, Any] | None = None,
    update: Callable[[Gradients], Gradients] | None = None,
    execution: Callable[..., Any] | None = None,
    selection: str = "route",
    verify: bool = False,
) -> Verdict:
    """Decide whether a rule gives independent gradients on inputs of this shape.

    Args:
        rule: credit assignment, rule(**inputs) -> {mechanism: gradient}. Autograd may be used freely:
            an input that requires a gradient still does. It must draw no random numbers.
        inputs: tensors of any shapes. Floating-point ones are conditioned on, element by element;
            integers and truth values are context, for which the verdict holds.
        mechanisms: parameters of each mechanism (a tensor, a nest of them, or a module), to check
            that no two share one.
        update: what the update rule makes of all gradients, {mechanism: gradient} -> {mechanism:
            step}; it then counts as part of credit assignment, and the verdict is about the steps.
        execution: called with the inputs before the rule; tensors that it returns, in any nest, are
            observed too, as bids are that the forward pass computes from parameters.
        selection: "route" takes a maximum, a k-th largest or an argmax for the element that it
            returns; "strict" makes it a hidden variable.
        verify: change each hidden variable in turn while the rule runs again, and compare the
            gradients that move with those that the graph lets move.

    Returns:
        The verdict. It is "undetermined" where the trace could not follow and gradients might meet.

    Raises:
        AuditError: the inputs are no tensors; the rule fails, draws random numbers, gives something
            other than gradients by name, or other gradients when it runs again; a mechanism is
            missing; `selection` is unknown.
    """
    if selection not in SELECTIONS:
        raise AuditError(f"selection: given {selection!r}; expected {' or '.join(SELECTIONS)}")
    target = AuditTarget(rule, inputs, update, execution)
    run = trace_rule(target, strict=selection == "strict")
    coded = DependenceGraph(run.trace.expressions, run.gradients, run.observed)
    flat = _flattened(run, ROUNDING[target.double])
    tied = () if mechanisms is None else _tied(mechanisms, coded.names)
    label = _labels(inputs)
    naming = Naming(coded.expressions, label)
    interventions = intervention_check(target, run, coded, naming) if verify else ()
    limits, blind = _blind_spots(target, run, flat, coded)
    if any(one.violates for one in interventions):
        limits += (CONTRADICTED,)
        blind.update(flat.pairs())
    joined_as_coded = coded.connected()
    joined = flat.connected()
    certain = flat.connected(believing=False) if run.trace.approximated else joined
    _share_sums(flat, joined)
    joined_at_most = flat.connected()
    answers = {}
    for pair in flat.pairs():
        if pair in certain or pair in tied:
            answers[pair] = Answer.NOT_MODULAR
        elif pair in joined or pair in blind:
            answers[pair] = Answer.UNDETERMINED
        elif pair in joined_at_most or pair in joined_as_coded:
            answers[pair] = Answer.IMPLEMENTATION_DEPENDENT
        else:
            answers[pair] = Answer.MODULAR
    if joined_as_coded and not joined_at_most:
        shown, names, pairs = coded, naming, joined_as_coded
    else:
        shown, names, pairs = flat, Naming(flat.expressions, label), joined_at_most
    graph, witnesses = readable_graph(
        shown, names, find_witnesses(shown, names, pairs), tuple(inputs)
    )
    return Verdict(
        answer=min(answers.values(), key=_WORST_FIRST.index),
        pairs=answers,
        witnesses=witnesses,
        joined_as_coded=frozenset(joined_as_coded),
        joined_at_most=frozenset(joined_at_most),
        conditioned=tuple(name for name, x in inputs.items() if x.is_floating_point()),
        context=tuple(name for name, x in inputs.items() if not x.is_floating_point()),
        zero=tuple(name for name, ids in run.gradients.items() if not any(ids)),
        reads={
            name: frozenset(naming.expression(i) for i in coded.roots(name)) for name in coded.names
        },
        selection=selection,
        graph=graph,
        approximated=tuple(sorted(run.trace.approximated)),
        limits=limits,
        factorised=None if mechanisms is None else not tied,
        shared_parameters=tied,
        interventions=interventions,
        hidden=len(coded.parents) - len(coded.given),
    )


def flattened_graph(
    rule: Callable[..., Gradients],
    inputs: Mapping[str, Tensor],
    *,
    functions: Iterable[str] = (),
    update: Callable[[Gradients], Gradients] | None = None,
    execution: Callable[..., Any] | None = None,
) -> Graph:
    """Trace a rule, and give the whole graph of the code as it stands (talk:167-168).

    Args:
        rule: see `audit`.
        inputs: see `audit`.
        functions: names of the inputs that are mechanisms; the others are data.
        update: see `audit`.
        execution: see `audit`; what it observes is data.

    Raises:
        AuditError: see `audit`.
    """
    run = trace_rule(AuditTarget(rule, inputs, update, execution), strict=False)
    graph = DependenceGraph(run.trace.expressions, run.gradients, run.observed)
    return full_graph(
        graph, Naming(graph.expressions, _labels(inputs)), frozenset(functions), tuple(inputs)
    )


def _flattened(run: TracedRun, rounding: float) -> DependenceGraph:
    """Flatten sums of sums and products of products."""
    wanted = [*run.observed, *(i for ids in run.gradients.values() for i in ids)]
    flat = FlattenedSums(run.trace.expressions, wanted, run.observed, rounding)
    gradients = {name: [flat.id(i) for i in ids] for name, ids in run.gradients.items()}
    return DependenceGraph(flat.expressions, gradients, flat.observed)


def _share_sums(flat: DependenceGraph, joined: Collection[Pair]) -> None:
    """Let pairs of gradients that share nothing yet share every sum that they can."""
    hidden = {name: sorted(flat.hidden(name)) for name in flat.names}
    for first, second in flat.pairs():
        if (first, second) not in joined:
            common = shared(flat.expressions, hidden[first], hidden[second])
            if common is not None:
                part, owners = common
                for owner in owners:
                    flat.factor_out(owner, part)


def _tied(mechanisms: Mapping[str, Any], names: Iterable[str]) -> tuple[Pair, ...]:
    """Find mechanisms that share parameters."""
    mechanisms = {str(name): parameters for name, parameters in mechanisms.items()}
    missing = [name for name in names if name not in mechanisms]
    if missing:
        raise AuditError(
            f"mechanisms: no parameters of {', '.join(missing)}; given {', '.join(mechanisms)}; expected "
            "those of every mechanism that the rule gives a gradient of"
        )
    return shared_parameters({name: mechanisms[name] for name in names})


def _blind_spots(
    target: AuditTarget, run: TracedRun, flat: DependenceGraph, coded: DependenceGraph
) -> tuple[tuple[str, ...], set[Pair]]:
    """Say what the trace could not follow, and for which pairs it therefore cannot say "modular"."""
    if run.trace.limits:
        return tuple(run.trace.limits), set(flat.pairs())
    limits: list[str] = []
    blind: set[Pair] = set()
    op = flat.expressions.op
    roots = {name: flat.roots(name) for name in flat.names}
    outside = {name: {i for i in roots[name] if op[i] == "outside"} for name in flat.names}
    unclear = {name: flat.roots_of_approximated(name) for name in flat.names}
    for first, second in flat.pairs():
        if outside[first] & outside[second]:
            blind.add((first, second))
            limits.append(
                f"the gradients of {first} and {second} both depend on a tensor that is no input, and how "
                "it was computed is unseen; pass it in as an input"
            )
        if unclear[first] & roots[second] or unclear[second] & roots[first]:
            blind.add((first, second))
            limits.append(
                f"the gradients of {first} and {second} depend on inputs in common, one of them through "
                f"operators whose inside is unseen: {', '.join(sorted(run.trace.approximated))}"
            )
    for name in perturbation_check(target, run, coded):
        blind.update(pair for pair in flat.pairs() if name in pair)
        limits.append(
            f"the gradient of {name} moves with inputs that the trace did not see it read; keep to "
            "torch operators, in one thread"
        )
    return tuple(limits), blind


def _labels(inputs: Mapping[str, Tensor]) -> Callable[[int, int], str]:
    """Name elements of inputs as people write them: bids[0, 2]."""
    names, shapes = list(inputs), [tuple(x.shape) for x in inputs.values()]

    def label(place: int, element: int) -> str:
        index: list[str] = []
        for size in reversed(shapes[place]):
            index.insert(0, str(element % size))
            element //= size
        return f"{names[place]}[{', '.join(index)}]" if index else names[place]

    return label
