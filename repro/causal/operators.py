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

from repro.causal import arithmetic, decompositions, reductions, routing
from repro.causal.expression import APPROXIMATED
from repro.causal.shadow import constants

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch._ops import OpOverload

    from repro.causal.trace import Trace


class Call:
    """One operator with its arguments.

    Attributes:
        func: the operator.
        name: its name, without the underscore of in-place forms.
        args: as given.
        kwargs: as given.
        tensors: all tensors among the arguments.
        mutated: those that it writes to.
        is_view: whether its outputs share memory with its inputs.
        outputs: tensors that it returned or wrote to, once it has run.
    """

    def __init__(self, func: OpOverload, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Bind arguments to an operator."""
        self.func, self.args, self.kwargs = func, args, dict(kwargs)
        self.name, self._writes, self.is_view = _form(func)
        self.tensors = [x for x in tree_leaves((args, self.kwargs)) if isinstance(x, Tensor)]
        self.outputs: list[Tensor] = []

    @property
    def mutated(self) -> list[Tensor]:
        """Tensors that it writes to."""
        if not self._writes:
            return []
        bound = self.bound
        return [
            x for name in self._writes for x in tree_leaves(bound[name]) if isinstance(x, Tensor)
        ]

    @property
    def bound(self) -> dict[str, Any]:
        """All arguments by the names of the operator's schema, defaults filled in."""
        given = dict(self.kwargs)
        schema = self.func._schema.arguments  # noqa: SLF001 - torch has no public way to read it
        for place, argument in enumerate(schema):
            if place < len(self.args):
                given[argument.name] = self.args[place]
            else:
                given.setdefault(argument.name, argument.default_value)
        return given


_forms: dict[OpOverload, tuple[str, tuple[str, ...], bool]] = {}


def _form(func: OpOverload) -> tuple[str, tuple[str, ...], bool]:
    """Read from an operator's schema its name, which arguments it writes to, whether it is a view."""
    known = _forms.get(func)
    if known is None:
        schema = func._schema  # noqa: SLF001 - as above
        name = schema.name.partition("::")[2]
        aliases = [(a.name, a.alias_info) for a in schema.arguments if a.alias_info is not None]
        writes = tuple(name for name, alias in aliases if alias.is_write)
        if writes and name.endswith("_"):
            name = name[:-1]
        known = _forms[func] = (name, writes, bool(aliases) and not writes)
    return known


def decomposition(call: Call) -> Callable[..., Any] | None:
    """Find simpler operators that do the same, to be run in this one's place."""
    own = decompositions.OWN.get(call.name)
    if own is not None:
        return own if not call.mutated else decompositions.into(own, call.mutated[0])
    if call.name.startswith("_foreach_"):
        return decompositions.one_by_one(call.name, in_place=bool(call.mutated))
    known = call.name in HANDLED or torch.Tag.pointwise in call.func.tags
    if known or call.is_view or not call.tensors:
        return None
    return decompositions.of_torch(call.func)


def follow(trace: Trace, call: Call, old: Mapping[int, Tensor]) -> list[Tensor]:
    """Say what nodes an operator's outputs have; `old` are those of what it has overwritten."""
    handle = HANDLED.get(call.name)
    if handle is None and torch.Tag.pointwise in call.func.tags:
        handle = arithmetic.pointwise
    nodes = Nodes(trace, call, old)
    if handle is not None:
        try:
            return handle(nodes)
        except Exception:  # noqa: BLE001 - a form of the operator that its handler does not know
            trace.approximated[call.name] = None
    return _unknown(nodes)


class Nodes:
    """What handlers work with: a call that has run, and the nodes of its arguments before it ran.

    Attributes:
        trace: the trace.
        expressions: its nodes.
        call: the call.
        given: its arguments by name.
    """

    def __init__(self, trace: Trace, call: Call, old: Mapping[int, Tensor]) -> None:
        """Collect them."""
        self.trace, self.call, self._old = trace, call, old
        self.expressions = trace.expressions
        self.given = call.bound

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.call.outputs[0]

    def of(self, tensor: Tensor) -> Tensor:
        """Get the nodes of a tensor argument's elements."""
        before = self._old.get(id(tensor))
        return self.trace.ids(tensor) if before is None else before

    def column(self, value: Tensor | float, shape: torch.Size) -> list[int]:
        """Get the nodes of an argument, one for each element of `shape`."""
        if isinstance(value, Tensor):
            return self.of(value).expand(shape).flatten().tolist()
        return [self.expressions.constant(value)] * shape.numel()

    def constants(self, tensor: Tensor) -> Tensor:
        """Get the elements of a tensor as constants."""
        return constants(self.expressions, tensor)


def _unknown(nodes: Nodes) -> list[Tensor]:
    """Let every output depend on every input."""
    call, expressions = nodes.call, nodes.expressions
    nodes.trace.approximated[call.name] = None
    found: dict[int, None] = {}
    for tensor in call.tensors:
        found.update(dict.fromkeys(nodes.of(tensor).flatten().tolist()))
    parents = tuple(i for i in sorted(found) if not expressions.is_constant(i))
    first, made = len(expressions), []
    for which, tensor in enumerate(call.outputs):
        ids = [
            expressions.apply(APPROXIMATED + call.name, parents, first, which, place)
            for place in range(tensor.numel())
        ]
        made.append(torch.tensor(ids, dtype=torch.int64).view(tensor.shape))
    return made


HANDLED: dict[str, Callable[[Nodes], list[Tensor]]] = {
    **routing.HANDLED,
    **reductions.HANDLED,
    **arithmetic.HANDLED,
}
