"""The departure check: change the numbers that left the trace, run the rule again, and compare the gradients.

Most rules give numbers to Python only to log, print or check them. If no gradient changes by a bit, whatever
the numbers are, they were only looked at. A condition that decides whether the rule raises an error is a check.
"""

from __future__ import annotations

import contextlib
import dis
import io
import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from repro.causal.tracing.dispatch_modes import READING, intercept
from repro.causal.tracing.recording import Departure
from repro.causal.tracing.trace import METADATA
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import TracebackType

    from repro.causal.auditing.rule_run import AuditTarget, TracedRun
    from repro.causal.auditing.tolerances import GradientTensors
    from repro.causal.tracing.operator_call import OperatorCall

_MOST = 40
"""More conditions than this are not checked."""
_LONGER = 4
"""A run with this many times the operators of the first one is stopped."""
_FEWEST = 4
"""Number of ways to change numbers that must not end in an error."""
_DRAWS = 4
_FLOATS: tuple[Callable[[float, float], float], ...] = (
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


def departure_check(target: AuditTarget, run: TracedRun) -> dict[Departure, set[str]]:
    """Find the gradients that depend on numbers that left the trace.

    Args:
        target: the rule.
        run: its traced run.

    Returns:
        For each departure on which gradients may depend, the names of these gradients.
    """
    departures = run.trace.departures
    if not departures:
        return {}
    unchanged = _Changed((), 0)
    with contextlib.redirect_stdout(io.StringIO()):
        before = target.run(target.copies(), unchanged.intercept())
        most = _LONGER * unchanged.operators + 1000
        names = set(before)
        conditions = sorted(unchanged.truths & departures.keys())
        numbers = sorted(departures.keys() - unchanged.truths)
        if len(conditions) > _MOST:
            return dict.fromkeys(departures, names)
        found: dict[Departure, set[str]] = {}
        for condition in conditions:
            moved = _moved(target, before, _Changed([condition], 0, most), flipped=True)
            if moved is None:
                moved = names
            if moved:
                found[condition] = moved
        if numbers:
            moved = _moved_by_numbers(target, before, numbers, most)
            found |= dict.fromkeys(numbers, moved) if moved else {}
    return found


def literal_check(target: AuditTarget, run: TracedRun) -> tuple[str, ...]:
    """Find tensors of Python numbers that are not constants: they change with the inputs.

    Args:
        target: the rule.
        run: its traced run.

    Returns:
        Sentences for the limits.
    """
    suspects = run.trace.suspects
    if not suspects:
        return ()
    changed = target.copies()
    for x in changed.values():
        if x.is_floating_point():
            wave = torch.arange(1.0, x.numel() + 1, dtype=torch.float64).sin().view(x.shape)
            x.detach().add_((0.01 * wave * (1 + x.detach().abs())).to(x.dtype))
    runs = []
    with contextlib.redirect_stdout(io.StringIO()):
        for copies in (target.copies(), changed):
            runs.append(_Changed((), 0))
            try:
                target.run(copies, runs[-1].intercept())
            except AuditError:
                return tuple(dict.fromkeys(suspects.values()))
    before, after = (one.literals for one in runs)
    return tuple(
        dict.fromkeys(
            sentence
            for number, sentence in suspects.items()
            if number > min(len(before), len(after)) or before[number - 1] != after[number - 1]
        )
    )


def _moved_by_numbers(
    target: AuditTarget, before: GradientTensors, numbers: Collection[Departure], most: int
) -> set[str]:
    """Find the gradients that change when all numbers change."""
    together: set[str] = set()
    finished = 0
    for way in range(len(_FLOATS)):
        moved = _moved(target, before, _Changed(numbers, way, most), flipped=False)
        finished += moved is not None
        together |= moved or set()
    return together if finished >= _FEWEST else set(before)


def _moved(
    target: AuditTarget, before: GradientTensors, changed: _Changed, *, flipped: bool
) -> set[str] | None:
    """Find the gradients that change; none if the rule checks the condition, None after other errors."""
    try:
        after = target.run(target.copies(), changed.intercept())
    except AuditError as error:
        if changed.ran_away or error.__cause__ is None:
            return set(before)
        is_check = flipped and _is_raised(error.__cause__.__traceback__)
        return set() if is_check else None
    return {name for name, tensors in before.items() if not _equal(tensors, after.get(name))}


def _equal(before: list[Tensor], after: list[Tensor] | None) -> bool:
    if after is None or len(before) != len(after):
        return False
    pairs = zip(before, after, strict=True)
    return all(x.dtype == y.dtype and torch.equal(x.detach(), y.detach()) for x, y in pairs)


def _is_raised(trace: TracebackType | None) -> bool:
    """Return whether an error comes from a `raise` or `assert`, not from an operation that failed."""
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code.co_code
    return dis.opname[code[trace.tb_lasti]] in {"RAISE_VARARGS", "RERAISE"}


class _RanAwayError(Exception):
    """A changed number made the rule run too many operators."""


class _Changed:
    """Runs a rule as a trace does, and changes numbers that leave it.

    Attributes:
        operators: number of operators that have run.
        truths: where truth values left.
        literals: numbers of the tensors that were made from Python numbers.
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
        self.ran_away = False

    def intercept(self) -> contextlib.AbstractContextManager[None]:
        """Get the context to run the rule in."""
        return intercept(self._run, self._escape)

    def _run(self, call: OperatorCall) -> object:
        if call.name.startswith("lift_fresh"):
            self.literals.append(call.tensors[0].tolist())
        result = call.func(*call.args, **call.kwargs)
        self.operators += 1
        if self._most and self.operators > self._most:
            self.ran_away = True
            raise _RanAwayError
        if call.finished(result) or not call.tensors or call.name in METADATA:
            return result
        self._departing += 1
        departure = Departure(operator=self._departing)
        if isinstance(result, bool):
            self.truths.add(departure)
        return self._new(result, self._departing) if departure in self._departures else result

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
            return _FLOATS[self._way](number, 1 + 0.4 * math.sin(place))
        return number
