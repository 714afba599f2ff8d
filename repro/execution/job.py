"""What a worker does: train one block, write its record, and say how it went.

A worker trains on one thread. The store is all that passes between blocks, so results are the
same however they were spread. A checkpoint beside the record lets another attempt, in this session
or a later one, go on where one was cut off.
"""

from __future__ import annotations

import contextlib
import math
import platform
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from repro import algorithms
from repro.errors import RecordError, TrainingError, UserError
from repro.execution.status import Clock, Outcome, Progress, Status, read_progress, write_progress
from repro.records.record import Record
from repro.records.store import Store, sweep
from repro.storage.provenance import versions
from repro.training.run import run

if TYPE_CHECKING:
    from repro.protocol.blocks import Block

Origin = tuple[str | None, bool | None]
ATTEMPTS = 2
"""A block that failed is tried once more."""
POLL_SECONDS = 0.5
"""How often progress is looked at, and at most how often a worker writes it."""


class StoppedError(TrainingError):
    """Training was ended by something outside of it, and can go on from its checkpoint."""


@dataclass(frozen=True)
class Job:
    """One block's training, as it is handed to a worker.

    Attributes:
        block: what to train.
        folder: of the store.
        resumed: whether the parent's record was there before this session.
        origin: commit of the checkout, and whether it had uncommitted changes.
        session: file whose removal ends the training; None: of no file.
        session_id: of the session that asks for it, whose attempts are counted.
    """

    block: Block
    folder: Path
    resumed: bool = False
    origin: Origin = (None, None)
    session: Path | None = None
    session_id: str = ""

    def check(self) -> None:
        """See that somebody still waits for the record.

        Raises:
            StoppedError: nobody does.
        """
        if self.session is not None and not self.session.exists():
            raise StoppedError(f"{self.block.name} was stopped: the run that wanted it is over")


def work(job: Job) -> Status:
    """Train one block, write its record, and say how it went, whatever happens."""
    clock = Clock()
    try:
        return train_and_save(job)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported and counted
        store = Store(job.folder)
        if not isinstance(error, (StoppedError, RecordError, OSError)):
            with contextlib.suppress(OSError):  # the checkpoint may be what is wrong
                store.path(job.block, "checkpoint").unlink(missing_ok=True)
        return clock.status(
            job.block,
            Outcome.FAILED,
            attempts=_attempts(store, job),
            error=str(error) if isinstance(error, UserError) else _place(error),
        )


def train_and_save(job: Job) -> Status:
    """Train one block and write its record.

    Raises:
        RecordError: the parent's record is not there, or the new one cannot be written.
        StoppedError: nobody waits for it any more, or earlier workers died of this block.
        TrainingError: a loss is not a finite number.
    """
    torch.set_num_threads(1)
    clock, block, store = Clock(), job.block, Store(job.folder)
    store.prepare()
    attempts = _attempts(store, job) + 1
    write_progress(store, block, Progress(0, len(block.seeds), attempts, job.session_id))
    if attempts > ATTEMPTS:
        raise StoppedError(
            f"{ATTEMPTS} workers that trained {block.name} were lost; "
            "look at the memory there is, then run again"
        )
    parent = store.load(block.parent) if block.parent else None
    if block.parent and parent is None:
        raise RecordError(f"{block.name} needs the record of {block.parent.name}; run that first")
    written, first = -math.inf, None

    def tell(epoch: int, runs: int) -> None:
        nonlocal written, first
        first = first or epoch
        if time.monotonic() - written > POLL_SECONDS:
            written = time.monotonic()
            job.check()
            write_progress(store, block, Progress(epoch, runs, attempts, job.session_id))

    checkpoint = store.path(block, "checkpoint")
    trained, times = run(block, parent.weights if parent else None, tell, checkpoint=checkpoint)
    begun_at = first or trained.returns.shape[1] + 1  # none was left to do after the checkpoint
    steps = algorithms.load(block.algorithm, **dict(block.settings)).steps
    status = clock.status(
        block,
        Outcome.TRAINED if begun_at == 1 else Outcome.RESUMED,
        transitions=int(np.isfinite(trained.returns[:, begun_at - 1 :]).sum()) * steps,
        attempts=attempts,
    )
    head, dirty = job.origin
    store.save(
        Record(
            block,
            trained.returns,
            times,
            trained.bids,
            trained.final_bids,
            trained.weights,
            provenance={},
        ),
        {
            "outcome": status.outcome,
            "seconds": status.seconds,
            "cpu_seconds": status.cpu_seconds,
            "peak_mib": status.peak_mib,
            "transitions": status.transitions,
            "attempts": status.attempts,
            "host": platform.node(),
            "versions": versions(),
            "resumed": job.resumed,
            "commit": head,
            "dirty": dirty,
        },
    )
    sweep(store, block, "checkpoint")
    return status


def _attempts(store: Store, job: Job) -> int:
    """How many attempts of this session have been begun."""
    now = read_progress(store, job.block)
    return now.attempts if now.session == job.session_id else 0


def _place(error: Exception) -> str:
    """Name an error that nobody foresaw, and where it was raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"
