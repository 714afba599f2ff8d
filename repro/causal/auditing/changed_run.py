"""A run of a rule in which numbers change on their way to Python."""

from __future__ import annotations

import contextlib
import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from repro.causal.tracing.dispatch_modes import READING, intercept
from repro.causal.tracing.recording import CANCELS, Departure
from repro.causal.tracing.shadow_memory import address
from repro.causal.tracing.trace import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from torch import Tensor

    from repro.causal.tracing.operator_call import OperatorCall

_DRAWS = 4
FLOATS: tuple[Callable[[float, float], float], ...] = (
    lambda x, wave: x + 0.01 * wave * (1 + abs(x)),
    lambda x, wave: -x - wave,
    lambda x, wave: x * 0 + (0 if x else wave),
    lambda x, wave: 1e3 * wave * (1 + abs(x)),
    lambda x, wave: -1e3 * wave * (1 + abs(x)),
    lambda _x, _wave: math.nan,
    *(
        lambda x, wave, k=k: 10 * (1 + abs(x)) * math.sin(37 * (k + 2) * wave)
        for k in range(_DRAWS)
    ),
)
"""Ways to change a number; `wave` differs from number to number, so that effects don't cancel."""
_INTEGERS = (1, -1, 2, 0)
"""Amounts by which integers change; zero sets them to zero."""


class _RanAwayError(Exception):
    """A changed number made the rule run too many operators."""


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Suppress what a rule prints, and NumPy's warnings about numbers that only the audit gives it."""
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        yield


class ChangedRun:
    """Runs a rule as a trace does, and changes numbers that leave it.

    Attributes:
        operators: number of operators that have run.
        truths: where truth values left.
        literals: numbers of the tensors that were made from Python numbers.
        outside: numbers of the tensors that are no inputs and that no operator made.
        ran_away: whether the run was stopped.

    Args:
        departures: where to change numbers.
        way: in which way.
        most: number of operators after which the run is stopped.
    """

    def __init__(self, departures: Collection[Departure], way: int, most: int = 0) -> None:
        self._departures, self._way, self._most = frozenset(departures), way, most
        self.operators = self._departing = self._readings = 0
        self.truths: set[Departure] = set()
        self.literals: list[object] = []
        self.outside: list[Tensor] = []
        self.ran_away = False
        self._known: dict[int, Tensor] = {}  # tensors are kept, so that no address is used again

    def intercept(self) -> contextlib.AbstractContextManager[None]:
        """Get the context to run the rule in."""
        return intercept(self._run, self._escape)

    def _run(self, call: OperatorCall) -> object:
        is_literal = call.name.startswith("lift_fresh")
        if is_literal:
            self.literals.append(call.tensors[0].tolist())
        self._note_outside(call.tensors, is_literal=is_literal)
        result = call.func(*call.args, **call.kwargs)
        self.operators += 1
        if self._most and self.operators > self._most:
            self.ran_away = True
            raise _RanAwayError
        outputs = call.finished(result)
        self.know(outputs)
        if outputs or not call.tensors or call.name in METADATA:
            return result
        self._departing += 1
        departure = Departure(operator=self._departing)
        if isinstance(result, bool):
            self.truths.add(departure)
        return self._new(result, self._departing) if departure in self._departures else result

    def know(self, tensors: Iterable[Tensor]) -> None:
        """Note tensors that are inputs or that an operator made."""
        for x in tensors:
            if x.layout is torch.strided and not x.is_meta:
                self._known.setdefault(address(x), x.detach())

    def _note_outside(self, tensors: Iterable[Tensor], *, is_literal: bool) -> None:
        for x in tensors:
            if x.layout is not torch.strided or x.is_meta or address(x) in self._known:
                continue
            self.know([x])
            if x.is_floating_point() and not is_literal and not hasattr(x, CANCELS):
                self.outside.append(x.detach().clone())

    def _escape(
        self,
        name: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        if name in READING:
            self._readings += 1
            if Departure(reading=self._readings) in self._departures:
                args = (self._changed(args[0]), *args[1:])
        return function(*args, **kwargs)

    def _changed(self, tensor: Tensor) -> Tensor:
        """Copy a tensor with other numbers."""
        copy = tensor.detach().clone()
        numbers = copy.flatten().tolist()
        new = [self._new(x, self._readings + 7 * k) for k, x in enumerate(numbers)]
        return torch.tensor(new, dtype=copy.dtype).view(copy.shape)

    def _new(self, number: Any, place: int) -> Any:  # noqa: ANN401 - of the type of the number
        if isinstance(number, bool):
            return not number
        if isinstance(number, int):
            amount = _INTEGERS[self._way % len(_INTEGERS)]
            return number + amount if amount else 0
        if isinstance(number, float):
            return FLOATS[self._way](number, 1 + 0.4 * math.sin(place))
        return number
