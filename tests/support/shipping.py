"""Synthetic records for tests of shipping, audits and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from repro.records.record import Record, weight_names
from repro.records.store import Store
from repro.statistics.convergence import epochs_to_convergence
from repro.storage.provenance import versions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from repro.protocol.blocks import Block

CLEAN: dict[str, Any] = {
    "seconds": 2.0,
    "cpu_seconds": 1.5,
    "transitions": 4096,
    "host": "secret",
    "versions": versions(),
    "resumed": False,
    "commit": "c0ffee",
    "dirty": False,
}
"""The provenance that a worker writes; the store adds the processor."""


def record(block: Block, first: int | Sequence[int] = 300, noise: int = 0) -> Record:
    """Make a record with given convergence times.

    Args:
        block: what was run.
        first: run r converges at epoch first + r, or at first[r]; with 0 it never does.
        noise: seed of weights and bids.
    """
    runs = len(block.seeds)
    firsts = [first + r for r in range(runs)] if isinstance(first, int) and first else first
    firsts = [0] * runs if isinstance(firsts, int) else list(firsts)
    observed = [block.epochs if at == 0 else min(at + 29, block.epochs) for at in firsts]
    returns = np.full((runs, max(observed)), np.nan)
    for row, at, length in zip(returns, firsts, observed, strict=True):
        row[:length] = 0.1
        row[at - 1 if at else length : length] = 0.8
    rng = np.random.default_rng(noise)
    bids = rng.random((runs, returns.shape[1], 2, 6)).astype(np.float32)
    return Record(
        block,
        returns,
        epochs_to_convergence(returns),
        {"bid": bids} if block.bids else {},
        {"bid": bids[:, -1]},
        {name: rng.random((runs, 1, 3)).astype(np.float32) for name in weight_names(block)},
        {},
    )


def stored(folder: Path, *records: Record, **provenance: object) -> list[Record]:
    """Save records and load them, as before shipping."""
    store = Store(folder)
    for one in records:
        store.save(one, {**CLEAN, **provenance})
    found = [store.load(one.block) for one in records]
    return [one for one in found if one is not None]
