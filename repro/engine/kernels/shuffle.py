"""Compiled shuffles of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@numba.njit(error_model="numpy", cache=True)
def permute(uniform: NDArray[np.float64], out: NDArray[np.int32]) -> None:
    """Shuffle 0, 1, ..., n - 1 with n uniform random numbers: Fisher and Yates, inside out.

    Args:
        uniform: [n].
        out: [n], written.
    """
    for i in range(out.size):
        j = int(uniform[i] * (i + 1))
        out[i] = out[j]
        out[j] = i
