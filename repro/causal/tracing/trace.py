"""The computation graph of running torch code, element by element, including the backward pass.

A graph of tensors would make everything dependent, because one vector of bids joins all mechanisms.
Therefore every element of every tensor has its own node. The tracer intercepts each operator that runs,
in the forward and in the backward pass, and `operators` says what the operator does to the nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

from repro.causal.symbolic.expressions import CONSTANT, DIGITS
from repro.causal.tracing.context import Kind
from repro.causal.tracing.dispatch_modes import intercept
from repro.causal.tracing.escapes import EscapeRecording
from repro.causal.tracing.locations import Location, Locations
from repro.causal.tracing.memory_limit import MemoryLimit
from repro.causal.tracing.operators import registry
from repro.causal.tracing.operators.nodes import Nodes
from repro.causal.tracing.recording import Departure, coarsest
from repro.causal.tracing.source_lines import Source, here
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from repro.causal.tracing.operator_call import OperatorCall

METADATA = frozenset({"_has_same_storage_numel", "is_same_size", "sym_size", "sym_numel"})
"""Operators that return a tensor's shape or layout, not its numbers."""
_HANDLED_SIZES = frozenset({"index", "masked_select"})
"""Operators with outputs of a computed size whose rules, in `indexing`, add the limit."""


def _only_draws(call: OperatorCall) -> bool:
    """Return whether an operator fills memory with random numbers, whatever was there before."""
    if torch.Tag.nondeterministic_seeded not in call.func.tags:
        return False
    filled = set(map(id, call.mutated))
    return bool(filled) and all(id(tensor) in filled for tensor in call.tensors)


class Trace(EscapeRecording):
    """Records the torch operators that run inside a `with` block.

    Attributes:
        step: number of operators that have run.
        sources: for each of them, where it ran.
        departing: number of operators that have returned something else than tensors.

    Args:
        strict: whether a maximum is a hidden variable, not the element that it returns.
        digits: significant digits to which equal coefficients must agree.
        random: whether operators may draw random numbers, which are then roots; the caller seeds them.
        is_agent: see `Recording`.
    """

    def __init__(
        self,
        *,
        strict: bool = False,
        digits: int = DIGITS,
        random: bool = False,
        is_agent: bool = False,
    ) -> None:
        super().__init__(strict=strict, digits=digits, is_agent=is_agent)
        self._random = random
        self._locations = Locations(self.expressions.base)
        self.step = 0
        self.sources: list[Source] = []
        self.departing = 0
        self._modes = intercept(self.record, self.record_escape)
        self._memory = MemoryLimit()

    def __enter__(self) -> Trace:  # noqa: PYI034 - it has no subclasses
        """Start recording."""
        self._modes.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Stop recording, and check that the audit of what was recorded fits into memory."""
        self._modes.__exit__(kind, problem, where)
        if problem is None:
            self._memory.check(len(self.expressions))

    @property
    def locations(self) -> dict[int, list[Location]]:
        """For each base, where the running code computes its value."""
        return self._locations.found

    def add_input(self, tensor: Tensor, number: int) -> None:
        """Make each element of input `number` a root; truth values are constants."""
        if tensor.dtype == torch.bool:
            self.shadow.set_constant(tensor)
            return
        self._memory.check(len(self.expressions), tensor.numel())
        nodes = [self.expressions.root("input", number, i) for i in range(tensor.numel())]
        self.shadow.write(tensor, torch.tensor(nodes, dtype=torch.int64).view(tensor.shape))
        if not tensor.is_floating_point():
            self.context.add_integers(nodes)

    def results(self, tensor: Tensor) -> list[int]:
        """List the nodes of a result's elements; a mask that nothing was multiplied with is constant."""
        ids = self.ids(tensor).flatten().tolist()
        if self.context.has_places:
            numbers = tensor.detach().to(torch.float64).flatten().tolist()
            is_mask, constant = self.context.is_mask, self.expressions.constant
            ids = [constant(x) if is_mask(i) else i for i, x in zip(ids, numbers, strict=True)]
        return ids

    def bases(self, tensors: Sequence[Tensor]) -> list[int]:
        """List the bases of all elements of some tensors, also while recording."""
        with self.pause(), _disable_current_modes():
            ids = [i for x in tensors for i in self.ids(x).flatten().tolist()]
        return [self.expressions.base[i] for i in ids]

    def record(self, call: OperatorCall) -> object:
        """Run an operator and record what it does.

        Raises:
            AuditError: it draws random numbers, computes complex ones, or needs too much memory.
        """
        if torch.Tag.nondeterministic_seeded in call.func.tags and not self._random:
            line = here().line
            what, advice = (
                ("step", "pass seed=0 to audit_module, or define seed = 0 in the file")
                if self._is_agent
                else ("rule", "draw them before and pass them in as an input")
            )
            raise AuditError(
                f"the {what} draws random numbers ({call.name}{', ' * bool(line)}{line}); {advice}"
            )
        with self.pause():
            return self._record(call)

    def _record(self, call: OperatorCall) -> object:
        is_literal = call.name.startswith("lift_fresh")
        for tensor in call.tensors:
            self.register(tensor, literal=is_literal)
            if is_literal:
                self.note_literal(tensor)
        read = [] if _only_draws(call) else call.tensors
        moved = [tensor for tensor in read if not self.shadow.is_constant(tensor)]
        # Without integers among the inputs and without places, all context is constant.
        has_context = self.context.given or self.context.has_places
        computed = [x for x in moved if not self.is_context(x)] if has_context else moved
        # Tensors that the operator overwrites must be copied before it runs.
        overwritten = [] if call.is_view else call.mutated
        before = {id(x): (self.shadow.read(x).clone(), x.detach().clone()) for x in overwritten}
        result = call.func(*call.args, **call.kwargs)
        self.step += 1
        self.sources.append(here())
        outputs = call.finished(result)
        self._note_precision(outputs)
        if call.is_view and all(map(self.shadow.knows, outputs)):
            return result
        if (
            computed
            and torch.Tag.dynamic_output_shape in call.func.tags
            and call.name not in _HANDLED_SIZES
        ):
            self.add_limit(f"{call.name} of computed values: the number of results is not traced")
        if any(x.is_complex() for x in outputs):
            raise AuditError(f"the rule computes complex numbers ({call.name}); expected real ones")
        if not moved or (outputs and all(x.is_meta for x in outputs)):
            self._note_constants(call)
        elif outputs:
            self._memory.check(len(self.expressions), sum(x.numel() for x in outputs))
            self._follow(Nodes(self, call, before), moved)
        elif call.name not in METADATA:
            for tensor in moved:
                self.note_integers(tensor)
            self._depart(call, computed or [x for x in moved if self._is_place(x)])
        return result

    def _note_constants(self, call: OperatorCall) -> None:
        """Note that an operator has computed constants, or drawn random numbers."""
        if not call.outputs and call.tensors and call.name not in METADATA:
            self.departing += 1  # a constant has left, which other runs of the rule count too
        is_random = torch.Tag.nondeterministic_seeded in call.func.tags
        for tensor in call.outputs:
            self.shadow.set_constant(tensor)
            if is_random:
                self.untracked.add_drawn(tensor, here().line)

    def _note_precision(self, outputs: Sequence[Tensor]) -> None:
        for dtype in {x.dtype for x in outputs if x.is_floating_point()} - {self.precision}:
            self.precision = coarsest(self.precision, dtype)

    def _depart(self, call: OperatorCall, leaving: Sequence[Tensor]) -> None:
        """Note that an operator has given numbers to Python."""
        self.departing += 1
        if leaving:
            truth = leaving[0].dtype == torch.bool
            self.add_departure(Departure(operator=self.departing), None if truth else call.name)

    def _is_place(self, tensor: Tensor) -> bool:
        """Return whether numbers of a tensor are places, not only whether they are a certain place."""
        ids = set(self.ids(tensor).flatten().tolist())
        return tensor.dtype != torch.bool and any(self.context.kind(i) == Kind.PLACE for i in ids)

    def _follow(self, nodes: Nodes, computed: Sequence[Tensor]) -> None:
        """Write the nodes of an operator's outputs."""
        inputs = self._locations.of_arguments(nodes, computed)
        for which, made in enumerate(registry.follow(nodes)):
            tensor = nodes.call.outputs[which]
            ids = made if tensor.is_floating_point() else self._truncated(nodes, tensor.dtype, made)
            self.shadow.write(tensor, ids.view(tensor.shape))
            self._locations.add(nodes, self.step, which, ids, inputs)
            if self.untracked.remember(tensor):
                self.add_escape("memory that it shares with Python")

    def _truncated(self, nodes: Nodes, dtype: torch.dtype, made: Tensor) -> Tensor:
        """Replace real numbers that were moved into a tensor of integers by truncated ones."""
        e = self.expressions
        floating = [x for x in nodes.call.tensors if x.is_floating_point()]
        real = self._locations.of_arguments(nodes, floating) - {CONSTANT}
        if not real:
            return made
        cut = [
            e.apply(f"cut to {dtype}", (i,)) if e.base[i] in real else i
            for i in made.flatten().tolist()
        ]
        return torch.tensor(cut, dtype=torch.int64)
