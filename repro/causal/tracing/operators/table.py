"""Which operator does what to nodes: the one place that decides it.

An operator is first taken apart into simpler ones where that is known to be the same
(`decompositions`); else it moves elements about (`routing`), selects or sums them (`reductions`), or
computes each element by itself (`arithmetic`). Of any other it is said that every output depends on
every input, and the verdict names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from repro.causal.symbolic.expressions import APPROXIMATED, CONSTANT
from repro.causal.tracing.operators import (
    decompositions,
    elementwise,
    indexing,
    order_statistics,
    reductions,
)
from repro.causal.tracing.shadow_memory import constants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from repro.causal.tracing.operator_call import Call
    from repro.causal.tracing.trace import Trace


def decomposition(call: Call) -> Callable[..., Any] | None:
    """Find simpler operators that do the same, to be run in this one's place."""
    own = decompositions.OWN.get(call.name)
    if own is not None:
        return own if not call.mutated else decompositions.into(own, call.mutated[0])
    if call.name.startswith("_foreach_"):
        return decompositions.one_by_one(call.name, in_place=bool(call.mutated))
    known = call.name in HANDLED or call.is_pointwise
    if known or call.is_view or not call.tensors:
        return None
    return decompositions.of_torch(call.func)


def follow(trace: Trace, call: Call, before: Before) -> list[Tensor]:
    """Say what nodes an operator's outputs have."""
    nodes = Nodes(trace, call, before)
    # What may share memory with its input and does not is a copy.
    handle = indexing.move if call.is_view else HANDLED.get(call.name)
    if handle is None and call.is_pointwise:
        backward = call.name.endswith("_backward")
        handle = elementwise.backward if backward else elementwise.pointwise
    if handle is not None:
        try:
            made = handle(nodes)
        except Exception:  # noqa: BLE001 - a form of the operator that its handler does not know
            made = []
        if len(made) == len(call.outputs):
            return made
    return _unknown(nodes)


Before = dict[int, "tuple[Tensor, Tensor]"]
"""Nodes and numbers of the tensors that an operator overwrites, as they were, by the tensor's id()."""


class Nodes:
    """What handlers work with: a call that has run, and what its arguments were before it ran.

    Attributes:
        trace: the trace.
        expressions: its nodes.
        call: the call.
        given: its arguments by name, but those that only take results.
    """

    def __init__(self, trace: Trace, call: Call, before: Before) -> None:
        """Collect them."""
        self.trace, self.call, self._before = trace, call, before
        self.expressions = trace.expressions
        self.given = {name: x for name, x in call.bound.items() if name not in call.results}

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.call.outputs[0]

    def of(self, tensor: Tensor) -> Tensor:
        """Get the nodes of a tensor argument's elements."""
        known = self._before.get(id(tensor))
        return self.trace.ids(tensor) if known is None else known[0]

    def value(self, tensor: Tensor) -> Tensor:
        """Get the numbers of a tensor argument."""
        known = self._before.get(id(tensor))
        return tensor.detach() if known is None else known[1]

    def column(self, value: Tensor | float, shape: torch.Size) -> list[int]:
        """Get the nodes of an argument, one for each element of `shape`."""
        if isinstance(value, Tensor):
            return self.of(value).expand(shape).flatten().tolist()
        return [self.expressions.constant(value)] * shape.numel()

    def each(self, rule: Callable[..., int], columns: Iterable[list[int]]) -> Tensor:
        """Apply a rule to each row of nodes; what is made of constants alone is its number."""
        e, values, made = self.expressions, _Numbers(self.output), []
        for place, row in enumerate(zip(*columns, strict=True)):
            constant = all(e.base[i] == CONSTANT for i in row)
            made.append(e.constant(values[place]) if constant else rule(e, *row))
        return self.made(made)

    def node(self, op: str, arguments: tuple[int, ...], value: float, *settings: object) -> int:
        """Get an operator's node; its number where all arguments are constants."""
        e = self.expressions
        if all(e.base[i] == CONSTANT for i in arguments):
            return e.constant(value)
        return e.apply(op, arguments, *settings)

    def made(self, nodes: list[int]) -> Tensor:
        """Lay out nodes as the first output."""
        return torch.tensor(nodes, dtype=torch.int64).view(self.output.shape)

    def routed(self, nodes: Tensor) -> Tensor:
        """Note that a selection has returned these elements."""
        if not self.trace.strict:
            is_constant = self.expressions.is_constant
            self.trace.selected.update(i for i in nodes.flatten().tolist() if not is_constant(i))
        return nodes

    def constants(self, tensor: Tensor) -> Tensor:
        """Get the elements of a tensor as constants."""
        return constants(self.expressions, tensor)


class _Numbers:
    """Numbers of a tensor, read when the first is asked for."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor
        self._read: list[float] | None = None

    def __getitem__(self, place: int) -> float:
        if self._read is None:
            self._read = self._tensor.detach().to(torch.float64).flatten().tolist()
        return self._read[place]


def _unknown(nodes: Nodes) -> list[Tensor]:
    """Let every output depend on every input; the same operator on the same inputs is one."""
    call, e = nodes.call, nodes.expressions
    nodes.trace.approximated[call.name] = None
    said: list[object] = []
    found: dict[int, None] = {}
    for name, argument in nodes.given.items():
        for leaf in tree_leaves(argument):
            if isinstance(leaf, Tensor):
                ids = nodes.of(leaf).flatten().tolist()
                found.update(dict.fromkeys(ids))
                said.append((name, tuple(leaf.shape), tuple(ids)))
            else:
                said.append((name, str(leaf)))
    parents = tuple(i for i in sorted(found) if not e.is_constant(i))
    calls = nodes.trace.approximated_calls
    number = calls.setdefault((call.name, *said), len(calls))
    made = []
    for which, tensor in enumerate(call.outputs):
        ids = [
            e.apply(APPROXIMATED + call.name, parents, number, which, place)
            for place in range(tensor.numel())
        ]
        made.append(torch.tensor(ids, dtype=torch.int64).view(tensor.shape))
    return made


HANDLED: dict[str, Callable[[Nodes], list[Tensor]]] = {
    **indexing.HANDLED,
    **reductions.HANDLED,
    **order_statistics.HANDLED,
    **elementwise.HANDLED,
}
