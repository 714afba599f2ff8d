"""The intervention check: change one hidden variable while the rule runs, and see which gradients change.

The inputs and the values that the execution computed are held fixed. The graph predicts which gradients may
change; if another gradient changes, the trace missed something. The changes are measured without the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.auditing.changed_run import quietly
from repro.causal.auditing.findings import Intervention
from repro.causal.tracing.dispatch_modes import intercept

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repro.causal.auditing.dependence import DependenceGraph
    from repro.causal.auditing.rule_run import AuditTarget, TracedRun
    from repro.causal.auditing.tolerances import GradientTensors
    from repro.causal.symbolic.naming import Naming
    from repro.causal.tracing.locations import Location
    from repro.causal.tracing.operator_call import OperatorCall

_CHANGE = 1e-2
"""Size of a change: this much, plus this fraction of the value."""


def intervention_check(
    target: AuditTarget, run: TracedRun, graph: DependenceGraph, naming: Naming
) -> tuple[Intervention, ...]:
    """Change each hidden variable that the running code computes, one at a time.

    Variables inside a fused operator are skipped, because no operator returns them.

    Args:
        target: the rule.
        run: its traced run.
        graph: of the code as written.
        naming: of the graph's nodes.
    """
    locations = {
        node: [location for location in found if location[0] > run.start]
        for node, found in run.trace.locations.items()
    }
    pinned = [x for node in run.observed for x in locations.get(node, ())]
    unchanged = _Replay({}, read=pinned)
    before = target.run(target.copies(), intercept(unchanged.run))
    fixed = unchanged.values
    hidden = {name: graph.hidden(name) for name in graph.names}
    made = []
    for node in sorted(set().union(*hidden.values()), key=naming.order):
        changed = locations.get(node)
        if not changed:
            continue
        replay = _Replay({**fixed, **dict.fromkeys(changed)})
        with quietly():
            after = target.run(target.copies(), intercept(replay.run))
        made.append(
            Intervention(
                variable=naming.expression(node),
                predicted=tuple(name for name in graph.names if node in hidden[name]),
                moved=tuple(name for name in graph.names if _differ(before, after, name)),
            )
        )
    return tuple(made)


def _differ(before: GradientTensors, after: GradientTensors, name: str) -> bool:
    """Return whether a gradient changed at all; equal operations give equal bits."""
    pairs = zip(before[name], after[name], strict=True)
    return any(not torch.equal(x.detach(), y.detach()) for x, y in pairs)


class _Replay:
    """Runs operators as a trace does, and changes some of the values that they compute.

    Attributes:
        values: the numbers at the locations in `read`.

    Args:
        change: the new value at each location; None for a slightly different value.
        read: locations to read.
    """

    def __init__(
        self, change: Mapping[Location, float | None], read: Iterable[Location] = ()
    ) -> None:
        self._change: dict[int, list[tuple[Location, float | None]]] = {}
        for location, value in change.items():
            self._change.setdefault(location[0], []).append((location, value))
        self._read: dict[int, list[Location]] = {}
        for location in read:
            self._read.setdefault(location[0], []).append(location)
        self.values: dict[Location, float] = {}
        self._step = 0

    def run(self, call: OperatorCall) -> object:
        """Run an operator and change its results."""
        result = call.func(*call.args, **call.kwargs)
        self._step += 1
        change, read = self._change.get(self._step, ()), self._read.get(self._step, ())
        if change or read:
            outputs = call.finished(result)
            for location in read:
                self.values[location] = float(_element(outputs, location))
            for location, value in change:
                _set(_element(outputs, location), value)
        return result


def _element(outputs: Sequence[Tensor], location: Location) -> Tensor:
    """Get a view of one element of an operator's outputs, which are numbered in row-major order."""
    tensor = outputs[location[1]].detach()
    return tensor[torch.unravel_index(torch.tensor(location[2]), tensor.shape)]


def _set(cell: Tensor, value: float | None) -> None:
    if value is not None:
        cell.fill_(value)
    elif cell.dtype is torch.bool:
        cell.logical_not_()
    elif cell.is_floating_point():
        number = float(cell)
        cell.fill_(number + _CHANGE * (1 + abs(number)))
