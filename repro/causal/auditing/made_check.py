"""The check of numbers that a step makes outside of torch: are they data, or computed from data?

A trace follows torch. What NumPy or Python computes comes to torch as a new tensor, or as a factor, and looks like
data. So the step runs again with other data. A number that becomes one of these data in each run is a copy. One
that changes otherwise was computed, and two gradients that read such numbers may share what they were computed from.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import torch

from repro.causal.auditing.changed_run import quietly
from repro.causal.auditing.data_change import WAYS
from repro.causal.auditing.made_numbers import MadeNumbers
from repro.causal.auditing.number_changes import NumberChanges
from repro.causal.auditing.outside_run import OutsideRun
from repro.causal.tracing.made import content
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.causal.auditing.outside_run import Factor
    from repro.causal.auditing.rule_run import AuditTarget

_MOST = 40
"""More factors, or arrays and lists, than this are changed together."""


def made_check(target: AuditTarget) -> MadeNumbers:
    """Find what a step makes outside of torch, and what of it is computed from the agent's data.

    Args:
        target: the step; if it has no `data`, nothing is found.
    """
    data = target.data
    base = None if data is None else _observed(target, None)
    if data is None or base is None:
        return MadeNumbers()
    found = NumberChanges(base, len(data))
    unchecked = False
    for way in WAYS if len(data) else ():
        run = _observed(target, way)
        if run is not None and base.is_like(run):
            found.add(run, way, data.changed)
        elif way == "real":
            unchecked = True
    if found.ways and len(data) <= _MOST:
        for number, way in itertools.product(range(len(data)), found.ways):
            found.attribute(number, _observed(target, way, only=number))
    return MadeNumbers(
        {k: made for k, made in found.literals().items() if made.says_something},
        {content(base.outside[k]): made for k, made in found.outside().items()},
        _users(target, found.factors()),
        found.constants(),
        unchecked and any(base.from_arrays),
    )


def _users(target: AuditTarget, factors: Mapping[int, Factor]) -> dict[str, list[Factor]]:
    """Find the gradients that change with some factors."""
    if not factors:
        return {}
    before = target.run(target.copies(), OutsideRun().intercept())
    groups = [[k] for k in factors] if len(factors) <= _MOST else [[*factors]]
    found: dict[str, list[Factor]] = {}
    for group in groups:
        try:
            with quietly():
                after = target.run(target.copies(), OutsideRun(group).intercept())
        except AuditError:
            after = {}
        for name, tensors in before.items():
            again = after.get(name, [])
            same = len(again) == len(tensors) and all(map(torch.equal, tensors, again))
            if not same:
                found.setdefault(name, []).extend(factors[k] for k in group)
    return found


def _observed(target: AuditTarget, way: str | None, only: int | None = None) -> OutsideRun | None:
    """Run the step with its data, or with changed ones; None if it fails."""
    run = OutsideRun()
    copies = target.copies()
    run.know(copies.values())
    data = target.data
    if data is None:
        return None
    data.way, data.only = way, only
    try:
        with quietly():
            target.run(copies, run.intercept())
    except AuditError:
        return None
    finally:
        data.way = data.only = None
    return run
