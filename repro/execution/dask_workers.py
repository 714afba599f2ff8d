"""Workers of a Dask cluster: machines that share the store's folder train the blocks.

Dask pickles jobs and statuses. Anyone who can connect to the scheduler can therefore run code on the
workers, so the cluster must be in a private network. Records are not sent: workers write them to the
store.
"""

from __future__ import annotations

import contextlib
import socket
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from repro.errors import RecordError, UserError
from repro.execution.compiling import compile_kernels
from repro.execution.job import work
from repro.execution.local_workers import ONE_THREAD
from repro.execution.status import Outcome, Status
from repro.records.keys import key
from repro.records.store import Store

if TYPE_CHECKING:
    from concurrent.futures import Future

    from distributed import Client

    from repro.execution.job import Job
    from repro.protocol.blocks import Block

CONNECT_SECONDS = 10
"""Time for the scheduler to answer."""
WORKERLESS_SECONDS = 60
"""Longest time without any worker, at the start or later."""


class DaskWorkers:
    """The workers of a Dask scheduler, including those that join later.

    Dask hands a lost worker's block to another worker, which counts as the second attempt.

    Args:
        address: of the scheduler, such as "tcp://10.0.0.1:8786".
        folder: of the store, a path that is valid on all machines.
        block: any block to train; its key shows whether a worker has the same code and versions.

    Raises:
        UserError: Dask is not installed, the scheduler does not answer, it has no workers, or one
            of them cannot be used.
    """

    patience = 60.0
    """Seconds; network file systems may show a new file with a delay."""

    def __init__(self, address: str, folder: Path, block: Block) -> None:
        self._address = address
        self._client = _connect(address)
        self._executor = self._client.get_executor(pure=False)
        self._had_workers = time.monotonic()
        with tempfile.NamedTemporaryFile(
            dir=folder, prefix="cluster-", suffix=".session", delete=False
        ) as file:
            self._session = Path(file.name)
        self._key = key(block)
        try:
            self._check(block)
        except BaseException:
            self.close()
            raise

    def capacity(self) -> int:
        """Return the current number of workers.

        Raises:
            UserError: there has been none for `WORKERLESS_SECONDS`.
        """
        count = len(self._client.nthreads())
        now = time.monotonic()
        if count:
            self._had_workers = now
        elif now - self._had_workers > WORKERLESS_SECONDS:
            raise UserError(
                f"the Dask scheduler {self._address} has had no worker for {WORKERLESS_SECONDS} s; "
                "start workers, then run again"
            )
        return count

    def submit(self, job: Job) -> Future[Status]:
        """Hand a block to the cluster."""
        future: Future[Status] = self._executor.submit(
            checked_work, replace(job, session=self._session), key(job.block)
        )
        return future

    def close(self) -> None:
        """Stop all jobs at their next epoch, and disconnect from the cluster."""
        with contextlib.suppress(OSError):
            self._session.unlink(missing_ok=True)
        self._client.close()

    def _check(self, block: Block) -> None:
        """Wait for a worker, and check all workers.

        Raises:
            UserError: a worker cannot be used.
        """
        while not self.capacity():
            time.sleep(0.1)
        faults = self._client.run(worker_fault, self._session, block, self._key, on_error="return")
        for worker, threads in self._client.nthreads().items():
            wrong = faults.get(worker)
            if isinstance(wrong, Exception):
                wrong = (
                    f"{type(wrong).__name__}: {wrong}; install this checkout there, "
                    "`python -m pip install -e '.[distributed]' -c constraints.txt`"
                )
            elif threads > 1:
                wrong = f"{threads} threads; start it with --nthreads 1, and more workers instead"
            if wrong:
                raise UserError(f"worker {worker} of {self._address} cannot be used: {wrong}")


def worker_fault(session: Path, block: Block, expected: str) -> str | None:
    """Return why this process cannot train for a session; None if it can. Runs in a worker.

    Args:
        session: file of the session, in the store's folder.
        block: one block of the session.
        expected: the block's key on the machine of the session.
    """
    folder = session.parent
    if not session.exists():
        return (
            f"it does not see {folder}; give a --store on a file system that all machines share, "
            "under the same path"
        )
    try:
        Store(folder).prepare()
    except RecordError as error:
        return str(error)
    if key(block) != expected:
        return (
            "its code, or its version of Python, torch, numpy or numba, differs from this machine's; "
            "install the same"
        )
    return None


def checked_work(job: Job, expected: str) -> Status:
    """Do the job, after checking this worker: it may have joined after the others were checked."""
    wrong = worker_fault(job.session, job.block, expected) if job.session else "no session"
    if wrong:
        return Status(job.block, Outcome.FAILED, error=f"a worker cannot be used: {wrong}")
    compile_kernels([job.block], ONE_THREAD)
    return work(job)


def _connect(address: str) -> Client:
    """Connect to the scheduler.

    A plain connection is tried first: a Client that failed to connect can block forever when it is
    garbage-collected while another one is made.

    Raises:
        UserError: Dask is not installed, or no scheduler answers at the address.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        raise UserError(
            "--scheduler needs Dask, which is not installed; "
            "`python -m pip install -e '.[distributed]' -c constraints.txt` in this environment"
        ) from error
    try:
        place = urlsplit(address)
        # Without host or port the connection fails: nothing listens on port 0.
        target = (place.hostname or "", place.port or 0)
        socket.create_connection(target, CONNECT_SECONDS).close()
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"no Dask scheduler answers at {address!r} ({error}); expected an address such as "
            "tcp://10.0.0.1:8786, as `dask scheduler` shows when it starts"
        ) from error
