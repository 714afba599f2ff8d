"""The departure check: change the numbers that left the trace, run the rule again, and compare the gradients.

Most rules give numbers to Python only to log, print or check them. If no gradient changes by a bit, whatever
the numbers are, they were only looked at. A condition that decides whether the rule raises an error is a check.
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING

import torch

from repro.causal.auditing.changed_run import FLOATS, ChangedRun, quietly
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import TracebackType

    from torch import Tensor

    from repro.causal.auditing.rule_run import AuditTarget, TracedRun
    from repro.causal.auditing.tolerances import GradientTensors
    from repro.causal.tracing.recording import Departure

_MOST = 40
"""More conditions than this are not checked."""
_LONGER = 4
"""A run with this many times the operators of the first one is stopped."""
_FEWEST = 4
"""Number of ways to change numbers that must not end in an error."""


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
    unchanged = ChangedRun((), 0)
    with quietly():
        before = target.run(target.copies(), unchanged.intercept())
        most = _LONGER * unchanged.operators + 1000
        names = set(before)
        conditions = sorted(unchanged.truths & departures.keys())
        numbers = sorted(departures.keys() - unchanged.truths)
        if len(conditions) > _MOST:
            return dict.fromkeys(departures, names)
        found: dict[Departure, set[str]] = {}
        for condition in conditions:
            moved = _moved(target, before, ChangedRun([condition], 0, most), flipped=True)
            if moved is None:
                moved = names
            if moved:
                found[condition] = moved
        if numbers:
            found |= _one_at_a_time(target, before, numbers, most)
    return found


def _one_at_a_time(
    target: AuditTarget, before: GradientTensors, numbers: Collection[Departure], most: int
) -> dict[Departure, set[str]]:
    """Find the gradients that change with each number; none if none changes with all of them."""
    together = _moved_by_numbers(target, before, numbers, most)
    if not together:
        return {}
    if 1 < len(numbers) <= _MOST:
        alone = {x: _moved_by_numbers(target, before, [x], most) for x in numbers}
        if set().union(*alone.values()) == together:
            return {x: moved for x, moved in alone.items() if moved}
    return dict.fromkeys(numbers, together)


def _moved_by_numbers(
    target: AuditTarget, before: GradientTensors, numbers: Collection[Departure], most: int
) -> set[str]:
    """Find the gradients that change when all numbers change."""
    together: set[str] = set()
    finished = 0
    for way in range(len(FLOATS)):
        moved = _moved(target, before, ChangedRun(numbers, way, most), flipped=False)
        finished += moved is not None
        together |= moved or set()
    return together if finished >= _FEWEST else set(before)


def _moved(
    target: AuditTarget, before: GradientTensors, changed: ChangedRun, *, flipped: bool
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
