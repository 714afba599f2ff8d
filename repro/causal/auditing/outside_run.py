"""A run of a rule that keeps the numbers which come to torch from outside: from arrays, and from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.utils._pytree import tree_leaves, tree_map

from repro.causal.auditing.changed_run import ChangedRun
from repro.causal.tracing.operator_call import OperatorCall
from repro.causal.tracing.source_lines import constants_here, here

if TYPE_CHECKING:
    from collections.abc import Collection

    from torch import Tensor

_CHANGE = 1e-2
"""Size of a change of a factor: this much, plus this fraction of it."""


class Factor(NamedTuple):
    """A number of Python that an operator is called with.

    Attributes:
        value: the number.
        line: where.
        sources: the data that it was computed from, by number.
    """

    value: float
    line: str
    sources: frozenset[int] = frozenset()


class OutsideRun(ChangedRun):
    """A run that keeps the numbers which come to torch from outside, and may change some factors.

    Attributes:
        made: the tensors that were made from arrays or Python numbers.
        from_arrays: for each, whether it shares memory with an array.
        sources: for each, the line that made it, and the constants of that code.
        factors: numbers of Python that operators were called with.

    Args:
        change: which of the factors to change.
    """

    def __init__(self, change: Collection[int] = ()) -> None:
        super().__init__((), 0)
        self._change = frozenset(change)
        self.made: list[Tensor] = []
        self.from_arrays: list[bool] = []
        self.sources: list[tuple[str, frozenset[float]]] = []
        self.factors: list[Factor] = []

    def _run(self, call: OperatorCall) -> object:
        if call.name.startswith("lift_fresh"):
            (given,) = call.tensors
            self.made.append(given.detach().clone())
            self.from_arrays.append(not given.untyped_storage().resizable())
            self.sources.append((here().line, constants_here()))
        elif any(_is_factor(x, call) for x in tree_leaves((call.args, call.kwargs))):
            line = here().line
            args, kwargs = tree_map(
                lambda x: self._factor(x, line) if _is_factor(x, call) else x,
                (call.args, call.kwargs),
            )
            if self._change:
                call = OperatorCall(call.func, args, kwargs)
        return super()._run(call)

    def _factor(self, x: float, line: str) -> float:
        number = len(self.factors)
        self.factors.append(Factor(float(x), line))
        return x + _CHANGE * (1 + abs(x)) if number in self._change else x

    @property
    def numbers(self) -> list[Tensor]:
        """All numbers from outside: first the factors in one tensor, then the tensors that were made, then the others."""
        factors = torch.tensor([x.value for x in self.factors], dtype=torch.float64)
        return [factors, *self.made, *self.outside]

    def is_like(self, other: OutsideRun) -> bool:
        """Return whether two runs got tensors of the same shapes and as many factors."""
        mine, its = ([(x.shape, x.dtype) for x in run.numbers] for run in (self, other))
        return mine == its


def _is_factor(x: object, call: OperatorCall) -> bool:
    """Return whether an argument is a number to calculate with."""
    return type(x) is float or (type(x) is int and call.is_pointwise)
