"""The cross-check: change one hidden variable while the real rule runs, and see what moves.

Inputs, and what the execution has computed, stay as they are. The graph says which gradients may move;
a gradient that moves and should not would mean that the trace has missed something. It rests on no
notion of complexity, and on no graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.auditing.verdict import Intervention
from repro.causal.tracing.dispatch_modes import intercept

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repro.causal.auditing.dependence import DependenceGraph
    from repro.causal.auditing.rule_run import AuditTarget, GradientTensors, TracedRun
    from repro.causal.symbolic.naming import Naming
    from repro.causal.tracing.operator_call import OperatorCall
    from repro.causal.tracing.trace import Location

_CHANGE = 1e-2
"""By how much a value is changed, in parts of itself and as such."""


def intervention_check(
    target: AuditTarget, traced: TracedRun, graph: DependenceGraph, naming: Naming
) -> tuple[Intervention, ...]:
    """Change every hidden variable that running code makes, one at a time.

    A variable inside a fused operator is made by no code of its own and is left out.

    Args:
        target: the rule.
        traced: its run under a trace.
        graph: of the code as it stands.
        naming: what its nodes are called.
    """
    places = {
        node: [place for place in found if place[0] > traced.start]
        for node, found in traced.trace.locations.items()
    }
    pinned = [place for node in traced.observed for place in places.get(node, ())]
    still = _Replay({}, read=pinned)
    before = target.run(target.copies(), intercept(still.run))
    fixed = {place: still.seen[place] for place in pinned if place in still.seen}
    hidden = {name: graph.hidden(name) for name in graph.names}
    made = []
    for node in sorted(set().union(*hidden.values()), key=naming.order):
        there = places.get(node)
        if not there:
            continue
        replay = _Replay({**fixed, **dict.fromkeys(there)})
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
    """Tell whether a gradient has moved at all: the same operations give the same bits."""
    pairs = zip(before[name], after[name], strict=True)
    return any(not torch.equal(x.detach(), y.detach()) for x, y in pairs)


class _Replay:
    """Runs as a trace does, but sets some values: to a number, or (None) to another than they have.

    Attributes:
        seen: values at the places in `read`.
    """

    def __init__(
        self, change: Mapping[Location, float | None], read: Iterable[Location] = ()
    ) -> None:
        self._change: dict[int, list[tuple[Location, float | None]]] = {}
        for place, value in change.items():
            self._change.setdefault(place[0], []).append((place, value))
        self._read: dict[int, list[Location]] = {}
        for place in read:
            self._read.setdefault(place[0], []).append(place)
        self.seen: dict[Location, float] = {}
        self._step = 0

    def run(self, call: OperatorCall) -> object:
        """Run an operator, and change what it has made."""
        result = call.func(*call.args, **call.kwargs)
        self._step += 1
        change, read = self._change.get(self._step, ()), self._read.get(self._step, ())
        if change or read:
            outputs = call.finished(result)
            for place in read:
                self.seen[place] = float(_element(outputs, place))
            for place, value in change:
                _set(_element(outputs, place), value)
        return result


def _element(outputs: Sequence[Tensor], place: Location) -> Tensor:
    """View one element of an operator's outputs, counted along the last dimension first."""
    tensor = outputs[place[1]].detach()
    return tensor[torch.unravel_index(torch.tensor(place[2]), tensor.shape)]


def _set(cell: Tensor, value: float | None) -> None:
    if value is not None:
        cell.fill_(value)
    elif cell.dtype is torch.bool:
        cell.logical_not_()
    elif cell.is_floating_point():
        number = float(cell)
        cell.fill_(number + _CHANGE * (1 + abs(number)))
