"""Run blocks on the machine's cores: parents first, what is finished is not run again.

A worker trains one block at a time on one thread and writes its record; the store is all that
passes between blocks, so results are the same however they were spread. How far a block has come
is a small file beside its record.
"""

from __future__ import annotations

import contextlib
import json
import math
import platform
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING

import torch
from loky import get_reusable_executor
from loky.process_executor import TerminatedWorkerError

from repro.errors import RecordError, TrainingError, UserError
from repro.experiment import run
from repro.provenance import versions
from repro.store import Record, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from repro.experiment import Block

Origin = tuple[str | None, bool | None]
POLL_SECONDS = 0.5
"""How often progress is looked at, and at most how often a worker writes it."""


def train_and_save(
    block: Block, folder: Path, *, resumed: bool, origin: Origin = (None, None)
) -> None:
    """Train one block and write its record; runs in a worker.

    Args:
        block: what to train.
        folder: of the store.
        resumed: whether the parent's record was there before this session.
        origin: commit of the checkout, and whether it had uncommitted changes.

    Raises:
        RecordError: the parent's record is not there, or the new one cannot be written.
        TrainingError: a loss is not a finite number.
    """
    torch.set_num_threads(1)
    store = Store(folder)
    parent = store.load(block.parent) if block.parent else None
    if block.parent and parent is None:
        raise RecordError(f"{block.name} needs the record of {block.parent.name}; run that first")
    began, written = time.monotonic(), -math.inf
    progress = store.path(block, "progress")

    def tell(epoch: int, runs: int) -> None:
        nonlocal written
        if time.monotonic() - written > POLL_SECONDS:
            written = time.monotonic()
            with contextlib.suppress(OSError):  # a full disk shows when the record is written
                progress.write_text(json.dumps([epoch, runs]), encoding="utf-8")

    store.prepare()
    tell(0, len(block.seeds))
    try:
        trained, times = run(block, parent.weights if parent else None, tell)
    finally:
        progress.unlink(missing_ok=True)
    head, dirty = origin
    store.save(
        Record(block, trained.returns, times, trained.bids, trained.weights, {}),
        {
            "seconds": round(time.monotonic() - began, 3),
            "host": platform.node(),
            "versions": versions(),
            "resumed": resumed,
            "commit": head,
            "dirty": dirty,
        },
    )


def with_parents(blocks: Iterable[Block]) -> list[Block]:
    """All blocks that these need, each once, parents before children."""
    ordered: dict[Block, None] = {}
    for block in blocks:
        chain = [block]
        while chain[-1].parent:
            chain.append(chain[-1].parent)
        ordered.update(dict.fromkeys(reversed(chain)))
    return list(ordered)


def run_blocks(
    blocks: Sequence[Block],
    store: Store,
    *,
    jobs: int,
    fresh: bool = False,
    origin: Origin = (None, None),
    watch: Callable[[Mapping[Block, tuple[int, int]]], None] = lambda _progress: None,
    done: Callable[[Block, Record | Exception], None] = lambda _block, _result: None,
) -> dict[Block, Record | Exception]:
    """Bring the records of `blocks` and of all they start from, training what is missing.

    Args:
        blocks: what is wanted.
        store: where records are.
        jobs: how many blocks are trained at once.
        fresh: whether to train anew what is finished already.
        origin: for the records: commit of the checkout, and whether it had uncommitted changes.
        watch: told from time to time epoch and runs left of each block that is being trained.
        done: told of each block when it has been trained, or why not.

    Returns:
        Each block's record, or the error that kept it from one; a block whose parent failed
        carries an error of its own.

    Raises:
        RecordError: the store cannot be written.
    """
    wanted = with_parents(blocks)
    found = {} if fresh else {block: store.load(block) for block in wanted}
    results: dict[Block, Record | Exception] = {b: r for b, r in found.items() if r is not None}
    missing = [block for block in wanted if block not in results]
    if not missing:
        return results
    store.prepare()
    pool = _Pool(store.folder, min(jobs, len(missing)), origin, frozenset(results))

    def finish(block: Block, result: Record | Exception) -> None:
        results[block] = result
        done(block, result)

    try:
        while missing or pool.waiting or pool.pending:
            for block in list(missing):
                parent = results.get(block.parent) if block.parent else None
                if isinstance(parent, Exception):
                    finish(block, UserError(f"{block.name} was not run: {parent}"))
                elif block.parent is None or parent is not None:
                    pool.waiting.append(block)
            missing = [b for b in missing if b not in results and b not in pool.waiting]
            for block, error in pool.work():
                finish(block, error or _reload(store, block))
            come = {block: _read_progress(store, block) for block in pool.pending.values()}
            watch({block: progress for block, progress in come.items() if progress})
    except BaseException:
        pool.kill()
        raise
    return results


class _Pool:
    """Worker processes, of which one that dies takes the blocks of all others along.

    Those blocks are tried once more, each by itself, so that only the one that kills its worker
    is lost.

    Attributes:
        waiting: blocks that can be trained.
        pending: blocks in training.
    """

    def __init__(self, folder: Path, workers: int, origin: Origin, old: frozenset[Block]) -> None:
        self.waiting: list[Block] = []
        self.pending: dict[Future[None], Block] = {}
        self._folder, self._workers, self._origin, self._old = folder, workers, origin, old
        self._lost_once: set[Block] = set()

    def work(self) -> list[tuple[Block, Exception | None]]:
        """Start what can be started, wait a moment, and return what has ended with its error."""
        for block in list(self.waiting):
            if self._takes(block):
                self.waiting.remove(block)
                self._submit(block)
        finished, _ = wait(self.pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        ended: list[tuple[Block, Exception | None]] = []
        for future in finished:
            block, error = self.pending.pop(future), future.exception()
            if isinstance(error, TerminatedWorkerError):
                if block not in self._lost_once:
                    self._lost_once.add(block)
                    self.waiting.append(block)
                    continue
                error = TrainingError(
                    f"the worker that trained {block.name} died, and again when the block was "
                    "tried by itself; look at the memory there is, then run again"
                )
            if error is not None and not isinstance(error, Exception):
                raise error
            ended.append((block, error))
        return ended

    def kill(self) -> None:
        """End all workers at once."""
        get_reusable_executor(max_workers=self._workers).shutdown(wait=True, kill_workers=True)

    def _takes(self, block: Block) -> bool:
        """Whether a worker is free for this block; one that was lost once is trained alone."""
        alone = self._lost_once.intersection([block, *self.pending.values()])
        return not self.pending if alone else len(self.pending) < self._workers

    def _submit(self, block: Block) -> None:
        """Hand a block to the workers at hand, or to new ones where one has died."""
        workers = get_reusable_executor(max_workers=self._workers)
        future = workers.submit(
            train_and_save,
            block,
            self._folder,
            resumed=block.parent in self._old,
            origin=self._origin,
        )
        self.pending[future] = block


def _reload(store: Store, block: Block) -> Record | Exception:
    """Read back what a worker wrote."""
    record = store.load(block)
    return record or RecordError(f"the record of {block.name} vanished from {store.folder}")


def _read_progress(store: Store, block: Block) -> tuple[int, int] | None:
    """Epoch and runs left of a block in training; None before it has begun."""
    try:
        epoch, runs = json.loads(store.path(block, "progress").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return int(epoch), int(runs)
