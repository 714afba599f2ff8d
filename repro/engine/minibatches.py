"""Minibatches of an epoch's samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


def minibatches(
    samples: Mapping[str, Tensor], order: NDArray[np.int32], size: int
) -> dict[str, Tensor]:
    """Put the samples of each learner into an order, and cut them into columns [m / B, R, L, B].

    Args:
        samples: columns [R, L, n].
        order: int32 [R, L, m], as `Algorithm.learn` takes it.
        size: B.
    """
    row, n = torch.from_numpy(order).long(), samples["state"].shape[-1]
    first = torch.arange(row[..., 0].numel()).view(*row.shape[:-1], 1) * n
    parts = (row + first).unflatten(-1, (-1, size)).movedim(-2, 0)
    index = parts.flatten()
    return {
        name: column.reshape(-1).index_select(0, index).view(parts.shape)
        for name, column in samples.items()
    }
