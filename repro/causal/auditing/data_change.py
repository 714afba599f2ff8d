"""Changes of an agent's data: what other numbers, which the step computes outside of torch, follow.

Data are the numbers in arrays and lists that exist before the step. Other numbers of an agent, such as a discount
factor, are settings.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Place = tuple[object, ...]
    Leaf = Callable[[Place, Any], Any]

WAYS = ("real", "up", "down", "whole", "truths")
"""What changes: real numbers by a little; by much, so that comparisons change, too; whole numbers and truth values;
and real numbers that are only zeros and ones, too."""
_LARGEST = 2**27
"""Bytes of an array above which it is not changed."""
_SIZES = {"up": 10.0, "down": -10.0}
_SMALL = 1e-3
"""Size of a change: up to this much, plus this fraction of the number."""


class Changed(NamedTuple):
    """Numbers of the data before and after a change, each a vector of doubles."""

    before: np.ndarray
    after: np.ndarray


class DataChange:
    """Changes data in place; whoever calls it puts them back.

    Attributes:
        way: one of `WAYS`, by which `apply` changes the data; None if it does not.
        only: which one of the arrays and lists to change; None for all.
        changed: all numbers before and after the last change.

    Args:
        data: arrays that can be written to, lists and deques.
    """

    def __init__(self, data: Sequence[Any]) -> None:
        self._arrays = [
            x
            for x in data
            if isinstance(x, np.ndarray) and x.dtype.kind in "fiub" and x.nbytes <= _LARGEST
        ]
        self._lists = [x for x in data if isinstance(x, (list, deque)) and _leaves(x)]
        self.way: str | None = None
        self.only: int | None = None
        self.changed = Changed(np.zeros(0), np.zeros(0))

    def __len__(self) -> int:
        """Count the arrays and lists."""
        return len(self._arrays) + len(self._lists)

    def apply(self) -> None:
        """Change the data in `way`: real numbers by different amounts, others by taking them in reverse order."""
        if self.way is None:
            return
        numbers = _Numbers(self.way)
        wanted = slice(None) if self.only is None else slice(self.only, self.only + 1)
        kept = [*self._arrays, *self._lists][wanted]
        with np.errstate(all="ignore"):
            numbers.change_arrays([x for x in kept if isinstance(x, np.ndarray)])
        for one in kept:
            if not isinstance(one, np.ndarray):
                numbers.change_list(one)
        if self.only is None:
            self.changed = Changed(_joined(numbers.before), _joined(numbers.after))


class _Numbers:
    """Changes numbers in one way, and keeps them as they were and as they became."""

    def __init__(self, way: str) -> None:
        self._way = way
        self._count = 0
        self.before: list[np.ndarray] = []
        self.after: list[np.ndarray] = []

    def change_arrays(self, arrays: Sequence[np.ndarray]) -> None:
        """Change arrays in place; one that is a part of another changes twice."""
        before = [array.copy() for array in arrays]
        for array in arrays:
            array[...] = self._new(array.copy())
        for old, array in zip(before, arrays, strict=True):
            self._keep(old, array)

    def change_list(self, given: list[Any] | deque[Any]) -> None:
        """Change the numbers in a list in place, and in tuples and records in it; those at one place together."""
        places: dict[Place, list[Any]] = {}
        for place, number in _leaves(given):
            places.setdefault(place, []).append(number)
        new: dict[Place, Iterator[Any]] = {}
        for place, numbers in places.items():
            before = np.array(numbers)
            after = self._new(before)
            self._keep(before, after)
            new[place] = iter(after.tolist())
        if places:
            elements = [_mapped(x, lambda place, _: next(new[place]), ()) for x in list(given)]
            given.clear()
            given.extend(elements)

    def _new(self, x: np.ndarray) -> np.ndarray:
        if x.dtype.kind != "f":
            return x.reshape(-1)[::-1].reshape(x.shape) if self._way == "whole" else x
        if self._way == "whole" or (self._way != "truths" and are_truths(x)):
            return x
        wave = np.abs(np.sin(np.arange(self._count + 1, self._count + 1 + x.size))).reshape(x.shape)
        self._count += x.size
        size = _SIZES.get(self._way, _SMALL)
        new: np.ndarray = (x + size * (0.1 + wave) * (1 + np.abs(x))).astype(x.dtype)
        return new

    def _keep(self, before: np.ndarray, after: np.ndarray) -> None:
        self.before.append(before.astype(np.float64).ravel())
        self.after.append(after.astype(np.float64).ravel())


def are_truths(x: np.ndarray) -> bool:
    """Return whether all numbers are zeros and ones."""
    return bool(((x == 0) | (x == 1)).all())


def _leaves(given: list[Any] | deque[Any]) -> list[tuple[Place, Any]]:
    """List the numbers in a list, each with its place in a tuple or record, and its type."""
    found: list[tuple[Place, Any]] = []

    def keep(place: Place, number: Any) -> Any:  # noqa: ANN401 - a number
        found.append((place, number))
        return number

    for x in given:
        _mapped(x, keep, ())
    return found


def _mapped(x: Any, leaf: Leaf, place: Place) -> Any:  # noqa: ANN401 - an element of a list
    """Copy tuples, dicts and dataclasses with other numbers; lists in them are data of their own."""
    if isinstance(x, (bool, int, float, np.floating, np.integer, np.bool_)):
        return leaf((*place, type(x)), x)
    if isinstance(x, tuple):
        parts = [_mapped(y, leaf, (*place, k)) for k, y in enumerate(x)]
        return x._make(parts) if hasattr(x, "_make") else tuple(parts)
    if isinstance(x, dict):
        new = copy.copy(x)
        new.update({key: _mapped(y, leaf, (*place, key)) for key, y in x.items()})
        return new
    if dataclasses.is_dataclass(x) and not isinstance(x, type) and hasattr(x, "__dict__"):
        record = copy.copy(x)
        vars(record).update({key: _mapped(y, leaf, (*place, key)) for key, y in vars(x).items()})
        return record
    return x


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0)
