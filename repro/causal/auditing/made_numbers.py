"""Numbers that a step makes outside of torch, from arrays and lists: are they data, or computed from data?

A trace follows torch. What NumPy or Python computes comes to torch as a new tensor, or as a factor, and looks like
data. So the step runs again with other data. A number that becomes one of these data in each run is a copy. One
that changes otherwise was computed, and two gradients that read such numbers may share what they were computed from.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from repro.causal.auditing.changed_run import quietly
from repro.causal.auditing.data_change import WAYS
from repro.causal.auditing.number_changes import NumberChanges
from repro.causal.auditing.outside_run import OutsideRun
from repro.causal.tracing.made import content
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.causal.auditing.outside_run import Factor
    from repro.causal.auditing.rule_run import AuditTarget
    from repro.causal.tracing.made import MadeTensor

_MOST = 40
"""More factors, or arrays and lists, than this are changed together."""


@dataclass(frozen=True)
class MadeNumbers:
    """What a step makes outside of torch.

    Attributes:
        literals: tensors that were made from arrays or Python numbers, by how many were made before, from 1.
        outside: other tensors that no operator made, by their content, if a number in them was computed.
        factors: for each gradient, the computed factors that it depends on.
        constants: names of lists of Python numbers whose origin is unknown, and which count as constants.
        unchecked: whether the step runs other code with other data, so that nothing can be compared.
    """

    literals: Mapping[int, MadeTensor] = field(default_factory=dict)
    outside: Mapping[object, MadeTensor] = field(default_factory=dict)
    factors: Mapping[str, Sequence[Factor]] = field(default_factory=dict)
    constants: tuple[str, ...] = ()
    unchecked: bool = False

    @property
    def unproven(self) -> tuple[str, ...]:
        """What else must be data or constants for a verdict to hold."""
        code = "all that NumPy and Python compute in it, because it runs other code with other data"
        return (*self.constants, *([code] if self.unchecked else []))


def made_numbers(target: AuditTarget) -> MadeNumbers:
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
