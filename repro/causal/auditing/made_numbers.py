"""Numbers that a step makes outside of torch, from arrays and lists: are they data, or computed from data?

A trace follows torch. What NumPy or Python computes comes to torch as a new tensor, or as a factor, and looks like
data. So the step runs again with other data. A number that becomes one of these data in each run is a copy. One
that changes otherwise was computed, and two gradients that read such numbers may share what they were computed from.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.utils._pytree import tree_leaves, tree_map

from repro.causal.auditing.changed_run import ChangedRun
from repro.causal.auditing.data_change import WAYS, are_truths
from repro.causal.tracing.made import MadeTensor, content
from repro.causal.tracing.operator_call import OperatorCall
from repro.causal.tracing.source_lines import here
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from torch import Tensor

    from repro.causal.auditing.data_change import Changed
    from repro.causal.auditing.rule_run import AuditTarget

_MOST = 40
"""More factors than this are changed together."""
_FACTOR_CHANGE = 1e-2


class Factor(NamedTuple):
    """A number of Python that an operator is called with."""

    value: float
    line: str


@dataclass(frozen=True)
class MadeNumbers:
    """What a step makes outside of torch.

    Attributes:
        literals: tensors that were made from arrays or Python numbers, by how many were made before, from 1.
        outside: other tensors that no operator made, by their content, if a number in them was computed.
        factors: for each gradient that depends on computed factors, the lines where torch gets these.
    """

    literals: dict[int, MadeTensor] = field(default_factory=dict)
    outside: dict[object, MadeTensor] = field(default_factory=dict)
    factors: dict[str, set[str]] = field(default_factory=dict)


class _Run(ChangedRun):
    """A run that keeps the numbers which come to torch from outside, and may change some factors.

    Attributes:
        made: the tensors that were made from arrays or Python numbers.
        from_arrays: for each, whether it shares memory with an array.
        constants: for each, the constants of the code that made it.
        factors: numbers of Python that operators were called with.

    Args:
        change: which of the factors to change.
    """

    def __init__(self, change: Collection[int] = ()) -> None:
        super().__init__((), 0)
        self._change = frozenset(change)
        self.made: list[Tensor] = []
        self.from_arrays: list[bool] = []
        self.factors: list[Factor] = []

    def _run(self, call: OperatorCall) -> object:
        if call.name.startswith("lift_fresh"):
            (given,) = call.tensors
            self.made.append(given.detach().clone())
            self.from_arrays.append(not given.untyped_storage().resizable())
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
        return x + _FACTOR_CHANGE * (1 + abs(x)) if number in self._change else x

    def is_like(self, other: _Run) -> bool:
        """Return whether two runs made tensors of the same shapes, and called operators with as many factors."""
        return len(self.factors) == len(other.factors) and all(
            len(mine) == len(its)
            and all(x.shape == y.shape and x.dtype == y.dtype for x, y in zip(mine, its, strict=True))
            for mine, its in ((self.made, other.made), (self.outside, other.outside))
        )


def _is_factor(x: object, call: OperatorCall) -> bool:
    """Return whether an argument is a number to calculate with."""
    return type(x) is float or (type(x) is int and call.is_pointwise)


def made_numbers(target: AuditTarget) -> MadeNumbers:
    """Find what a step makes outside of torch, and what of it is computed from the agent's data.

    Args:
        target: the step; if it has no `data`, nothing is found.
    """
    if target.data is None:
        return MadeNumbers()
    base = _observed(target, None)
    if base is None or not (base.made or base.outside or base.factors):
        return MadeNumbers()
    found = _Changes(base)
    if not target.data.is_empty:
        for way in WAYS:
            run = _observed(target, way)
            if run is not None and base.is_like(run):
                found.add(run, target.data.changed(way), in_order=way != "whole")
    lines = {k: base.factors[k].line for k in found.computed_factors()}
    return MadeNumbers(found.literals(), found.outside(), _users(target, lines))


class _Changes:
    """How the numbers of a run change when the data change.

    Args:
        base: the run with the data as they are.
    """

    def __init__(self, base: _Run) -> None:
        self._base = base
        self._runs: list[tuple[_Run, _Data]] = []

    def add(self, run: _Run, data: Changed, *, in_order: bool) -> None:
        """Add a run with changed data, see `_Data`."""
        self._runs.append((run, _Data(data, in_order=in_order)))

    def literals(self) -> dict[int, MadeTensor]:
        """Describe the tensors made from arrays and Python numbers."""
        base = self._base
        found = {}
        for k, tensor in enumerate(base.made):
            if tensor.is_floating_point() and tensor.numel():
                after = [run.made[k] for run, _ in self._runs]
                found[k + 1] = self._described(tensor, after, unknown=base.from_arrays[k])
        return {k: made for k, made in found.items() if made.says_something}

    def outside(self) -> dict[object, MadeTensor]:
        """Describe the other tensors that no operator made, if numbers of them were computed."""
        found = {}
        for k, tensor in enumerate(self._base.outside):
            made = self._described(tensor, [run.outside[k] for run, _ in self._runs], unknown=False)
            if any(made.computed):
                found[content(tensor)] = made
        return found

    def computed_factors(self) -> list[int]:
        """List the factors that change with the data and are no copies of these."""
        before = np.array([x.value for x in self._base.factors])
        computed = np.zeros(len(before), dtype=bool)
        for run, data in self._runs:
            after = np.array([x.value for x in run.factors])
            computed |= _moved(before, after) & ~data.has(before, after, torch.float64)
        return np.flatnonzero(computed).tolist()

    def _described(self, tensor: Tensor, after: Sequence[Tensor], *, unknown: bool) -> MadeTensor:
        """Compare a tensor with what it is with changed data.

        Args:
            tensor: with the data as they are.
            after: with changed data.
            unknown: whether numbers of unknown origin are noted.
        """
        before = _numbers(tensor)
        moved = np.zeros(before.size, dtype=bool)
        computed, known = moved.copy(), moved.copy()
        signature = [before]
        for x, (_, data) in zip(after, self._runs, strict=True):
            now = _numbers(x)
            differ = _moved(before, now)
            moved |= differ
            computed |= differ & ~data.has(before, now, tensor.dtype)
            known |= data.has(before, None, tensor.dtype)
            signature.append(now)
        keys = list(map(tuple, np.stack(signature, axis=1).tolist()))
        strange = ~moved & ~known if unknown and not are_truths(before) else np.zeros_like(moved)
        return MadeTensor(
            tuple(key if does else None for key, does in zip(keys, moved.tolist(), strict=True)),
            tuple(computed.tolist()),
            tuple(strange.tolist()),
        )


def _users(target: AuditTarget, lines: dict[int, str]) -> dict[str, set[str]]:
    """Find the gradients that change with some factors, and the lines of these factors."""
    if not lines:
        return {}
    before = target.run(target.copies(), _Run().intercept())
    groups = [[k] for k in lines] if len(lines) <= _MOST else [list(lines)]
    found: dict[str, set[str]] = {}
    for group in groups:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                after = target.run(target.copies(), _Run(group).intercept())
        except AuditError:
            after = {}
        for name, tensors in before.items():
            again = after.get(name, [])
            same = len(again) == len(tensors) and all(map(torch.equal, tensors, again))
            if not same:
                found.setdefault(name, set()).update(lines[k] for k in group)
    return found


def _observed(target: AuditTarget, way: str | None) -> _Run | None:
    """Run the step with its data, or with changed ones; None if it fails."""
    run = _Run()
    copies = target.copies()
    run.know(copies.values())
    target.data.way = way
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            target.run(copies, run.intercept())
    except AuditError:
        return None
    finally:
        target.data.way = None
    return run


def _numbers(tensor: Tensor) -> np.ndarray:
    return tensor.detach().double().flatten().numpy()


def _moved(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return which numbers changed; truth values that remain such are context, like the ends of episodes."""
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    truths = ((before == 0) | (before == 1)) & ((after == 0) | (after == 1))
    return ~(same | truths)


class _Data:
    """Numbers of the data before and after a change.

    Args:
        data: the numbers.
        in_order: whether numbers that the step reads at the same place changed from one to the other; otherwise
            the place can be another one, because indices have changed.
    """

    def __init__(self, data: Changed, *, in_order: bool) -> None:
        self._data, self._in_order = data, in_order

    def has(self, before: np.ndarray, after: np.ndarray | None, dtype: torch.dtype) -> np.ndarray:
        """Return which numbers of a tensor are among the data before the change, and after it.

        Args:
            before: numbers.
            after: what became of them; None if it does not matter.
            dtype: of the tensor.
        """
        # A step may convert numbers directly to a type, or to single precision first.
        conversions = [(dtype,), (torch.float32, dtype)]
        found = np.zeros(before.size, dtype=bool)
        for types in conversions:
            old, new = (_converted(x, types) for x in self._data)
            if after is None:
                found |= np.isin(before, old)
            elif self._in_order:
                found |= np.isin(before + 1j * after, old + 1j * new)
            else:
                found |= np.isin(before, old) & np.isin(after, new)
        return found


def _converted(numbers: np.ndarray, types: tuple[torch.dtype, ...]) -> np.ndarray:
    tensor = torch.from_numpy(numbers)
    for dtype in types:
        tensor = tensor.to(dtype)
    return tensor.double().numpy()
