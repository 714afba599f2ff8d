"""Streams for runs, and an epoch as numpy arrays, for tests that look at what was recorded."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from repro.engine.rollout import RngStreams

if TYPE_CHECKING:
    from repro.engine.rollout import Batch


def streams(*seeds: int) -> RngStreams:
    """A run for each seed."""
    return RngStreams(tuple(np.random.default_rng(s) for s in seeds), np.arange(len(seeds)))


def arrays(batch: Batch) -> SimpleNamespace:
    """All columns of a batch by their names."""
    return SimpleNamespace(**{name: np.asarray(column) for name, column in vars(batch).items()})
