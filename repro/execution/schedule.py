"""Run blocks on workers: what a block needs first, longest first; finished blocks are not run again."""

from __future__ import annotations

import contextlib
import signal
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from repro import algorithms, tasks
from repro.execution.dask_workers import DaskWorkers
from repro.execution.local_workers import LocalWorkers
from repro.execution.session import Session
from repro.execution.signals import handled
from repro.execution.status import Outcome, Status
from repro.protocol.blocks import PRETRAINING_EPOCHS
from repro.protocol.matched import needed_by, with_needed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repro.execution.job import Origin
    from repro.execution.workers import Workers
    from repro.protocol.blocks import Block
    from repro.records.record import Record
    from repro.records.store import Store

NOTHING: Mapping[str, float] = MappingProxyType({})
"""No block was measured."""


def run_blocks(
    blocks: Sequence[Block],
    store: Store,
    *,
    jobs: int,
    scheduler: str | None = None,
    fresh: bool = False,
    origin: Origin = (None, None),
    measured: Mapping[str, float] = NOTHING,
    compiling: Callable[[], None] = lambda: None,
    watch: Callable[[Mapping[Block, tuple[int, int]]], None] = lambda _progress: None,
    done: Callable[[Block, Record | Exception], None] = lambda _block, _result: None,
    ended: Callable[[Status], None] = lambda _status: None,
) -> dict[Block, Record | Exception]:
    """Return the records of blocks and of all that they need; train those that are missing.

    A block that fails is tried once more, whatever the reason, because the reason may be temporary.
    If its code raised an error, it starts again from the beginning, because its checkpoint may be the
    cause. If its worker was lost, it continues from the checkpoint.

    Args:
        blocks: which records are wanted.
        store: where records are.
        jobs: how many blocks to train at once on this machine.
        scheduler: address of a Dask scheduler, whose workers train instead of this machine.
        fresh: whether to train finished blocks again.
        origin: for the records: commit of the checkout, and whether it had uncommitted changes.
        measured: seconds that a run of a block took before, by the block's arm; they decide which
            block is trained next, and nothing else.
        compiling: called before workers of this machine start, as what they run may have to be compiled first.
        watch: called regularly with the epoch and the number of unfinished runs of each block in
            training.
        done: called with each trained block and its record, or the error.
        ended: called with the status of each block, including those found in the store.

    Returns:
        Each block's record, or the error for which it has none. A block whose parent or reference failed
        has its own error.

    Raises:
        RecordError: the store cannot be written.
        UserError: the Dask workers cannot be used.
    """
    wanted = with_needed(blocks)
    found = {} if fresh else {block: store.load(block) for block in wanted}
    results: dict[Block, Record | Exception] = {b: r for b, r in found.items() if r is not None}
    missing = [block for block in longest_first(wanted, measured) if block not in results]
    for block in wanted:  # files left by an earlier session; only a missing block can resume
        resumable = block not in results and not fresh
        store.sweep(block, "progress", *([] if resumable else ["checkpoint"]))
    for block in results:
        ended(Status(block, Outcome.STORED))
    if not missing:
        return results
    store.prepare()
    if scheduler is None:
        compiling()
    # SIGTERM is treated as Ctrl-C, so that workers end too and results are reported.
    terminable = handled(signal.SIGTERM, signal.default_int_handler)
    with terminable, contextlib.closing(_workers(jobs, scheduler, store, missing)) as workers:
        session = Session(workers, store, origin, missing, results)
        while session.waiting or session.pending:
            for block, status in session.step():
                store.sweep(block, "progress")
                done(block, results[block])
                ended(status)
            watch(session.progress())
    return results


def _workers(jobs: int, scheduler: str | None, store: Store, missing: Sequence[Block]) -> Workers:
    """Start the workers: on this machine at most one for each block."""
    if scheduler is None:
        return LocalWorkers(min(jobs, len(missing)), missing)
    return DaskWorkers(scheduler, store.folder.resolve(), missing[0])


def work_in(block: Block) -> int:
    """Estimate a block's work: its transitions, times the networks that learn.

    A run that may stop early is taken to last as long as pretraining at most.

    Raises:
        UserError: the block names an algorithm or a problem that does not exist.
    """
    algorithm = algorithms.load(block.algorithm, **dict(block.hyperparameters))
    tables = tasks.problem(block.problem).merged
    observation, actions = tables.observation.shape[1], tables.next_state.shape[1]
    policies = algorithm.init_policy(observation, actions, np.random.default_rng(0))
    networks = len(policies) + algorithm.critics(actions)
    epochs = block.epochs
    if block.extra_epochs is not None:
        epochs = min(epochs, PRETRAINING_EPOCHS)
    return epochs * len(block.seeds) * algorithm.steps * networks


def costs(blocks: Sequence[Block], measured: Mapping[str, float] = NOTHING) -> dict[Block, float]:
    """Estimate how long each block trains, all in one unit: seconds, if any block was measured.

    Args:
        blocks: which.
        measured: see `run_blocks`. The others get their work's share of the measured seconds.
    """
    work = {block: work_in(block) for block in blocks}
    known = {b: measured[b.arm] * len(b.seeds) for b in blocks if measured.get(b.arm, 0) > 0}
    rate = sum(known.values()) / sum(work[block] for block in known) if known else 1.0
    return {block: known.get(block, rate * work[block]) for block in blocks}


def longest_first(blocks: Sequence[Block], measured: Mapping[str, float] = NOTHING) -> list[Block]:
    """Sort blocks by the cost of the longest chain that starts with them; what is needed comes first.

    Args:
        blocks: as `with_needed` returns them.
        measured: see `run_blocks`.
    """
    cost = costs(blocks, measured)
    below: dict[Block, float] = {}  # cost of the longest chain of the blocks that need a block
    length: dict[Block, float] = {}
    for block in reversed(blocks):
        length[block] = cost[block] + below.get(block, 0)
        for needed in needed_by(block):
            below[needed] = max(below.get(needed, 0), length[block])
    return sorted(blocks, key=lambda block: -length[block])
