"""Compare records with other records: do they have the same bytes, or at least the same distribution?

The same code, versions, processor and instructions must give the same bytes. Otherwise runs may differ from some
epoch on, so means over runs are tested for a difference: of times to convergence or, if no run
converged, of the returns at the end.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from repro.errors import RecordError
from repro.protocol.matched import Matched, needed_by
from repro.records.record import weight_names
from repro.records.record_set import RecordRef
from repro.records.shipped import MANIFEST, Shipped
from repro.statistics.convergence import WINDOW, ConvergenceTimes
from repro.statistics.permutation import p_value_of_means
from repro.statistics.ratio import ratio_of_means
from repro.storage.provenance import other_instructions
from repro.verdicts import Agreement, Compared, ShippedComparison, holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from repro.protocol.blocks import Block
    from repro.records.record import Record

ALPHA = 0.05
"""Probability that any block is flagged if none differs."""
_MAY_DIFFER = {
    "seeds": "seeds",
    "epochs": "epochs",
    "extra_epochs": "extra epochs",
    "bids": "recording of bids",
    "keep": "kept weights",
}
"""Settings in which blocks of one experiment can differ."""


@dataclass(frozen=True)
class SetComparison:
    """A comparison of two sets of records.

    Attributes:
        blocks: one for each block that is in both sets, in the first set's order.
        only: names of blocks that are only in the first set, and only in the second.
    """

    blocks: tuple[Compared, ...]
    only: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def agree(self) -> bool:
        """Whether no block differs."""
        differing = {Agreement.BROKEN, Agreement.DIFFERENT}
        return not any(block.likeness in differing for block in self.blocks)


def compare(records: Iterable[Record], folder: Path) -> ShippedComparison:
    """Compare records with the runs shipped in a folder; empty if it has no manifest.

    A faulty folder is reported in the result, not raised, so that the verdicts are not lost.

    Args:
        records: of a run at the paper's scale.
        folder: of the shipped runs.
    """
    if not (folder / MANIFEST).exists():
        return ShippedComparison()
    try:
        shipped = Shipped(folder)
        shipped.verify()
        refs = [RecordRef.of(record) for record in records]
        rows = [_compare(ref, RecordRef.shipped(shipped, ref.block)) for ref in refs]
    except RecordError as error:
        return ShippedComparison(fault=str(error))
    return ShippedComparison(shipped.commit, _flagged(rows))


def compare_sets(one: Sequence[RecordRef], other: Sequence[RecordRef]) -> SetComparison:
    """Compare two sets of records, block by block.

    Blocks with the same settings are compared. Of the others, those of the same algorithm, problem,
    hyperparameters and changes are compared if each set has exactly one.

    Args:
        one: as `repro.records.read_set` returns it.
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
    paired = [{pair[side].block for pair in pairs} for side in (0, 1)]
    only = (
        tuple(ref.block.name for ref in one if ref.block not in paired[0]),
        tuple(ref.block.name for ref in other if ref.block not in paired[1]),
    )
    return SetComparison(_flagged([_compare(*pair) for pair in pairs]), only)


def _pairs(
    one: Sequence[RecordRef], other: Sequence[RecordRef]
) -> list[tuple[RecordRef, RecordRef]]:
    """Return the records that are compared with each other."""
    same = {ref.block: ref for ref in other}
    ours = {ref.block for ref in one}
    rest = [
        [ref for ref in one if ref.block not in same],
        [r for r in other if r.block not in ours],
    ]
    pairs = []
    for ref in one:
        if ref.block in same:
            pairs.append((ref, same[ref.block]))
            continue
        alike = _experiment(ref.block)
        mine, its = ([r for r in side if _experiment(r.block) == alike] for side in rest)
        if len(mine) == len(its) == 1:
            pairs.append((ref, its[0]))
    return pairs


def _experiment(block: Block) -> tuple[object, ...]:
    """What two blocks that are compared have in common."""
    own = (block.algorithm, block.problem, block.hyperparameters)
    start = (block.from_epoch, block.changes)
    if isinstance(block, Matched):
        return (*own, *start, block.match, _experiment(block.reference))
    return (*own, *start)


def _flagged(rows: Sequence[tuple[Compared, float | None]]) -> tuple[Compared, ...]:
    """Flag the blocks that differ significantly, with Holm's correction for their number."""
    tested = [p for _, p in rows if p is not None]
    adjusted = dict(zip(tested, holm(tested), strict=True))
    return tuple(
        replace(block, likeness=Agreement.DIFFERENT)
        if p is not None and adjusted[p] <= ALPHA and block.likeness is Agreement.ALIKE
        else block
        for block, p in rows
    )


def _compare(mine: RecordRef, its: RecordRef | None) -> tuple[Compared, float | None]:
    """Compare one block; also return the p-value for a difference, None if the bytes are the same."""
    block = mine.block
    if its is None:
        return Compared(block.name, Agreement.NOT_SHIPPED), None
    changed = [*_unlike(block, its.block), *_changes(mine, its)]
    why = ", ".join(f"other {what}" for what in changed)
    # Weights that only one of them kept are no difference between their results.
    unequal = [
        name
        for name in sorted({*mine.arrays, *its.arrays})
        if not _kept_by_one(name, block, its.block)
        and mine.arrays.get(name) != its.arrays.get(name)
    ]
    if not unequal:
        return Compared(block.name, Agreement.SAME, why), None
    likeness = Agreement.ALIKE if why else Agreement.BROKEN
    records = (mine.load(), its.load())
    # Censored runs stopped at a cap. With the lower cap applied to both, means are comparable.
    cap = min(block.epochs, its.block.epochs)
    own, theirs = (_capped(record.times, cap) for record in records)
    ratio = ratio_of_means(own, theirs, _generator(block.name))
    where = "" if why else _first_differences(*records) or _listed(unequal)
    row = Compared(block.name, likeness, why, ratio.value, ratio.low, ratio.high, where=where)
    arms = [times.epochs.astype(np.float64) for times in (own, theirs)]
    if all(record.times.censored.all() for record in records):
        arms = [_final_returns(record.returns) for record in records]
        row = replace(row, levels=(float(arms[0].mean()), float(arms[1].mean())))
    return row, p_value_of_means(arms[0], arms[1], _generator(block.name))


def _first_differences(mine: Record, its: Record) -> str:
    """Say from which epoch on the returns of which runs differ; "" if they do not."""
    found = []
    for seed, own, other in zip(mine.block.seeds, mine.returns, its.returns, strict=True):
        length = min(len(own), len(other))
        unequal = np.flatnonzero(~np.isclose(own[:length], other[:length], 0, 0, equal_nan=True))
        if len(unequal):
            found.append(f"seed {seed} from epoch {unequal[0] + 1}")
        elif np.isfinite(own).sum() != np.isfinite(other).sum():
            found.append(f"seed {seed} after epoch {length}")
    return _listed(found)


def _kept_by_one(array: str, *blocks: Block) -> bool:
    """Whether an array has weights that one of two blocks keeps and the other does not."""
    return sum(array in weight_names(block) for block in blocks) == 1


def _capped(times: ConvergenceTimes, cap: int) -> ConvergenceTimes:
    """Times up to a cap, none marked as censored."""
    return ConvergenceTimes(np.minimum(times.epochs, cap), np.zeros_like(times.censored))


def _final_returns(returns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean return of each run's last epochs, as many as a convergence window has, [runs]."""
    return np.array([row[~np.isnan(row)][-WINDOW:].mean() for row in returns])


def _unlike(mine: Block, its: Block) -> list[str]:
    """Name the settings in which two blocks of one experiment differ."""
    found = [w for name, w in _MAY_DIFFER.items() if getattr(mine, name) != getattr(its, name)]
    needed = [needed_by(block) for block in (mine, its)]
    same = len(needed[0]) == len(needed[1]) and all(map(_alike, *needed))
    return found if same else [*found, "pretraining"]


def _alike(one: Block, other: Block) -> bool:
    """Whether two blocks that are needed are the same but for their seeds and the weights they keep."""
    differing = set(_unlike(one, other))  # with other seeds, what is needed has other seeds too
    return _experiment(one) == _experiment(other) and differing <= {"seeds", _MAY_DIFFER["keep"]}


def _changes(mine: RecordRef, its: RecordRef) -> list[str]:
    """Name what changed between the making of two records: code, versions, processor, instructions."""
    now, then = mine.provenance, its.provenance
    changes = [w for w in ("versions", "processor") if now.get(w) != then.get(w)]
    if not changes:  # otherwise the instructions differ with them
        changes = other_instructions(now.get("instructions"), then.get("instructions"))
    ours = [ref.code_is_ours for ref in (mine, its)]
    if mine.key == its.key or all(ours):
        return changes
    # A key covers code, versions and settings together. That the code differs is certain only if one
    # of the keys has this checkout's code, or if the rest is the same.
    certain = any(ours) or ("versions" not in changes and mine.block == its.block)
    return ["code" if certain else "code, perhaps", *changes]


def _names(refs: Sequence[RecordRef]) -> str:
    """The first few names of a set."""
    return _listed([ref.block.name for ref in refs])


def _listed(names: Sequence[str]) -> str:
    """The first few of some names."""
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")  # noqa: PLR2004 - likewise


def _generator(name: str) -> np.random.Generator:
    """Generator for resampling a block, which depends on its name alone."""
    digested = hashlib.sha256(f"shipped/{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digested[:8], "big"))
