"""The computation graph of running torch code, element by element, its backward pass included.

A tensor-level graph would call everything dependent: one indexed vector of bids joins all mechanisms.
So every element of every tensor has a node. Each operator that runs, in the backward pass as in the
forward pass, is seen, and `operators` says what it does to nodes.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

from repro.causal.symbolic.expressions import CONSTANT, DIGITS, Expressions
from repro.causal.tracing.dispatch_modes import watching
from repro.causal.tracing.operator_call import tensors_in
from repro.causal.tracing.operators import table
from repro.causal.tracing.shadow_memory import Shadow
from repro.causal.tracing.untracked import Outside
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from repro.causal.tracing.operator_call import Call

_LENDING = frozenset({"numpy", "__array__", "__dlpack__", "storage", "untyped_storage"})
"""Those that lend the memory itself."""
_BORROWING = frozenset(
    {"from_numpy", "frombuffer", "from_dlpack", "from_file", "asarray", "as_tensor"}
)
"""Functions that make tensors of memory that Python has."""

_OF_LAYOUT = frozenset({"_has_same_storage_numel", "is_same_size", "sym_size", "sym_numel"})
"""Operators that tell of a tensor's layout, not of its numbers."""
_SIZED = frozenset({"index", "masked_select"})
"""Operators whose size depends on where elements are taken from, which `routing` looks after."""

Place = tuple[int, int, int]
"""Number of the operator that made a value, which of its outputs, which element of that."""


class Trace:
    """Records what torch runs inside a `with`.

    Attributes:
        expressions: the nodes.
        shadow: which element has which.
        strict: whether a maximum is a hidden variable of its own.
        limits: what could not be followed, each in a sentence, in order and once.
        approximated: operators whose outputs were taken to depend on all their inputs.
        approximated_calls: numbers of their calls; equal ones have one number.
        places: for each base, where the running code makes its value.
        step: how many operators have run.
        selected: nodes that a selection has returned.

    Args:
        strict: see above.
        digits: significant digits to which coefficients must agree to be one.
    """

    def __init__(self, *, strict: bool = False, digits: int = DIGITS) -> None:
        self.expressions = Expressions(digits)
        self.shadow = Shadow(self.expressions)
        self.strict = strict
        self.limits: dict[str, None] = {}
        self.approximated: dict[str, None] = {}
        self.approximated_calls: dict[tuple[object, ...], int] = {}
        self.places: dict[int, list[Place]] = {}
        self.step = 0
        self.selected: set[int] = set()
        self._outside = Outside(self.expressions, self.shadow)
        self._watching = watching(self.record, self.escape)
        self._recording = False

    def __enter__(self) -> Trace:  # noqa: PYI034 - there are no kinds of traces
        """Start to record."""
        self._watching.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Stop."""
        self._watching.__exit__(kind, problem, where)

    def symbols(self, tensor: Tensor, place: int) -> None:
        """Make each element of an input a root of its own; `place` numbers the input."""
        nodes = [self.expressions.root("input", place, i) for i in range(tensor.numel())]
        self.shadow.write(tensor, torch.tensor(nodes, dtype=torch.int64).view(tensor.shape))

    def ids(self, tensor: Tensor) -> Tensor:
        """Get the nodes of a tensor's elements; one that came from nowhere gets roots."""
        self._meet(tensor)
        return self.shadow.read(tensor)

    def bases(self, tensors: Sequence[Tensor]) -> list[int]:
        """List the bases of all elements of some tensors; may be asked while recording."""
        with self._unseen(), _disable_current_modes():
            ids = [i for x in tensors for i in self.ids(x).flatten().tolist()]
        return [self.expressions.base[i] for i in ids]

    def escape(self, how: str, arguments: object) -> None:
        """Note that numbers of tensors leave the trace, unless they are constants or its own."""
        if self._recording:
            return
        with self._unseen(), _disable_current_modes():
            for tensor in tensors_in(arguments):
                self._meet(tensor)
                if how in _LENDING:
                    self._outside.lend(tensor)
                if not self.shadow.is_constant(tensor):
                    self._limit(how)

    def record(self, call: Call) -> object:
        """Run an operator and record what it does."""
        if torch.Tag.nondeterministic_seeded in call.func.tags:
            raise AuditError(
                f"the rule draws random numbers ({call.name}); draw them before and pass them in as an "
                "input"
            )
        with self._unseen():
            return self._record(call)

    @contextmanager
    def _unseen(self) -> Iterator[None]:
        """Let the trace do work of its own."""
        before, self._recording = self._recording, True
        try:
            yield
        finally:
            self._recording = before

    def _record(self, call: Call) -> object:
        for tensor in call.tensors:
            self._meet(tensor, written=call.name.startswith("lift_fresh"))
        computed = [tensor for tensor in call.tensors if not self.shadow.is_constant(tensor)]
        # What is overwritten is read before the operator runs.
        overwritten = [] if call.is_view else call.mutated
        before = {id(x): (self.shadow.read(x).clone(), x.detach().clone()) for x in overwritten}
        result = call.func(*call.args, **call.kwargs)
        self.step += 1
        outputs = call.finished(result)
        if call.is_view and all(map(self.shadow.knows, outputs)):
            return result
        if (
            computed
            and torch.Tag.dynamic_output_shape in call.func.tags
            and call.name not in _SIZED
        ):
            self.limits[f"{call.name} of computed values: how many there are is not followed"] = (
                None
            )
        if any(x.is_complex() for x in call.outputs):
            raise AuditError(f"the rule computes complex numbers ({call.name}); expected real ones")
        if computed and not call.outputs and call.name not in _OF_LAYOUT:
            self._limit(call.name, condition=computed[0].dtype == torch.bool)
        elif computed and call.outputs:
            self._follow(call, before, self._there(computed, before))
        else:
            for tensor in call.outputs:
                self.shadow.set_constant(tensor)
        return result

    def _follow(self, call: Call, before: table.Before, there: set[int]) -> None:
        """Write the nodes of an operator's outputs."""
        for which, nodes in enumerate(table.follow(self, call, before)):
            tensor = call.outputs[which]
            if not tensor.is_floating_point():
                nodes = self._cut(call, before, tensor.dtype, nodes)  # noqa: PLW2901 - the same, cut
            self.shadow.write(tensor, nodes.view(tensor.shape))
            self._note_places(call, before, which, nodes, there)
            if self._outside.sees(tensor):
                self._limit("memory that it shares with Python")

    def _cut(self, call: Call, before: table.Before, dtype: torch.dtype, nodes: Tensor) -> Tensor:
        """Let real numbers that were moved to where integers stand be numbers of their own."""
        e = self.expressions
        real = self._there([x for x in call.tensors if x.is_floating_point()], before) - {CONSTANT}
        if not real:
            return nodes
        cut = [
            e.apply(f"cut to {dtype}", (i,)) if e.base[i] in real else i
            for i in nodes.flatten().tolist()
        ]
        return torch.tensor(cut, dtype=torch.int64)

    def _there(self, tensors: Sequence[Tensor], before: table.Before) -> set[int]:
        """Bases that an operator was given."""
        base = self.expressions.base
        read = (before[id(x)][0] if id(x) in before else self.shadow.read(x) for x in tensors)
        return {base[i] for ids in read for i in ids.flatten().tolist()}

    def _note_places(
        self, call: Call, before: table.Before, which: int, nodes: Tensor, there: set[int]
    ) -> None:
        """Note where an operator makes values that its inputs did not have."""
        base = self.expressions.base
        made = [base[i] for i in nodes.flatten().tolist()]
        own: list[set[int]] | None = None
        for element, node in enumerate(made):
            if node == CONSTANT:
                continue
            if node in there:
                if not call.is_pointwise:
                    continue
                if own is None:
                    own = self._own(call, before, nodes.shape)
                if node in own[element]:
                    continue
            self.places.setdefault(node, []).append((self.step, which, element))

    def _own(self, call: Call, before: table.Before, shape: torch.Size) -> list[set[int]]:
        """Bases that each element of a pointwise operator's output was made from."""
        base = self.expressions.base
        columns = []
        for x in call.tensors:
            ids = before[id(x)][0] if id(x) in before else self.shadow.read(x)
            columns.append([base[i] for i in ids.expand(shape).flatten().tolist()])
        return [set(row) for row in zip(*columns, strict=True)]

    def _meet(self, tensor: Tensor, *, written: bool = False) -> None:
        """Take note of a tensor that neither is an input nor was made by a recorded operator.

        Integers are context, and numbers that Python has written down are constants; others are
        roots.
        """
        if self.shadow.knows(tensor):
            return
        self.shadow.set_constant(tensor)
        # Memory that torch cannot resize is somebody else's, such as an array's.
        if not written or not tensor.untyped_storage().resizable():
            self._outside.take(tensor)
        elif tensor.is_floating_point() and self._outside.recognises(tensor):
            self._limit("a tensor made of numbers")

    def _limit(self, how: str, *, condition: bool = False) -> None:
        if condition:
            said = (
                "a condition on computed values decided which code ran, and the verdict is about that "
                "code alone; use torch.where, or validate_args=False if torch.distributions asked"
            )
        else:
            said = (
                f"a computed value left the trace through {how.removeprefix('_')}; what Python made of "
                "it is unseen, so keep it a tensor"
            )
        self.limits[said] = None
