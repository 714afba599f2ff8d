"""Float64 tensors for tests of credit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


def doubles(numbers: Sequence[float] | Sequence[Sequence[float]]) -> Tensor:
    """Return a tensor of these numbers."""
    return torch.tensor(numbers, dtype=torch.float64)


def noise(seed: int, *shape: int) -> Tensor:
    """Draw standard normal numbers."""
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))
