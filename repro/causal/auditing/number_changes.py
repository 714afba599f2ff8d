"""How numbers that come to torch from outside change with the data: constants, copies of data, or computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.causal.auditing.data_change import are_truths
from repro.causal.auditing.data_lookup import DataLookup, converted
from repro.causal.tracing.made import MadeTensor

if TYPE_CHECKING:
    from torch import Tensor

    from repro.causal.auditing.data_change import Changed
    from repro.causal.auditing.outside_run import Factor, OutsideRun


class NumberChanges:
    """How the numbers of a run change when the data change.

    Args:
        base: the run with the data as they are.
        sources: how many arrays and lists the data are.
    """

    def __init__(self, base: OutsideRun, sources: int) -> None:
        self._base, self._sources = base, sources
        self._numbers = [_numbers(x) for x in base.numbers]
        self._dtypes = [x.dtype for x in base.numbers]
        self._after: list[list[np.ndarray]] = [[] for _ in self._numbers]
        self._moved = [np.zeros(x.size, dtype=bool) for x in self._numbers]
        self._computed = [np.zeros(x.size, dtype=bool) for x in self._numbers]
        self._known = [np.zeros(x.size, dtype=bool) for x in self._numbers]
        self._from: list[list[set[int]] | None] = [None for _ in self._numbers]
        self.ways: list[str] = []

    def add(self, run: OutsideRun, way: str, data: Changed) -> None:
        """Compare with a run with changed data.

        Args:
            run: with as many numbers.
            way: in which the data were changed.
            data: all data before and after.
        """
        after = [_numbers(x) for x in run.numbers]
        lookup = DataLookup(data, np.concatenate([*self._numbers, *after]))
        computed = False
        for k, (before, now) in enumerate(zip(self._numbers, after, strict=True)):
            known = lookup.has(before, self._dtypes[k])
            self._known[k] |= known
            self._after[k].append(now)
            if way == "truths" and are_truths(before) and k:
                continue  # they follow the ends of episodes, and are as fixed as these
            moved = _moved(before, now)
            strange = moved & ~(known & lookup.has(now, self._dtypes[k], after=True))
            self._moved[k] |= moved
            self._computed[k] |= strange
            computed |= bool(strange.any())
        if computed:
            self.ways.append(way)

    def attribute(self, number: int, run: OutsideRun | None) -> None:
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
                self._numbers[k + 1], converted(np.array([*written]), (tensor.dtype,))
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
        known: np.ndarray = self._moved[k] | self._known[k]
        return np.zeros_like(known) if are_truths(numbers) else ~known

    def _described(self, k: int) -> MadeTensor:
        signature = np.stack([self._numbers[k], *self._after[k]], axis=1).tolist()
        moved = self._moved[k].tolist()
        from_array = 0 < k <= len(self._base.made) and self._base.from_arrays[k - 1]
        return MadeTensor(
            tuple(tuple(x) if does else None for x, does in zip(signature, moved, strict=True)),
            tuple(self._sources_of(k)),
            tuple((self._strange(k) & from_array).tolist()),
        )


def _numbers(tensor: Tensor) -> np.ndarray:
    return tensor.detach().double().flatten().numpy()


def _moved(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return which numbers changed; truth values that remain such are context, like the ends of episodes."""
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    truths = ((before == 0) | (before == 1)) & ((after == 0) | (after == 1))
    found: np.ndarray = ~(same | truths)
    return found
