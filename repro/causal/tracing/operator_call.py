"""One operator with its arguments, as torch's schema names them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch._ops import OpOverload

_RESHAPES = frozenset({"set", "squeeze", "swapaxes", "swapdims", "t", "transpose", "unsqueeze"})
"""Operators whose in-place forms change only a shape."""


class Schema(NamedTuple):
    """The parts of torch's schema of an operator that a trace needs.

    Attributes:
        name: without the underscore of in-place forms.
        arguments: names and defaults.
        writes: arguments that it writes to.
        results: arguments that it writes to and does not read, such as `out`.
        is_view: whether its outputs may share memory with its inputs.
        is_pointwise: whether it computes each element separately.
    """

    name: str
    arguments: tuple[tuple[str, Any], ...]
    writes: tuple[str, ...]
    results: tuple[str, ...]
    is_view: bool
    is_pointwise: bool


@cache
def _schema(func: OpOverload) -> Schema:
    schema = func._schema  # noqa: SLF001 - torch has no public way to read it
    name = schema.name.partition("::")[2]
    aliased = [a for a in schema.arguments if a.alias_info is not None]
    writes = [a for a in aliased if a.alias_info is not None and a.alias_info.is_write]
    if writes and name.endswith("_"):
        name = name[:-1]
    return Schema(
        name,
        tuple((a.name, a.default_value) for a in schema.arguments),
        tuple(a.name for a in writes),
        tuple(a.name for a in writes if a.kwarg_only),
        name in _RESHAPES or bool(aliased and not writes),
        torch.Tag.pointwise in func.tags or (bool(writes) and _is_pointwise(schema.name, name)),
    )


def _is_pointwise(full_name: str, name: str) -> bool:
    """Return whether the out-of-place form of an operator is tagged as pointwise."""
    packet = getattr(getattr(torch.ops, full_name.partition("::")[0]), name, None)
    overloads = [] if packet is None else [getattr(packet, x) for x in packet.overloads()]
    return any(torch.Tag.pointwise in overload.tags for overload in overloads)


def tensors_in(value: object) -> list[Tensor]:
    """List the tensors in nested lists, tuples and dicts, which operators take and return."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for inner in value for tensor in tensors_in(inner)]
    return []


class OperatorCall:
    """One operator with its arguments.

    Attributes:
        func: the operator.
        args: positional arguments.
        kwargs: keyword arguments.
        name: of the operator, see `Schema`.
        results: names of the arguments that only receive results.
        is_view: whether its outputs may share memory with its inputs.
        is_pointwise: whether it computes each element separately.
        tensors: all tensors among the arguments that it reads.
        outputs: tensors that it returned or wrote to; empty before it runs.
    """

    def __init__(self, func: OpOverload, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self.func, self.args, self.kwargs = func, args, dict(kwargs)
        self._schema = _schema(func)
        self.name, self.results = self._schema.name, self._schema.results
        self.is_view, self.is_pointwise = self._schema.is_view, self._schema.is_pointwise
        read = {name: x for name, x in self.kwargs.items() if name not in self.results}
        self.tensors = tensors_in((args, read))
        self.outputs: list[Tensor] = []

    @property
    def mutated(self) -> list[Tensor]:
        """Tensors that it writes to."""
        if not self._schema.writes:
            return []
        bound = self.bound
        return tensors_in([bound[name] for name in self._schema.writes])

    def finished(self, result: object) -> list[Tensor]:
        """Set `outputs` from the operator's result; return them."""
        returned = tensors_in(result)
        known = {id(x) for x in returned}
        written = () if self.is_view else self.mutated
        self.outputs = [*returned, *(x for x in written if id(x) not in known)]
        return self.outputs

    @property
    def bound(self) -> dict[str, Any]:
        """All arguments by name, with defaults."""
        given: dict[str, Any] = {}
        for place, (name, default) in enumerate(self._schema.arguments):
            positional = place < len(self.args)
            given[name] = self.args[place] if positional else self.kwargs.get(name, default)
        return given
