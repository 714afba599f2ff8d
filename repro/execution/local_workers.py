"""Worker processes on this machine, one for each core.

They are loky processes, as in joblib. Each worker has its own executor: if a process dies, only its
block is affected, the executor is replaced, and the others continue. joblib would stop them all.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

from repro.errors import UserError
from repro.execution.compiling import compile_kernels
from repro.execution.job import work
from repro.execution.parent import exit_with
from repro.execution.signals import handled

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future

    from repro.execution.job import Job
    from repro.execution.status import Status
    from repro.protocol.blocks import Block

ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS", "NUMBA", "VECLIB")
}

KEEP_MEMORY = {f"MALLOC_{what}_THRESHOLD_": str(2**25) for what in ("MMAP", "TRIM")}
"""Tells the C library (glibc) to reuse the memory of arrays below 32 MiB. By default it returns that of
every large array to the system, and each epoch waits for new pages."""


class LocalWorkers:
    """Processes on this machine; see `repro.execution.workers.Workers`.

    Args:
        count: number of processes.
        blocks: that they will train.

    Raises:
        UserError: no process can be made.
    """

    patience = 0.0

    def __init__(self, count: int, blocks: Iterable[Block] = ()) -> None:
        compile_kernels(blocks, ONE_THREAD)
        self._executors = [_executor() for _ in range(count)]
        self._futures: list[Future[Status] | None] = [None] * count

    def capacity(self) -> int:
        """Return the number of workers."""
        return len(self._executors)

    def submit(self, job: Job) -> Future[Status]:
        """Hand a block to an idle worker; replace the worker if it has died."""
        idle = next(i for i, f in enumerate(self._futures) if f is None or f.done())
        try:
            future: Future[Status] = self._executors[idle].submit(work, job)
        except BrokenProcessPool:
            self._executors[idle] = _executor()
            future = self._executors[idle].submit(work, job)
        self._futures[idle] = future
        return future

    def close(self) -> None:
        """Kill all workers; a second Ctrl-C does not stop this, or their semaphores would be left."""
        with handled(signal.SIGINT, signal.SIG_IGN):
            for executor in self._executors:
                executor.shutdown(wait=True, kill_workers=True)


def _begin(parent: int) -> None:
    """Prepare a worker: it ignores Ctrl-C, which reaches all processes of a terminal, and its parent ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    exit_with(parent)


def _executor() -> ProcessPoolExecutor:
    """Make one worker; its process starts with the first job.

    Raises:
        UserError: the system has no semaphores, which processes wait for each other with.
    """
    try:
        return ProcessPoolExecutor(
            max_workers=1,
            env=ONE_THREAD | KEEP_MEMORY,
            initializer=_begin,
            initargs=(os.getpid(),),
        )
    except OSError as error:
        raise UserError(
            f"no worker process can be made ({error.strerror}); expected shared memory, in which "
            "semaphores are kept: mount /dev/shm, in a container by --shm-size=64m, then run again"
        ) from error
