"""One session of training: which block is next, how often each was started, and the results."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import replace
from typing import TYPE_CHECKING

from repro.errors import TrainingError, UserError
from repro.execution.job import ATTEMPTS, POLL_SECONDS, Job
from repro.execution.status import Outcome, Status, read_progress
from repro.protocol.matched import needed_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from repro.execution.job import Origin
    from repro.execution.workers import Workers
    from repro.protocol.blocks import Block
    from repro.records.record import Record
    from repro.records.store import Store

log = logging.getLogger(__name__)


class Session:
    """Hands blocks to workers until each has a record or has failed.

    Attributes:
        waiting: blocks that no worker has, longest first.
        pending: blocks in training.

    Args:
        workers: train the blocks.
        store: where they write their records.
        origin: commit of the checkout, and whether it had uncommitted changes.
        blocks: to train, longest first.
        results: records of finished blocks; the session adds a record or an error for each block.
    """

    def __init__(
        self,
        workers: Workers,
        store: Store,
        origin: Origin,
        blocks: Sequence[Block],
        results: dict[Block, Record | Exception],
    ) -> None:
        self.waiting = list(blocks)
        self.pending: dict[Future[Status], Block] = {}
        self._order = {block: place for place, block in enumerate(blocks)}
        self._started: Counter[Block] = Counter()
        self._workers, self._store, self._origin = workers, store, origin
        self._results, self._old = results, frozenset(results)
        self._session_id = uuid.uuid4().hex

    def step(self) -> Iterator[tuple[Block, Status]]:
        """Start blocks, wait a moment, and yield the blocks that ended with their status."""
        yield from self._give_up_children()
        self._start()
        if not self.pending:  # there is no worker
            time.sleep(POLL_SECONDS)
        finished, _ = wait(self.pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in finished:
            block = self.pending.pop(future)
            status = _status(future, block)
            status = replace(status, attempts=max(status.attempts, self._started[block]))
            if not status.error:
                record = self._reload(block)
                if record is not None:
                    self._results[block] = record
                    yield block, status
                    continue
                text = f"the record of {block.name} is not in {self._store.folder}"
                status = replace(status, outcome=Outcome.FAILED, error=text)
            if status.attempts < ATTEMPTS:
                log.warning("%s failed and is tried once more: %s", block.name, status.error)
                self.waiting.append(block)
                self.waiting.sort(key=self._order.__getitem__)
            else:
                self._results[block] = TrainingError(status.error)
                yield block, status

    def progress(self) -> dict[Block, tuple[int, int]]:
        """Epoch and number of unfinished runs of each block whose worker has started."""
        read = {block: read_progress(self._store, block) for block in self.pending.values()}
        return {block: (now.epoch, now.runs) for block, now in read.items() if now.attempts}

    def _give_up_children(self) -> Iterator[tuple[Block, Status]]:
        """Give up blocks that need one that has failed, which comes before them."""
        for block in list(self.waiting):
            needed = (self._results.get(one) for one in needed_by(block))
            failed = next((one for one in needed if isinstance(one, Exception)), None)
            if failed is not None:
                self.waiting.remove(block)
                error = UserError(f"{block.name} was not run: {failed}")
                self._results[block] = error
                yield block, Status(block, Outcome.NOT_RUN, error=str(error))

    def _start(self) -> None:
        """Hand blocks to idle workers."""
        ready = [b for b in self.waiting if all(one in self._results for one in needed_by(b))]
        for block in ready[: max(0, self._workers.capacity() - len(self.pending))]:
            self.waiting.remove(block)
            self._started[block] += 1
            folder = self._store.folder.resolve()
            resumed = any(one in self._old for one in needed_by(block))
            job = Job(block, folder, resumed, self._origin, session_id=self._session_id)
            self.pending[self._workers.submit(job)] = block

    def _reload(self, block: Block) -> Record | None:
        """Read a record that a worker wrote; on a network it may appear with a delay."""
        until = time.monotonic() + self._workers.patience
        while (record := self._store.load(block)) is None and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        return record


def _status(future: Future[Status], block: Block) -> Status:
    """Return the status of a block, also if its worker was lost and returned none.

    Raises:
        UserError: the connection to the workers was lost.
    """
    if future.cancelled():
        raise UserError(
            "the connection to the Dask scheduler was lost; finished blocks are kept, so run again"
        )
    error = future.exception()
    if error is None:
        return future.result()
    if not isinstance(error, Exception):
        raise error
    text = (
        f"the worker that trained {block.name} was lost ({type(error).__name__}); "
        "check that there is enough memory, then run again"
    )
    return Status(block, Outcome.FAILED, error=text)
