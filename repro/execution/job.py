"""The job of a worker: train one block, write its record, and return its status.

A worker trains on one thread. Blocks exchange data only through the store, so the results do not
depend on how blocks are distributed to workers. A checkpoint in the store lets a later attempt, in
this session or another, continue where one was interrupted.
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
from repro.protocol.matched import Matched
from repro.records.record import Record
from repro.records.store import Store
from repro.storage.provenance import versions
from repro.training.matching import matched_weights
from repro.training.run import run

if TYPE_CHECKING:
    from repro.engine.networks import Weights
    from repro.protocol.blocks import Block

Origin = tuple[str | None, bool | None]
"""Commit of a checkout, and whether it had uncommitted changes."""
ATTEMPTS = 2
"""How often a block is tried."""
POLL_SECONDS = 0.5
"""Interval at which progress is read, and shortest interval at which a worker writes it."""


class StoppedError(TrainingError):
    """Training was stopped from outside; it can continue from its checkpoint."""


@dataclass(frozen=True)
class Job:
    """The training of one block, as it is handed to a worker.

    Attributes:
        block: what to train.
        folder: of the store.
        resumed: whether the record of the parent, or of the reference, is older than this session.
        origin: commit of the checkout, and whether it had uncommitted changes.
        session: file whose removal stops the training; None: nothing stops it.
        session_id: id of the session, for counting its attempts.
    """

    block: Block
    folder: Path
    resumed: bool = False
    origin: Origin = (None, None)
    session: Path | None = None
    session_id: str = ""

    def check(self) -> None:
        """Check that the session still exists.

        Raises:
            StoppedError: it has ended.
        """
        if self.session is not None and not self.session.exists():
            raise StoppedError(f"{self.block.name} was stopped: its session has ended")


def work(job: Job) -> Status:
    """Train one block and write its record; return its status, also if it failed."""
    clock = Clock()
    try:
        return train_and_save(job)
    except Exception as error:  # noqa: BLE001 - any error is reported in the status
        store = Store(job.folder)
        if not isinstance(error, (StoppedError, RecordError, OSError)):
            with contextlib.suppress(OSError):  # the checkpoint may be the cause
                store.path(job.block, "checkpoint").unlink(missing_ok=True)
        return clock.status(
            job.block,
            Outcome.FAILED,
            attempts=_attempts(store, job),
            error=str(error) if isinstance(error, UserError) else _located(error),
        )


def train_and_save(job: Job) -> Status:
    """Train one block and write its record.

    Raises:
        RecordError: the record of the parent or of the reference does not exist, or the new one cannot be
            written.
        StoppedError: the session has ended, or too many workers were lost in training this block.
        TrainingError: a loss is not a finite number.
        UserError: a run cannot be matched with the reference's.
    """
    torch.set_num_threads(1)
    clock, block, store = Clock(), job.block, Store(job.folder)
    store.prepare()
    attempts = _attempts(store, job) + 1
    write_progress(store, block, Progress(0, len(block.seeds), attempts, job.session_id))
    if attempts > ATTEMPTS:
        raise StoppedError(
            f"{ATTEMPTS} workers that trained {block.name} were lost; "
            "check that there is enough memory, then run again"
        )
    weights = _parent_weights(store, block)
    last_write, first_epoch = -math.inf, None

    def on_epoch(epoch: int, runs: int) -> None:
        nonlocal last_write, first_epoch
        first_epoch = first_epoch or epoch
        if time.monotonic() - last_write > POLL_SECONDS:
            last_write = time.monotonic()
            job.check()
            write_progress(store, block, Progress(epoch, runs, attempts, job.session_id))

    checkpoint = store.path(block, "checkpoint")
    trained, times = run(block, weights, on_epoch, checkpoint=checkpoint)
    # `first_epoch` is None if the checkpoint was of the last epoch.
    started_at = first_epoch or trained.returns.shape[1] + 1
    steps = algorithms.load(block.algorithm, **dict(block.hyperparameters)).steps
    status = clock.status(
        block,
        Outcome.TRAINED if started_at == 1 else Outcome.RESUMED,
        transitions=int(np.isfinite(trained.returns[:, started_at - 1 :]).sum()) * steps,
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
    store.sweep(block, "checkpoint")
    return status


def _parent_weights(store: Store, block: Block) -> Weights | None:
    """Return what a block starts from: its parent's weights, changed if the block is matched.

    Raises:
        RecordError: the record of the parent or of the reference does not exist.
        UserError: a run cannot be matched with the reference's.
    """
    if block.parent is None:
        return None
    parent = _needed(store, block, block.parent)
    if isinstance(block, Matched):
        return matched_weights(block, parent, _needed(store, block, block.reference))
    return parent


def _needed(store: Store, block: Block, needed: Block) -> Weights:
    """Return the weights of a block that another one needs."""
    record = store.load(needed)
    if record is None:
        raise RecordError(f"{block.name} needs the record of {needed.name}; run that first")
    return record.weights


def _attempts(store: Store, job: Job) -> int:
    """Number of attempts that this session has started."""
    now = read_progress(store, job.block)
    return now.attempts if now.session == job.session_id else 0


def _located(error: Exception) -> str:
    """Describe an unexpected error, and where it was raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"
