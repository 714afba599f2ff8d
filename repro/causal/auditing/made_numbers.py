"""Numbers that a step makes outside of torch, from arrays and lists: are they data, or computed from data?

A trace follows torch. What NumPy or Python computes comes to torch as a new tensor, or as a factor, and looks like
data. So the step runs again with other data. A number that becomes one of these data in each run is a copy. One
that changes otherwise was computed, and two gradients that read such numbers may share what they were computed from.
"""

from __future__ import annotations

import contextlib
import io
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.utils._pytree import tree_leaves, tree_map

from repro.causal.auditing.changed_run import ChangedRun
from repro.causal.auditing.data_change import WAYS, are_truths
from repro.causal.tracing.made import MadeTensor, content
from repro.causal.tracing.operator_call import OperatorCall
from repro.causal.tracing.source_lines import constants_here, here
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from torch import Tensor

    from repro.causal.auditing.data_change import Changed
    from repro.causal.auditing.rule_run import AuditTarget

_MOST = 40
"""More factors, or arrays and lists, than this are changed together."""
_FACTOR_CHANGE = 1e-2


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


class _Run(ChangedRun):
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
        return x + _FACTOR_CHANGE * (1 + abs(x)) if number in self._change else x

    @property
    def numbers(self) -> list[Tensor]:
        """All numbers from outside: first the factors in one tensor, then the tensors that were made, then the others."""
        factors = torch.tensor([x.value for x in self.factors], dtype=torch.float64)
        return [factors, *self.made, *self.outside]

    def is_like(self, other: _Run) -> bool:
        """Return whether two runs got tensors of the same shapes and as many factors."""
        mine, its = ([(x.shape, x.dtype) for x in run.numbers] for run in (self, other))
        return mine == its


def _is_factor(x: object, call: OperatorCall) -> bool:
    """Return whether an argument is a number to calculate with."""
    return type(x) is float or (type(x) is int and call.is_pointwise)


def made_numbers(target: AuditTarget) -> MadeNumbers:
    """Find what a step makes outside of torch, and what of it is computed from the agent's data.

    Args:
        target: the step; if it has no `data`, nothing is found.
    """
    data = target.data
    base = None if data is None else _observed(target, None)
    if data is None or base is None:
        return MadeNumbers()
    found = _Changes(base, len(data))
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


class _Changes:
    """How the numbers of a run change when the data change.

    Args:
        base: the run with the data as they are.
        sources: how many arrays and lists the data are.
    """

    def __init__(self, base: _Run, sources: int) -> None:
        self._base, self._sources = base, sources
        self._numbers = [_numbers(x) for x in base.numbers]
        self._dtypes = [x.dtype for x in base.numbers]
        self._after: list[list[np.ndarray]] = [[] for _ in self._numbers]
        self._moved = [np.zeros(x.size, dtype=bool) for x in self._numbers]
        self._computed = [np.zeros(x.size, dtype=bool) for x in self._numbers]
        self._known = [np.zeros(x.size, dtype=bool) for x in self._numbers]
        self._from: list[list[set[int]] | None] = [None for _ in self._numbers]
        self.ways: list[str] = []

    def add(self, run: _Run, way: str, data: Changed) -> None:
        """Compare with a run with changed data.

        Args:
            run: with as many numbers.
            way: in which the data were changed.
            data: all data before and after.
        """
        after = [_numbers(x) for x in run.numbers]
        lookup = _Lookup(data, way, np.concatenate([*self._numbers, *after]))
        computed = False
        for k, (before, now) in enumerate(zip(self._numbers, after, strict=True)):
            self._known[k] |= lookup.has(before, None, self._dtypes[k])
            self._after[k].append(now)
            if way == "truths" and are_truths(before) and k:
                continue  # they follow the ends of episodes, and are as fixed as these
            moved = _moved(before, now)
            strange = moved & ~lookup.has(before, now, self._dtypes[k])
            self._moved[k] |= moved
            self._computed[k] |= strange
            computed |= bool(strange.any())
        if computed:
            self.ways.append(way)

    def attribute(self, number: int, run: _Run | None) -> None:
        """Note what changes with one array or list; if the run is not like the first one, everything may."""
        like = run is not None and self._base.is_like(run)
        after = [_numbers(x) for x in run.numbers] if run is not None and like else self._numbers
        for k, (before, now) in enumerate(zip(self._numbers, after, strict=True)):
            if not self._computed[k].any():
                continue
            sources = self._from[k] = self._from[k] or [set() for _ in range(before.size)]
            for element in np.flatnonzero(_moved(before, now) if like else self._computed[k]):
                sources[element].add(number)

    def factors(self) -> dict[int, Factor]:
        """Get the computed factors, by number."""
        return {
            k: self._base.factors[k]._replace(sources=sources)
            for k, sources in enumerate(self._sources_of(0))
            if sources
        }

    def literals(self) -> dict[int, MadeTensor]:
        """Describe the tensors of real numbers made from arrays and Python numbers, by number, from 1."""
        some = enumerate(self._base.made, 1)
        return {k: self._described(k) for k, x in some if x.is_floating_point() and x.numel()}

    def outside(self) -> dict[int, MadeTensor]:
        """Describe the other tensors that no operator made, if numbers of them were computed."""
        first = 1 + len(self._base.made)
        return {
            k: self._described(first + k)
            for k in range(len(self._base.outside))
            if self._computed[first + k].any()
        }

    def constants(self) -> tuple[str, ...]:
        """Name the lists of Python numbers that are neither data nor written in the code that makes tensors of them."""
        base = self._base
        names = []
        for k, tensor in enumerate(base.made):
            line, written = base.sources[k]
            if base.from_arrays[k] or not tensor.is_floating_point() or tensor.numel() < 2:  # noqa: PLR2004 - a list
                continue
            in_code = np.isin(
                self._numbers[k + 1], _converted(np.array([*written]), (tensor.dtype,))
            )
            if (self._strange(k + 1) & ~in_code).any():
                names.append(f"{tensor.numel()} numbers of Python ({line})")
        return tuple(dict.fromkeys(names))

    def _sources_of(self, k: int) -> list[frozenset[int]]:
        """Get the data that each number was computed from; all if that is unknown."""
        every = frozenset(range(self._sources))
        sources = self._from[k] or [set() for _ in self._numbers[k]]
        return [
            (frozenset(found) or every) if computed else frozenset()
            for found, computed in zip(sources, self._computed[k].tolist(), strict=True)
        ]

    def _strange(self, k: int) -> np.ndarray:
        """Return which numbers are no data and don't change with these; none if all are zeros and ones."""
        numbers = self._numbers[k]
        return ~(self._moved[k] | self._known[k] | np.full(numbers.size, are_truths(numbers)))

    def _described(self, k: int) -> MadeTensor:
        signature = np.stack([self._numbers[k], *self._after[k]], axis=1).tolist()
        moved = self._moved[k].tolist()
        from_array = 0 < k <= len(self._base.made) and self._base.from_arrays[k - 1]
        return MadeTensor(
            tuple(tuple(x) if does else None for x, does in zip(signature, moved, strict=True)),
            tuple(self._sources_of(k)),
            tuple((self._strange(k) & from_array).tolist()),
        )


def _users(target: AuditTarget, factors: Mapping[int, Factor]) -> dict[str, list[Factor]]:
    """Find the gradients that change with some factors."""
    if not factors:
        return {}
    before = target.run(target.copies(), _Run().intercept())
    groups = [[k] for k in factors] if len(factors) <= _MOST else [[*factors]]
    found: dict[str, list[Factor]] = {}
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
                found.setdefault(name, []).extend(factors[k] for k in group)
    return found


def _observed(target: AuditTarget, way: str | None, only: int | None = None) -> _Run | None:
    """Run the step with its data, or with changed ones; None if it fails."""
    run = _Run()
    copies = target.copies()
    run.know(copies.values())
    data = target.data
    if data is None:
        return None
    data.way, data.only = way, only
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            target.run(copies, run.intercept())
    except AuditError:
        return None
    finally:
        data.way = data.only = None
    return run


def _numbers(tensor: Tensor) -> np.ndarray:
    return tensor.detach().double().flatten().numpy()


def _moved(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return which numbers changed; truth values that remain such are context, like the ends of episodes."""
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    truths = ((before == 0) | (before == 1)) & ((after == 0) | (after == 1))
    return ~(same | truths)


class _Lookup:
    """Looks up numbers among the data before and after a change.

    Args:
        data: the numbers of the data.
        way: of the change.
        wanted: all numbers that will be looked up.
    """

    def __init__(self, data: Changed, way: str, wanted: np.ndarray) -> None:
        self._data, self._way, self._wanted = data, way, np.unique(wanted)
        self._some: dict[tuple[torch.dtype, ...], list[np.ndarray]] = {}

    def has(self, before: np.ndarray, after: np.ndarray | None, dtype: torch.dtype) -> np.ndarray:
        """Return which numbers of a tensor are among the data before the change, and after it.

        Args:
            before: numbers.
            after: what became of them; None if it does not matter.
            dtype: of the tensor.
        """
        found = np.zeros(before.size, dtype=bool)
        # A step may convert numbers directly to a type, or to single precision first.
        for types in ((dtype,), (torch.float32, dtype)):
            old, new = self._converted(types)
            if after is None:
                found |= np.isin(before, old)
            elif self._way == "whole":
                # Indices have changed, so that a number can come from another place.
                found |= np.isin(before, old) & np.isin(after, new)
            else:
                found |= np.isin(before + 1j * after, old + 1j * new)
        return found

    def _converted(self, types: tuple[torch.dtype, ...]) -> list[np.ndarray]:
        """Convert the data; those that nobody looks up are left out, because a replay buffer is large."""
        if types not in self._some:
            old, new = (_converted(x, types) for x in self._data)
            wanted = _in_sorted(old, self._wanted) | _in_sorted(new, self._wanted)
            self._some[types] = [old[wanted], new[wanted]]
        return self._some[types]


def _in_sorted(numbers: np.ndarray, some: np.ndarray) -> np.ndarray:
    places = np.searchsorted(some, numbers).clip(max=max(0, some.size - 1))
    return some[places] == numbers if some.size else np.zeros(numbers.size, dtype=bool)


def _converted(numbers: np.ndarray, types: tuple[torch.dtype, ...]) -> np.ndarray:
    tensor = torch.from_numpy(numbers)
    for dtype in types:
        tensor = tensor.to(dtype)
    return tensor.double().numpy()
