"""One session of training: which block is next, how often each was begun, what the result was."""

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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from repro.execution.job import Origin
    from repro.execution.local_workers import Pool
    from repro.protocol.blocks import Block
    from repro.records.record import Record
    from repro.records.store import Store


def with_parents(blocks: Iterable[Block]) -> list[Block]:
    """All blocks that these need, each once, parents before children."""
    ordered: dict[Block, None] = {}
    for block in blocks:
        chain = [block]
        while chain[-1].parent:
            chain.append(chain[-1].parent)
        ordered.update(dict.fromkeys(reversed(chain)))
    return list(ordered)


log = logging.getLogger(__name__)


class Session:
    """Which block is next, which were begun how often, and what came of them.

    Attributes:
        waiting: blocks that no worker has, longest first.
        pending: blocks in training.
    """

    def __init__(
        self,
        pool: Pool,
        store: Store,
        origin: Origin,
        blocks: Sequence[Block],
        results: dict[Block, Record | Exception],
    ) -> None:
        self.waiting = list(blocks)
        self.pending: dict[Future[Status], Block] = {}
        self._order = {block: place for place, block in enumerate(blocks)}
        self._begun: Counter[Block] = Counter()
        self._pool, self._store, self._origin = pool, store, origin
        self._results, self._old = results, frozenset(results)
        self._session_id = uuid.uuid4().hex

    def step(self) -> Iterator[tuple[Block, Status]]:
        """Begin what can be begun, wait a moment, and tell of what is over for good."""
        yield from self._cut_off()
        self._begin()
        if not self.pending:  # no worker is there
            time.sleep(POLL_SECONDS)
        finished, _ = wait(self.pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in finished:
            block = self.pending.pop(future)
            status = _status(future, block)
            status = replace(status, attempts=max(status.attempts, self._begun[block]))
            if not status.error:
                record = self._reload(block)
                if record is not None:
                    self._results[block] = record
                    yield block, status
                    continue
                text = f"the record of {block.name} is not in {self._store.folder}"
                status = replace(status, outcome=Outcome.FAILED, error=text)
            if status.attempts < ATTEMPTS:
                log.warning("%s failed, and is tried once more: %s", block.name, status.error)
                self.waiting.append(block)
                self.waiting.sort(key=self._order.__getitem__)
            else:
                self._results[block] = TrainingError(status.error)
                yield block, status

    def progress(self) -> dict[Block, tuple[int, int]]:
        """Epoch and runs left of each block in training, once its worker has begun."""
        read = {block: read_progress(self._store, block) for block in self.pending.values()}
        return {block: (now.epoch, now.runs) for block, now in read.items() if now.attempts}

    def _cut_off(self) -> Iterator[tuple[Block, Status]]:
        """Give up blocks whose parents have failed; parents stand before children."""
        for block in list(self.waiting):
            parent = self._results.get(block.parent) if block.parent else None
            if isinstance(parent, Exception):
                self.waiting.remove(block)
                error = UserError(f"{block.name} was not run: {parent}")
                self._results[block] = error
                yield block, Status(block.name, Outcome.NOT_RUN, error=str(error))

    def _begin(self) -> None:
        """Hand blocks to workers that are free."""
        ready = [b for b in self.waiting if b.parent is None or b.parent in self._results]
        for block in ready[: max(0, self._pool.room() - len(self.pending))]:
            self.waiting.remove(block)
            self._begun[block] += 1
            folder = self._store.folder.resolve()
            resumed = block.parent in self._old
            job = Job(block, folder, resumed, self._origin, session_id=self._session_id)
            self.pending[self._pool.submit(job)] = block

    def _reload(self, block: Block) -> Record | None:
        """Read back what a worker wrote, which may take a while to be seen here."""
        until = time.monotonic() + self._pool.patience
        while (record := self._store.load(block)) is None and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        return record


def _status(future: Future[Status], block: Block) -> Status:
    """How a block ended; that of one whose worker was lost is made up here.

    Raises:
        UserError: the cluster let it go.
    """
    if future.cancelled():
        raise UserError(
            "the connection to the Dask scheduler was lost; what is finished is kept, so run again"
        )
    error = future.exception()
    if error is None:
        return future.result()
    if not isinstance(error, Exception):
        raise error
    text = (
        f"the worker that trained {block.name} was lost ({type(error).__name__}); "
        "look at the memory there is, then run again"
    )
    return Status(block.name, Outcome.FAILED, error=text)
