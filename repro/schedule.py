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
from repro.provenance import commit, versions
from repro.store import Record, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from repro.experiment import Block

POLL_SECONDS = 0.5
"""How often progress is looked at, and at most how often a worker writes it."""


def train_and_save(block: Block, folder: Path, *, resumed: bool) -> None:
    """Train one block and write its record; runs in a worker.

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
    head, dirty = commit()
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
    watch: Callable[[Mapping[Block, tuple[int, int]]], None] = lambda _progress: None,
    done: Callable[[Block, Record | Exception], None] = lambda _block, _result: None,
) -> dict[Block, Record | Exception]:
    """Bring the records of `blocks` and of all they start from, training what is missing.

    Args:
        blocks: what is wanted.
        store: where records are.
        jobs: how many blocks are trained at once.
        fresh: whether to train anew what is finished already.
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
    old = set(results)
    missing = [block for block in wanted if block not in results]
    if not missing:
        return results
    store.prepare()
    pending: dict[Future[None], Block] = {}

    def finish(block: Block, result: Record | Exception) -> None:
        results[block] = result
        done(block, result)

    try:
        while missing or pending:
            for block in list(missing):
                parent = results.get(block.parent) if block.parent else None
                if isinstance(parent, Exception):
                    missing.remove(block)
                    finish(block, UserError(f"{block.name} was not run: {parent}"))
                elif block.parent is None or parent is not None:
                    missing.remove(block)
                    resumed = block.parent in old
                    # The workers at hand, or new ones where a dead one took the others along.
                    workers = get_reusable_executor(max_workers=jobs)
                    work = workers.submit(train_and_save, block, store.folder, resumed=resumed)
                    pending[work] = block
            finished, _ = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            come = {block: _read_progress(store, block) for block in pending.values()}
            watch({block: progress for block, progress in come.items() if progress})
            for work in finished:
                block = pending.pop(work)
                finish(block, _error(block, work) or _reload(store, block))
    except BaseException:
        get_reusable_executor(max_workers=jobs).shutdown(wait=True, kill_workers=True)
        raise
    return results


def _error(block: Block, work: Future[None]) -> Exception | None:
    """What kept a block from finishing, if anything; an interruption is passed on."""
    error = work.exception()
    if isinstance(error, TerminatedWorkerError):
        return TrainingError(
            f"a worker died while {block.name} was being trained, for want of memory perhaps; "
            "run again, with a smaller --jobs if it recurs"
        )
    if error is None or isinstance(error, Exception):
        return error
    raise error


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
