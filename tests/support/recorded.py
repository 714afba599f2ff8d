"""Random streams of runs, and a batch as numpy arrays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from repro.engine.rollout import RngStreams

if TYPE_CHECKING:
    from repro.engine.rollout import Batch


def streams(*seeds: int) -> RngStreams:
    """Make the streams of one run per seed."""
    return RngStreams(tuple(np.random.default_rng(s) for s in seeds), np.arange(len(seeds)))


def arrays(batch: Batch) -> SimpleNamespace:
    """Return all columns of a batch as arrays, by name."""
    return SimpleNamespace(**{name: np.asarray(column) for name, column in vars(batch).items()})
