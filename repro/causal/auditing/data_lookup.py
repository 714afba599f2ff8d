"""Which numbers of a tensor are among an agent's data, before and after a change of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from repro.causal.auditing.data_change import Changed


class DataLookup:
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
            old, new = (converted(x, types) for x in self._data)
            wanted = _in_sorted(old, self._wanted) | _in_sorted(new, self._wanted)
            self._some[types] = [old[wanted], new[wanted]]
        return self._some[types]


def _in_sorted(numbers: np.ndarray, some: np.ndarray) -> np.ndarray:
    if not some.size:
        return np.zeros(numbers.size, dtype=bool)
    places = np.searchsorted(some, numbers).clip(max=some.size - 1)
    found: np.ndarray = some[places] == numbers
    return found


def converted(numbers: np.ndarray, types: tuple[torch.dtype, ...]) -> np.ndarray:
    """Convert numbers to one type after the other; the results are doubles."""
    tensor = torch.from_numpy(numbers)
    for dtype in types:
        tensor = tensor.to(dtype)
    return tensor.double().numpy()
