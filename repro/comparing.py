"""A run's own records beside the shipped ones: the same bytes, or at least the same distribution.

The same code, versions and processor must give the same bytes. Under others a run may take another
course from some epoch on, so the mean times are compared instead, all blocks at once.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from repro.errors import RecordError
from repro.payload import digest
from repro.run_facts import Compared, Likeness, ShippedComparison
from repro.shipped import MANIFEST, Shipped
from repro.statistics.convergence import Times
from repro.statistics.ratio import compare as compare_means
from repro.store import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from repro.store import Record

ALPHA = 0.05
"""Chance to flag any block at all where none differs."""


def compare(records: Iterable[Record], folder: Path) -> ShippedComparison:
    """Compare records with the runs shipped in a folder, none where it has no manifest.

    Faults of the folder are part of the answer, so that no verdict is lost by them.

    Args:
        records: of a run at the paper's scale.
        folder: of the shipped runs.
    """
    if not (folder / MANIFEST).exists():
        return ShippedComparison()
    try:
        shipped = Shipped(folder)
        shipped.verify()
        compared = [_compare(record, shipped) for record in records]
    except RecordError as error:
        return ShippedComparison(fault=str(error))
    p_values = [p for _, p in compared if p is not None]
    flagged = holm(p_values)
    blocks = [
        replace(block, likeness=Likeness.DIFFERENT)
        if p in flagged and block.likeness is Likeness.ALIKE
        else block
        for block, p in compared
    ]
    return ShippedComparison(str(shipped.manifest.get("commit")), tuple(blocks))


def holm(p_values: Sequence[float], alpha: float = ALPHA) -> set[float]:
    """The p-values that are significant together, by Holm's procedure (1979)."""
    found: set[float] = set()
    for rank, p in enumerate(sorted(p_values)):
        if p > alpha / (len(p_values) - rank):
            break
        found.add(p)
    return found


def _compare(record: Record, shipped: Shipped) -> tuple[Compared, float | None]:
    """Compare one block; the p-value is that of its ratio being 1, None where bytes settle it."""
    block = record.block
    entry = shipped.entry(block)
    if entry is None:
        return Compared(block.name, Likeness.NOT_SHIPPED), None
    why = ", ".join(_changes(record, entry))
    if {name: digest(values) for name, values in record.arrays.items()} == entry["arrays"]:
        return Compared(block.name, Likeness.SAME, why), None
    # Censored runs of both sides stopped at one cap: what is compared are means up to it.
    own, theirs = (
        Times(times.epochs, np.zeros_like(times.censored))
        for times in (record.times, shipped.load(block).times)
    )
    forth, back = (
        compare_means(*arms, _resampling(block.name)) for arms in ((own, theirs), (theirs, own))
    )
    ratio = forth.estimate
    likeness = Likeness.ALIKE if why else Likeness.BROKEN
    row = Compared(block.name, likeness, why, ratio.value, ratio.low, ratio.high)
    return row, min(forth.p_below, back.p_below)


def _changes(record: Record, entry: Mapping[str, Any]) -> list[str]:
    """Name what is other than when the shipped runs were made."""
    then, now = entry["provenance"], record.provenance
    same_code = key(record.block, then.get("versions")) == entry["key"]
    changes = [] if same_code else ["other code"]
    return changes + [f"other {w}" for w in ("versions", "processor") if now.get(w) != then.get(w)]


def _resampling(name: str) -> np.random.Generator:
    digested = hashlib.sha256(f"shipped/{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digested[:8], "big"))
