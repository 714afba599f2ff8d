"""A safety net under the trace: a gradient must not move with inputs that it was not seen to read.

Modes of torch see one thread, and operators only; what a rule does elsewhere, in memory that it shares
with another library or by constructors that read numbers, might slip through. Then numbers move that
the trace holds still.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from repro.causal.auditing.dependence import DependenceGraph
from repro.causal.auditing.rule_run import copied, largest, trace_rule
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from repro.causal.auditing.rule_run import AuditTarget, GradientTensors, TracedRun

_STEP = {True: 1e-4, False: 1e-2}
"""By how much inputs are changed, in parts of themselves and as such: in double precision, in single."""
_NOISE = 1e3
"""Movements up to so many times the rounding of the largest number around are rounding."""

Elements = frozenset[tuple[object, ...]]
"""Elements of inputs: number of the input, number of the element."""


def perturbation_check(
    target: AuditTarget, run: TracedRun, graph: DependenceGraph
) -> tuple[str, ...]:
    """Name the mechanisms whose gradients move with inputs that they are not known to read.

    Where a gradient reads something else once inputs have moved, a selection has fallen on another
    element, and it is forgiven.

    Args:
        target: the rule.
        run: its run under a trace.
        graph: of that run.
    """
    reads = _reads(graph)
    moved = []
    for name in graph.names:
        other = _moved(target, run.plain, name, reads[name])
        if other is not None and _read_at(other, run, name) in {reads[name], None}:
            moved.append(name)
    return tuple(moved)


def _reads(graph: DependenceGraph) -> dict[str, Elements]:
    """Elements of inputs that each gradient depends on."""
    e = graph.expressions
    return {
        name: frozenset(e.extra[i] for i in graph.roots(name) if e.op[i] == "input")
        for name in graph.names
    }


def _read_at(other: AuditTarget, run: TracedRun, name: str) -> Elements | None:
    """Tell what a gradient reads at other inputs; None where the rule cannot be traced there."""
    try:
        again = trace_rule(other, strict=run.trace.strict)
    except AuditError:
        return None
    graph = DependenceGraph(again.trace.expressions, again.gradients, again.observed)
    return _reads(graph)[name]


def _moved(
    target: AuditTarget, before: GradientTensors, name: str, reads: Elements
) -> AuditTarget | None:
    """Move what a gradient does not read; gets the rule at those inputs if it moves as well."""
    inputs = target.copies()
    size = 0.0
    changed = False
    for place, tensor in enumerate(inputs.values()):
        if not tensor.is_floating_point():
            continue
        flat = tensor.detach().view(-1)
        size = max(size, largest(flat))
        unread = [i for i in range(len(flat)) if (place, i) not in reads]
        if unread:
            changed = True
            # By different amounts, lest what they do cancels.
            wave = 1 + 0.5 * torch.arange(len(unread)).sin().to(flat.dtype)
            flat[unread] += _STEP[target.double] * wave * (1 + flat[unread].abs())
    if not changed:
        return None
    try:
        after = target.run({key: copied(x) for key, x in inputs.items()})
        moves = _differ(before[name], after[name], size)
        return replace(target, inputs=inputs) if moves else None
    except AuditError:
        return None


def _differ(before: Sequence[Tensor], after: Sequence[Tensor], size: float) -> bool:
    """Tell whether numbers differ by more than rounding."""
    if [x.shape for x in before] != [x.shape for x in after]:
        return True
    for x, y in zip(before, after, strict=True):
        noise = _NOISE * torch.finfo(x.dtype).eps * max(size, largest(x), largest(y))
        if ((x - y).detach().abs() > noise).any():
            return True
    return False
