"""The perturbation check: a gradient must not change with inputs that the trace did not see it read.

Torch's modes intercept only operators in one thread. What a rule does elsewhere, for example in memory shared
with another library, may be missed. This check finds such dependences from the numbers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from repro.causal.auditing.changed_run import quietly
from repro.causal.auditing.dependence import DependenceGraph
from repro.causal.auditing.rule_run import copied, trace_rule
from repro.causal.auditing.tolerances import largest
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from repro.causal.auditing.rule_run import AuditTarget, TracedRun
    from repro.causal.auditing.tolerances import GradientTensors

_STEP = {True: 1e-4, False: 1e-2}
"""Size of a change in double and in single precision: this much, plus this fraction of the value."""
_NOISE = 1e3
"""Changes up to this many times the rounding error of the largest number are ignored."""

Elements = frozenset[tuple[object, ...]]
"""Elements of inputs, as (input, element) numbers."""


def perturbation_check(
    target: AuditTarget, run: TracedRun, graph: DependenceGraph
) -> tuple[str, ...]:
    """List the mechanisms whose gradients change with inputs that the graph says they don't read.

    If a gradient reads other inputs after the change, a selection has picked another element. That is not
    an error.

    Args:
        target: the rule.
        run: its traced run.
        graph: of that run.
    """
    reads = _reads(graph)
    missed = []
    for name in graph.names:
        changed = _changed(target, run.plain, name, reads[name])
        if changed is not None and _reads_of(changed, run, name) in {reads[name], None}:
            missed.append(name)
    return tuple(missed)


def _reads(graph: DependenceGraph) -> dict[str, Elements]:
    """Get the elements of inputs that each gradient depends on."""
    e = graph.expressions
    return {
        name: frozenset(e.extra[i] for i in graph.roots(name) if e.op[i] == "input")
        for name in graph.names
    }


def _reads_of(target: AuditTarget, run: TracedRun, name: str) -> Elements | None:
    """Get what a gradient reads with other inputs; None if the rule cannot be traced with them."""
    try:
        again = trace_rule(target, strict=run.trace.strict)
    except AuditError:
        return None
    graph = DependenceGraph(again.trace.expressions, again.gradients, again.observed)
    return _reads(graph)[name]


def _changed(
    target: AuditTarget, before: GradientTensors, name: str, reads: Elements
) -> AuditTarget | None:
    """Change inputs that a gradient does not read; return the new target if the gradient changes."""
    inputs = target.copies()
    size = 0.0
    found = False
    for number, tensor in enumerate(inputs.values()):
        if not tensor.is_floating_point():
            continue
        flat = tensor.detach().view(-1)
        size = max(size, largest(flat))
        unread = [i for i in range(len(flat)) if (number, i) not in reads]
        if unread:
            found = True
            # By different amounts, so that their effects don't cancel.
            wave = 1 + 0.5 * torch.arange(len(unread)).sin().to(flat.dtype)
            flat[unread] += _STEP[target.double] * wave * (1 + flat[unread].abs())
    if not found:
        return None
    try:
        with quietly():
            after = target.run({key: copied(x) for key, x in inputs.items()})
        differ = _differ(before[name], after[name], size)
        return replace(target, inputs=inputs) if differ else None
    except AuditError:
        return None


def _differ(before: Sequence[Tensor], after: Sequence[Tensor], size: float) -> bool:
    """Return whether numbers differ by more than rounding."""
    if [x.shape for x in before] != [x.shape for x in after]:
        return True
    for x, y in zip(before, after, strict=True):
        noise = _NOISE * torch.finfo(x.dtype).eps * max(size, largest(x), largest(y))
        if ((x - y).detach().abs() > noise).any():
            return True
    return False
