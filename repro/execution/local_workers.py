"""The machine's cores as workers: one process each, one block at a time.

These are loky's processes, which joblib's are as well. joblib itself spreads flat lists of calls;
here children wait for their parents, and a worker that dies must cost its own block alone, so each
worker is an executor of its own: what breaks is replaced, and the others go on.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Protocol

from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

from repro.execution.job import work

if TYPE_CHECKING:
    from concurrent.futures import Future

    from repro.execution.job import Job
    from repro.execution.status import Status

ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS", "NUMBA", "VECLIB")
}


class Pool(Protocol):
    """Workers, wherever they are."""

    patience: float
    """Seconds until what one process writes to the store is surely seen by the others."""

    def room(self) -> int:
        """How many blocks can be in training at once, now."""

    def submit(self, job: Job) -> Future[Status]:
        """Hand a block to an idle worker; an exception in the future means that it was lost."""

    def close(self) -> None:
        """End all workers' jobs at once, finished or not."""


class LocalWorkers:
    """Processes of this machine.

    Args:
        count: how many.
    """

    patience = 0.0

    def __init__(self, count: int) -> None:
        self._executors = [_executor() for _ in range(count)]
        self._futures: list[Future[Status] | None] = [None] * count

    def room(self) -> int:
        """As many blocks as workers."""
        return len(self._executors)

    def submit(self, job: Job) -> Future[Status]:
        """Hand a block to an idle worker, or to a new one in the place of one that has died."""
        idle = next(i for i, f in enumerate(self._futures) if f is None or f.done())
        try:
            future: Future[Status] = self._executors[idle].submit(work, job)
        except BrokenProcessPool:
            self._executors[idle] = _executor()
            future = self._executors[idle].submit(work, job)
        self._futures[idle] = future
        return future

    def close(self) -> None:
        """End all workers at once."""
        for executor in self._executors:
            executor.shutdown(wait=True, kill_workers=True)


def _executor() -> ProcessPoolExecutor:
    """One worker, begun when it is first needed."""
    return ProcessPoolExecutor(
        max_workers=1, env=ONE_THREAD, initializer=_end_with, initargs=(os.getpid(),)
    )


def _end_with(starter: int) -> None:
    """Have this process end when the one that started it is no more, idle or not."""

    def watch() -> None:
        while os.getppid() == starter:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
