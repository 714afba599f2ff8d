"""Is a credit-assignment rule modular? The verdict is computed from a trace of the running code.

Theorem T2 of the talk (talk:182): gradients are independent if and only if the inputs of credit assignment
d-separate them. The rule runs once under a trace, and d-separation decides for each pair of mechanisms, on
three canonical graphs of the trace: one with flattened sums, which keeps only what every implementation
shares; one in which every sum that can be shared is shared; and one of the code as written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repro.causal.auditing.blind_spots import blind_spots
from repro.causal.auditing.dependence import DependenceGraph
from repro.causal.auditing.findings import Answer
from repro.causal.auditing.input_facts import context, input_labels, truths
from repro.causal.auditing.intervention_check import intervention_check
from repro.causal.auditing.labels import Labels
from repro.causal.auditing.made_check import made_check
from repro.causal.auditing.numpy_rule import numpy_inputs, numpy_target
from repro.causal.auditing.progress import Progress
from repro.causal.auditing.readable_graph import full_graph, readable_graph
from repro.causal.auditing.rule_graphs import flattened, naming_of, outside_tensors
from repro.causal.auditing.rule_run import AuditTarget, Gradients, trace_rule
from repro.causal.auditing.shared_parameters import sharing_gradients
from repro.causal.auditing.steps import steps_of
from repro.causal.auditing.tolerances import ratio_tolerance
from repro.causal.auditing.traced_evidence import TracedEvidence
from repro.causal.auditing.verdict import Verdict
from repro.causal.auditing.witnesses import find_witnesses
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from torch import Tensor

    from repro.causal.graphs.graph import Graph

SELECTIONS = ("route", "strict")
PER = ("mechanism", "step")
ROUNDING = {True: 1e-12, False: 1e-6}
"""By whether all inputs are doubles: size of rounding errors in a sum, relative to its terms."""
CONTRADICTED = "a hidden variable changes a gradient that the graph says it cannot change: the trace missed something"
ASSUMED_INDICES = (
    "elements were written at computed indices or masks, and which others they could have pointed to is not "
    "known; write with torch.where, or along a dimension with one row for each mechanism"
)
_WORST_FIRST = (
    Answer.NOT_MODULAR,
    Answer.UNDETERMINED,
    Answer.IMPLEMENTATION_DEPENDENT,
    Answer.MODULAR,
)


def audit(
    rule: Callable[..., Gradients],
    inputs: Mapping[str, Tensor | np.ndarray],
    *,
    mechanisms: Mapping[str, Any] | None = None,
    update: Callable[[Gradients], Gradients] | None = None,
    execution: Callable[..., Any] | None = None,
    selection: str = "route",
    per: str = "mechanism",
    verify: bool = False,
    numpy: bool = False,
) -> Verdict:
    """Decide whether a rule gives independent gradients on inputs of these shapes.

    >>> import torch
    >>> from repro.causal import audit
    >>> inputs = {
    ...     "bids": torch.tensor([0.1, 0.7], requires_grad=True),
    ...     "reward": torch.tensor(0.5),
    ... }
    >>> def policy_gradient(bids, reward):
    ...     (gradient,) = torch.autograd.grad(-reward * bids.log_softmax(0)[0], bids)
    ...     return {"left": gradient[0], "right": gradient[1]}
    >>> verdict = audit(policy_gradient, inputs)
    >>> print(verdict.answer)
    not modular
    >>> print(verdict.witnesses[0].expression)
    log(exp(bids[0]) + exp(bids[1]))

    Without the softmax, the gradients share no hidden variable:

    >>> def errors(bids, reward):
    ...     return {"left": bids[0] - reward, "right": bids[1] - reward}
    >>> print(audit(errors, inputs).answer)
    modular

    Args:
        rule: credit assignment, rule(**inputs) -> {mechanism: gradient}. It may use autograd:
            its arguments are copies that keep `requires_grad`. It must not draw random numbers.
        inputs: tensors of any shapes. Floating-point tensors are conditioned on, element by element.
            Booleans are fixed context, and so are integers unless a gradient is calculated with them, as with
            rewards that are whole numbers; those are conditioned on too.
        mechanisms: parameters of each mechanism (a tensor, nested tensors, or a module), to check that
            no two mechanisms share any.
        update: the update rule, {mechanism: gradient} -> {mechanism: step}, which is then part of credit
            assignment; the verdict is about the steps.
        execution: called with the inputs before the rule; the tensors that it returns, in any nested
            structure, are conditioned on too, such as bids computed from parameters.
        selection: how to treat a maximum, a k-th largest element or an argmax. "route": as the selected
            element. "strict": as a hidden variable.
        per: "mechanism": all of a mechanism's gradient together. "step": every step of every mechanism by
            itself, named such as "left[2]", where the first axis of a gradient is time.
        verify: whether to change each hidden variable while the rule runs again, and to compare the
            gradients that change with those that the graph allows to change.
        numpy: whether the rule, the update and the execution take and return NumPy arrays. While they run,
            names of NumPy in their modules mean torch's NumPy front end, which can be traced; the gradients must
            be those of NumPy. Inputs can then be arrays, too.

    Returns:
        The verdict; "undetermined" if the trace could not follow something that gradients may share.

    Raises:
        AuditError: the inputs are not tensors; the rule fails, draws random numbers, does not return
            gradients by name, or returns other gradients when it runs again; the audit would need more
            memory than is available; a mechanism is missing; `selection` or `per` is unknown; gradients
            cannot be split into steps.
    """
    if per not in PER:
        raise AuditError(f"per: given {per!r}; expected {' or '.join(PER)}")
    given: Any = inputs
    if numpy and isinstance(inputs, Mapping):
        given = numpy_inputs(inputs)
    target = AuditTarget(rule, given, update, execution, per_step=per == "step")
    if numpy:
        target = numpy_target(target)
    return audit_target(target, mechanisms=mechanisms, selection=selection, verify=verify)


def audit_target(
    target: AuditTarget,
    *,
    mechanisms: Mapping[str, Any] | None,
    selection: str,
    verify: bool,
) -> Verdict:
    """Audit a rule; see `audit`."""
    if selection not in SELECTIONS:
        raise AuditError(f"selection: given {selection!r}; expected {' or '.join(SELECTIONS)}")
    progress = Progress(target)
    target = replace(target, made=made_check(target))
    run = trace_rule(target, strict=selection == "strict")
    numbers = len(run.trace.expressions)
    progress.say(f"traced {numbers:,} numbers; flattening sums", numbers)
    coded = DependenceGraph(run.trace.expressions, run.gradients, run.observed)
    flat, origin = flattened(run, ROUNDING[target.double])
    steps = steps_of(coded.names) if target.per_step else {}
    sharing = () if mechanisms is None else sharing_gradients(mechanisms, coded.names, steps)
    labels = Labels(target.inputs, run.trace, target.named)
    naming = naming_of(coded, labels, {})
    progress.say("sums are flattened; checking what the trace could not see")
    interventions = intervention_check(target, run, coded, naming) if verify else ()
    limits, blind, unseen = blind_spots(target, run, flat, coded, labels)
    if any(one.violates for one in interventions):
        limits += (CONTRADICTED,)
        blind.update(flat.pairs())
        unseen.update(flat.names)
    progress.say("checked; testing which gradients are separated")
    joined_as_coded = coded.connected()
    joined = flat.connected()
    certain = joined if flat.is_certain else flat.connected(with_approximated=False)
    if joined - certain - blind:
        limits += (ASSUMED_INDICES,)
    flat.share_sums(joined, ratio_tolerance(run.trace.precision))
    joined_at_most = flat.connected()
    fixed = context(target, coded)
    calculated = tuple(name for name in target.inputs if name not in fixed)
    answers = {}
    for pair in flat.pairs():
        if pair in certain or pair in sharing:
            answers[pair] = Answer.NOT_MODULAR
        elif pair in joined or pair in blind:
            answers[pair] = Answer.UNDETERMINED
        elif pair in joined_at_most or pair in joined_as_coded:
            answers[pair] = Answer.IMPLEMENTATION_DEPENDENT
        else:
            answers[pair] = Answer.MODULAR
    flat_naming = naming_of(flat, labels, origin)
    in_flat = bool(joined_at_most or not joined_as_coded)
    shown, names, pairs = (
        (flat, flat_naming, joined_at_most) if in_flat else (coded, naming, joined_as_coded)
    )
    progress.say("naming what gradients share")
    label = input_labels(target.inputs)
    outside = outside_tensors(coded, labels)
    made = run.trace.untracked
    computed = outside_tensors(coded, labels, made.computed)
    witnesses = find_witnesses(shown, names, pairs)
    graph, named_witnesses = readable_graph(
        shown, names, witnesses, tuple(target.inputs), labels.tensor_of
    )
    return Verdict(
        answer=min(answers.values(), key=_WORST_FIRST.index),
        pairs=answers,
        witnesses=named_witnesses,
        joined_as_coded=frozenset(joined_as_coded),
        joined_at_most=frozenset(joined_at_most),
        conditioned=(*calculated, *(x for x in outside if x not in computed)),
        context=fixed,
        zero=tuple(name for name, ids in run.gradients.items() if not any(ids)),
        reads={
            name: frozenset(naming.expression(i) for i in coded.roots(name)) for name in coded.names
        },
        selection=selection,
        graph=graph,
        approximated=tuple(sorted(run.trace.approximated)),
        limits=limits,
        factorised=None if mechanisms is None else not sharing,
        shared_parameters=sharing,
        interventions=interventions,
        hidden=coded.size - len(coded.given),
        shapes=dict(zip(label.names, label.shapes, strict=True)),
        outside_shapes={name: labels.shapes[name] for name in outside if name in labels.shapes},
        steps=steps,
        truths=truths(target.inputs),
        integers=tuple(name for name in calculated if not target.inputs[name].is_floating_point()),
        integer_factors=label.of(run.trace.integer_inputs(run.trace.context.factors)),
        integers_to_python=label.of(run.trace.integers_to_python),
        unseen=frozenset(unseen),
        unproven=(*outside_tensors(coded, labels, made.unknown), *target.made.unproven),
        evidence=TracedEvidence(coded, naming, flat, flat_naming, in_flat),
    )


def flattened_graph(
    rule: Callable[..., Gradients],
    inputs: Mapping[str, Tensor],
    *,
    functions: Iterable[str] = (),
    update: Callable[[Gradients], Gradients] | None = None,
    execution: Callable[..., Any] | None = None,
) -> Graph:
    """Trace a rule and get the flattened graph of the code as written (talk:167-168).

    Args:
        rule: see `audit`.
        inputs: see `audit`.
        functions: names of the inputs that are functions; the others are data.
        update: see `audit`.
        execution: see `audit`; what it observes is data.

    Raises:
        AuditError: see `audit`.
    """
    target = AuditTarget(rule, inputs, update, execution)
    run = trace_rule(target, strict=False)
    graph = DependenceGraph(run.trace.expressions, run.gradients, run.observed)
    return full_graph(
        graph,
        naming_of(graph, Labels(inputs, run.trace, target.named), {}),
        frozenset(functions),
        tuple(inputs),
    )
