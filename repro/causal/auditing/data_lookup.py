"""Which numbers of a tensor are among an agent's data, before and after a change of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from repro.causal.auditing.data_change import Changed


class DataLookup:
    """Looks up numbers among the data before and after a change.

    A number that was computed from changed data is none of these, except by a rare chance. Which one of the data it
    is does not matter: indices and priorities may have changed, too.

    Args:
        data: the numbers of the data.
        wanted: all numbers that will be looked up.
    """

    def __init__(self, data: Changed, wanted: np.ndarray) -> None:
        self._data, self._wanted = data, np.unique(wanted)
        self._some: dict[tuple[torch.dtype, ...], list[np.ndarray]] = {}

    def has(self, numbers: np.ndarray, dtype: torch.dtype, *, after: bool = False) -> np.ndarray:
        """Return which numbers of a tensor are among the data before the change, or after it."""
        # A step may convert numbers directly to a type, or to single precision first.
        direct, single = self._converted((dtype,)), self._converted((torch.float32, dtype))
        return np.isin(numbers, np.concatenate([direct[after], single[after]]))

    def _converted(self, types: tuple[torch.dtype, ...]) -> list[np.ndarray]:
        """Convert the data; those that nobody looks up are left out, because a replay buffer is large."""
        if types not in self._some:
            made = (converted(x, types) for x in self._data)
            self._some[types] = [x[_in_sorted(x, self._wanted)] for x in made]
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
