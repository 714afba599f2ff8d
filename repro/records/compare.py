"""Records beside other records: the same bytes, or at least the same distribution.

The same code, versions and processor must give the same bytes. Under others a run may take another
course from some epoch on, so means are compared instead, all blocks at once: times to convergence or,
where no run converged, the returns at the end.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from repro.errors import RecordError
from repro.records.record_set import RecordRef
from repro.records.shipped import MANIFEST, Shipped
from repro.statistics.convergence import WINDOW, ConvergenceTimes
from repro.statistics.permutation import p_value_of_means
from repro.statistics.ratio import ratio_of_means
from repro.verdicts.run_facts import Agreement, Compared, ShippedComparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from repro.protocol.blocks import Block
    from repro.records.record import Record

ALPHA = 0.05
"""Chance to flag any block at all where none differs."""
_MAY_DIFFER = {
    "seeds": "seeds",
    "epochs": "epochs",
    "stay": "stay",
    "bids": "recording of bids",
}
"""What blocks of one name can have otherwise; hyperparameters are in the name."""


@dataclass(frozen=True)
class SetComparison:
    """Two sets of records side by side.

    Attributes:
        blocks: those that both have, in the first set's order.
        only: names of those that the first set alone has, and the second alone.
    """

    blocks: tuple[Compared, ...]
    only: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def agree(self) -> bool:
        """Whether no block differs."""
        differing = {Agreement.BROKEN, Agreement.DIFFERENT}
        return not any(block.likeness in differing for block in self.blocks)


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
        own = [RecordRef.of(record) for record in records]
        rows = [_compare(held, RecordRef.shipped(shipped, held.block)) for held in own]
    except RecordError as error:
        return ShippedComparison(fault=str(error))
    return ShippedComparison(str(shipped.manifest.get("commit")), _flagged(rows))


def compare_sets(one: Sequence[RecordRef], other: Sequence[RecordRef]) -> SetComparison:
    """Compare two sets of records, block by block.

    Blocks of the same settings are set beside each other; of the rest, those of one name, if each set
    has one such block.

    Args:
        one: as `repro.records.record_set.read_set` reads it.
        other: likewise.

    Raises:
        RecordError: no block is in both.
    """
    pairs = _pairs(one, other)
    if not pairs:
        raise RecordError(
            f"no block is in both: given {_names(one)} and {_names(other)}; "
            "expected two sets of the same algorithms and problems"
        )
    mine, its = ({pair[side].block for pair in pairs} for side in (0, 1))
    only = (
        tuple(held.block.name for held in one if held.block not in mine),
        tuple(held.block.name for held in other if held.block not in its),
    )
    return SetComparison(_flagged([_compare(*pair) for pair in pairs]), only)


def holm(p_values: Sequence[float], alpha: float = ALPHA) -> set[float]:
    """The p-values that are significant together, by Holm's procedure (1979)."""
    found: set[float] = set()
    for rank, p in enumerate(sorted(p_values)):
        if p > alpha / (len(p_values) - rank):
            break
        found.add(p)
    return found


def _pairs(
    one: Sequence[RecordRef], other: Sequence[RecordRef]
) -> list[tuple[RecordRef, RecordRef]]:
    """Which records are set beside each other."""
    same = {held.block: held for held in other}
    rest = [held for held in other if held.block not in {h.block for h in one}]
    unpaired = [held for held in one if held.block not in same]
    pairs = []
    for held in one:
        name = held.block.name
        near = [h for h in rest if h.block.name == name]
        if held.block in same:
            pairs.append((held, same[held.block]))
        elif len(near) == 1 and sum(h.block.name == name for h in unpaired) == 1:
            pairs.append((held, near[0]))
    return pairs


def _flagged(rows: Sequence[tuple[Compared, float | None]]) -> tuple[Compared, ...]:
    """Flag the blocks that differ when all are judged at once."""
    significant = holm([p for _, p in rows if p is not None])
    return tuple(
        replace(block, likeness=Agreement.DIFFERENT)
        if p in significant and block.likeness is Agreement.ALIKE
        else block
        for block, p in rows
    )


def _compare(mine: RecordRef, its: RecordRef | None) -> tuple[Compared, float | None]:
    """Compare one block; the p-value is that of no difference, None where bytes settle it."""
    block = mine.block
    if its is None:
        return Compared(block.name, Agreement.NOT_SHIPPED), None
    why = ", ".join(f"other {what}" for what in [*_unlike(block, its.block), *_changes(mine, its)])
    if mine.arrays == its.arrays:
        return Compared(block.name, Agreement.SAME, why), None
    likeness = Agreement.ALIKE if why else Agreement.BROKEN
    records = (mine.load(), its.load())
    # Censored runs stopped at a cap, of which the lower is for both: what is compared are means up
    # to it.
    cap = min(block.epochs, its.block.epochs)
    own, theirs = (_capped(record.times, cap) for record in records)
    ratio = ratio_of_means(own, theirs, _resampling(block.name))
    row = Compared(block.name, likeness, why, ratio.value, ratio.low, ratio.high)
    arms = [times.epochs.astype(np.float64) for times in (own, theirs)]
    if all(record.times.censored.all() for record in records):
        arms = [_levels(record.returns) for record in records]
        row = replace(row, levels=(float(arms[0].mean()), float(arms[1].mean())))
    return row, p_value_of_means(arms[0], arms[1], _resampling(block.name))


def _capped(times: ConvergenceTimes, cap: int) -> ConvergenceTimes:
    """Times up to a cap, as numbers that all count alike."""
    return ConvergenceTimes(np.minimum(times.epochs, cap), np.zeros_like(times.censored))


def _levels(returns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean return of each run's last epochs, as many as show convergence, [runs]."""
    return np.array([row[~np.isnan(row)][-WINDOW:].mean() for row in returns])


def _unlike(mine: Block, its: Block) -> list[str]:
    """Name what two blocks of one name have otherwise."""
    found = [w for name, w in _MAY_DIFFER.items() if getattr(mine, name) != getattr(its, name)]
    one, other = mine.parent, its.parent
    if one is None or other is None:
        same = one is other
    else:  # other seeds go on from other seeds
        same = one.name == other.name and set(_unlike(one, other)) <= {"seeds"}
    return found if same else [*found, "pretraining"]


def _changes(mine: RecordRef, its: RecordRef) -> list[str]:
    """Name what is other than when the others were made."""
    now, then = mine.provenance, its.provenance
    changes = [w for w in ("versions", "processor") if now.get(w) != then.get(w)]
    ours = [held.code_is_ours for held in (mine, its)]
    if mine.key == its.key or all(ours):
        return changes
    # A key is of code, versions and settings together: only with our own code in it can the first
    # be told from the others.
    told = any(ours) or ("versions" not in changes and mine.block == its.block)
    return ["code" if told else "code, perhaps", *changes]


def _names(held: Sequence[RecordRef]) -> str:
    """The first few names of a set."""
    names = [one.block.name for one in held]
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")  # noqa: PLR2004 - likewise


def _resampling(name: str) -> np.random.Generator:
    digested = hashlib.sha256(f"shipped/{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digested[:8], "big"))
