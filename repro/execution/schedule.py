"""Run blocks on workers: parents first, longest first, what is finished is not run again."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

import numpy as np

from repro import algorithms, tasks
from repro.execution.dask_workers import Cluster
from repro.execution.local_workers import LocalWorkers
from repro.execution.session import Session
from repro.execution.status import Outcome, Status
from repro.protocol.blocks import with_parents
from repro.records.store import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from repro.execution.job import Origin
    from repro.execution.local_workers import Pool
    from repro.protocol.blocks import Block
    from repro.records.record import Record
    from repro.records.store import Store


def run_blocks(
    blocks: Sequence[Block],
    store: Store,
    *,
    jobs: int,
    scheduler: str | None = None,
    fresh: bool = False,
    origin: Origin = (None, None),
    watch: Callable[[Mapping[Block, tuple[int, int]]], None] = lambda _progress: None,
    done: Callable[[Block, Record | Exception], None] = lambda _block, _result: None,
    ended: Callable[[Status], None] = lambda _status: None,
) -> dict[Block, Record | Exception]:
    """Bring the records of `blocks` and of all they start from, training what is missing.

    A block that fails is tried once more, whatever the reason: one cannot tell from outside what a
    second attempt would mend. If its own code failed, it begins anew, for its checkpoint may be
    what is wrong; if its worker was lost, it goes on from there.

    Args:
        blocks: what is wanted.
        store: where records are.
        jobs: how many blocks are trained at once on this machine.
        scheduler: address of a Dask scheduler, whose workers train in place of this machine.
        fresh: whether to train anew what is finished already.
        origin: for the records: commit of the checkout, and whether it had uncommitted changes.
        watch: told from time to time epoch and runs left of each block that is being trained.
        done: told of each block when it has been trained, or why not.
        ended: told what became of each block, those found in the store included.

    Returns:
        Each block's record, or the error that kept it from one; a block whose parent failed
        carries an error of its own.

    Raises:
        RecordError: the store cannot be written.
        UserError: the cluster cannot be used.
    """
    wanted = with_parents(blocks)
    found = {} if fresh else {block: store.load(block) for block in wanted}
    results: dict[Block, Record | Exception] = {b: r for b, r in found.items() if r is not None}
    for block in results:
        sweep(store, block, "progress", "checkpoint")  # of a session killed as the block was ending
        ended(Status(block.name, Outcome.STORED))
    missing = [block for block in longest_first(wanted) if block not in results]
    if not missing:
        return results
    store.prepare()
    for block in missing:  # what an earlier session left
        sweep(store, block, "progress", *(["checkpoint"] if fresh else []))
    with _terminable(), contextlib.closing(_pool(jobs, scheduler, store, missing)) as pool:
        session = Session(pool, store, origin, missing, results)
        while session.waiting or session.pending:
            for block, status in session.step():
                sweep(store, block, "progress")
                done(block, results[block])
                ended(status)
            watch(session.progress())
    return results


def _pool(jobs: int, scheduler: str | None, store: Store, missing: Sequence[Block]) -> Pool:
    """Make the workers, no more of this machine's than there are blocks."""
    if scheduler is None:
        return LocalWorkers(min(jobs, len(missing)))
    return Cluster(scheduler, store.folder.resolve(), missing[0])


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Take a request to end for Ctrl-C, so that workers end as well and what is done is told."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def work_in(block: Block) -> int:
    """Estimate a block's work: its transitions, at most, times the networks that learn from them.

    Raises:
        UserError: the block names an algorithm or a problem that does not exist.
    """
    algorithm = algorithms.load(block.algorithm, **dict(block.settings))
    tables = tasks.problem(block.problem).merged
    observation, actions = tables.observation.shape[1], tables.next_state.shape[1]
    policies = algorithm.init_policy(observation, actions, np.random.default_rng(0))
    networks = len(policies) + algorithm.learners(actions)
    return block.epochs * len(block.seeds) * algorithm.steps * networks


def longest_first(blocks: Sequence[Block]) -> list[Block]:
    """Order blocks by the work of the longest chain that begins with them; parents before children.

    Args:
        blocks: as `with_parents` gives them.
    """
    below: dict[Block, int] = {}  # work of a block's longest chain of children
    length: dict[Block, int] = {}
    for block in reversed(blocks):
        length[block] = work_in(block) + below.get(block, 0)
        if block.parent:
            below[block.parent] = max(below.get(block.parent, 0), length[block])
    return sorted(blocks, key=lambda block: -length[block])
