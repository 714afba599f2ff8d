"""What operator rules work with: the nodes of a call's arguments and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.tracing.context import Kind
from repro.causal.tracing.shadow_memory import constants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from repro.causal.tracing.operator_call import OperatorCall
    from repro.causal.tracing.recording import Recording

Overwritten = dict[int, "tuple[Tensor, Tensor]"]
"""By a tensor's id(): its nodes and its numbers before the operator overwrote them."""


STORAGE_OPTIONS = frozenset(
    {"dtype", "layout", "device", "memory_format", "pin_memory", "non_blocking"}
)
"""Arguments that say how results are stored."""
_SELECTIONS = ("Max", "Min", "Amax", "Amin", "Median", "Nanmedian")
"""First letters of the names of torch's backward passes of selections."""
_SELECTIONS_OF_TWO = ("Maximum", "Minimum", "Fmax", "Fmin")


class Nodes:
    """A call that has run, with its arguments as they were before.

    Attributes:
        recording: the run that the call belongs to.
        expressions: its nodes.
        call: the call.
        given: its arguments by name, without those that only receive results.
    """

    def __init__(self, recording: Recording, call: OperatorCall, before: Overwritten) -> None:
        self.recording, self.call, self._before = recording, call, before
        self.expressions = recording.expressions
        self.given = {name: x for name, x in call.bound.items() if name not in call.results}

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.call.outputs[0]

    def of(self, tensor: Tensor) -> Tensor:
        """Get the nodes of a tensor argument's elements."""
        before = self._before.get(id(tensor))
        return self.recording.ids(tensor) if before is None else before[0]

    def is_given(self, tensor: Tensor) -> bool:
        """Return whether a tensor argument depends only on constants and integer inputs."""
        kind = self.recording.context.kind
        return all(kind(i) <= Kind.INTEGER for i in set(self.of(tensor).flatten().tolist()))

    def value(self, tensor: Tensor) -> Tensor:
        """Get the numbers of a tensor argument."""
        before = self._before.get(id(tensor))
        return tensor.detach() if before is None else before[1]

    def column(self, value: Tensor | float, shape: torch.Size) -> list[int]:
        """Get the nodes of an argument that is broadcast to `shape`, one for each element."""
        if isinstance(value, Tensor):
            return self.of(value).expand(shape).flatten().tolist()
        return [self.expressions.constant(value)] * shape.numel()

    def map_rows(self, rule: Callable[..., int], columns: Iterable[list[int]]) -> Tensor:
        """Apply a rule to each row of nodes; where all of them are constants, take the result."""
        e, values, made = self.expressions, _LazyNumbers(self.output), []
        context = self.recording.context
        truths = self.output.dtype == torch.bool and context.given
        for element, row in enumerate(zip(*columns, strict=True)):
            constant = all(map(e.is_constant, row)) or (
                # Comparing integers of inputs selects.
                truths and all(context.kind(i) <= Kind.INTEGER for i in row)
            )
            if constant:
                made.append(e.constant(values[element]))
                continue
            made.append(rule(e, *row))
            context.add_function(made[-1], row)
        return self.as_output(made)

    def numbers(self, value: Tensor | float, shape: torch.Size) -> _LazyNumbers:
        """Get the numbers of an argument that is broadcast to `shape`, read when the first is needed."""
        return _LazyNumbers(self.value(value) if isinstance(value, Tensor) else value, shape)

    def node(self, op: str, arguments: tuple[int, ...], value: float, *settings: object) -> int:
        """Get an operator's node; the constant `value` if all arguments are constants."""
        e = self.expressions
        if all(map(e.is_constant, arguments)):
            return e.constant(value)
        return e.apply(op, arguments, *settings)

    def as_output(self, nodes: list[int]) -> Tensor:
        """Give nodes the shape of the first output."""
        return torch.tensor(nodes, dtype=torch.int64).view(self.output.shape)

    def in_backward_of_selection(self) -> bool:
        """Return whether the call is part of the backward pass of a selection, which is context.

        That pass compares elements to find the selected one. A selection between an element and a
        constant computes a value, so its comparison is a hidden variable.
        """
        backward = torch._C._current_autograd_node()  # noqa: SLF001 - torch has no public way to ask
        if self.recording.strict or backward is None:
            return False
        name = backward.name()
        if name.startswith(_SELECTIONS_OF_TWO):
            return not any(self.recording.shadow.is_constant(x) for x in self.call.tensors)
        return bool(name.startswith(_SELECTIONS))

    def constants(self, tensor: Tensor) -> Tensor:
        """Get constants for the elements of a tensor."""
        return constants(self.expressions, tensor)


class _LazyNumbers:
    """The numbers of a tensor that is broadcast to a shape, read when the first one is needed."""

    def __init__(self, tensor: Tensor | float, shape: torch.Size | None = None) -> None:
        self._tensor, self._shape = tensor, shape
        self._numbers: list[float] | None = None

    def __getitem__(self, element: int) -> float:
        if not isinstance(self._tensor, Tensor):
            return self._tensor
        if self._numbers is None:
            given = self._tensor if self._shape is None else self._tensor.expand(self._shape)
            self._numbers = given.detach().to(torch.float64).flatten().tolist()
        return self._numbers[element]
