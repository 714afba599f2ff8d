"""The runs that a user has trained, as a collection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.library.shipped_runs import ANY_SEEDS, Runs, load_shipped
from repro.paths import RUNS
from repro.protocol.tiers import written
from repro.records import MANIFEST, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.protocol.blocks import Block


def load_runs(folder: Path | str = RUNS, seeds: Iterable[int] | None = None) -> Runs:
    """Open the runs that `python -m repro run` has trained, the finished ones.

    Each record has what `load_shipped` gives, and the networks' weights besides. Runs count whatever code
    and versions made them; a record's `provenance` says which.

    >>> import tempfile
    >>> from repro.execution.job import Job, work
    >>> from repro.protocol import Block
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     trained = work(Job(Block("cvs", "linear_chain.training", seeds=(0, 1), epochs=2), Path(folder)))
    ...     cvs = load_runs(folder)["cvs", "linear_chain.training"]
    >>> cvs.block.seeds, cvs.returns.shape, sorted(cvs.weights)
    ((0, 1), (2, 2), ['policy', 'value'])

    Args:
        folder: the folder of `--store`; without one, that of `python -m repro run`, build/runs.
        seeds: see `Runs.of_seeds`; None: all.

    Raises:
        RecordError: the folder is missing or holds no finished runs, or the facts about a record are faulty;
            when a record is read: its arrays are missing or faulty.
        UserError: as `Runs.of_seeds`; or two records differ in their seeds alone, and neither has all seeds
            of the other that are wanted.
    """
    folder = Path(folder)
    if (folder / MANIFEST).exists():
        return load_shipped(seeds, folder)
    stored = Stored(folder)
    wanted = None if seeds is None else set(seeds)
    kept: dict[Block, Block] = {}
    for block in stored.blocks:
        same = block.with_seeds(ANY_SEEDS)
        kept[same] = _larger(kept.get(same, block), block, wanted)
    runs = Runs(stored, {block: block.seeds for block in kept.values()})
    return runs if wanted is None else runs.of_seeds(wanted)


def _larger(one: Block, other: Block, wanted: set[int] | None) -> Block:
    """Return the block that has all the wanted seeds of the other.

    Raises:
        UserError: neither has.
    """
    mine, its = (set(b.seeds) if wanted is None else wanted & {*b.seeds} for b in (one, other))
    if mine >= its:
        return one
    if mine < its:
        return other
    raise UserError(
        f"{one.name} was trained twice, with the seeds {written(one.seeds)} and {written(other.seeds)}; "
        "expected seeds that one of these records has: give them as seeds"
    )
