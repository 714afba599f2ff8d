"""A Dask cluster as workers: the same blocks, on any machines that share the store's folder.

What is sent to a worker and what comes back is pickled, by Dask: our own blocks and statuses, but
whoever reaches the scheduler may send anything. Hence a cluster of one's own, on a network of
one's own. Records never take this way; workers write them to the store.
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
from repro.execution.job import work
from repro.execution.status import Outcome, Status
from repro.records.key import key
from repro.records.store import Store

if TYPE_CHECKING:
    from concurrent.futures import Future

    from distributed import Client

    from repro.execution.job import Job
    from repro.protocol.blocks import Block

CONNECT_SECONDS = 10
"""How long the scheduler is given to answer."""
WORKERLESS_SECONDS = 60
"""How long a cluster may have no worker, at the beginning or later."""


class Cluster:
    """The workers of a Dask scheduler; it finds those that join later, and replaces lost ones.

    Dask itself gives a lost worker's block to another worker, which counts as the second attempt.

    Args:
        address: of the scheduler, as "tcp://10.0.0.1:8786".
        folder: of the store, as this process and all workers see it.
        block: any that is to be trained, for comparing the workers' code with ours.

    Raises:
        UserError: Dask is not installed, the scheduler does not answer, it has no workers, or one
            of them cannot be used.
    """

    patience = 60.0
    """A network's file system may not show a new file for so long."""

    def __init__(self, address: str, folder: Path, block: Block) -> None:
        self._address = address
        self._client = _connect(address)
        self._executor = self._client.get_executor(pure=False)
        self._seen = time.monotonic()
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

    def room(self) -> int:
        """As many blocks as workers, at this moment.

        Raises:
            UserError: there has been none for a while.
        """
        count = len(self._client.nthreads())
        now = time.monotonic()
        if count:
            self._seen = now
        elif now - self._seen > WORKERLESS_SECONDS:
            raise UserError(
                f"the Dask scheduler {self._address} has had no worker for {WORKERLESS_SECONDS} s; "
                "start workers, then run again"
            )
        return count

    def submit(self, job: Job) -> Future[Status]:
        """Hand a block to the cluster."""
        future: Future[Status] = self._executor.submit(
            checked, replace(job, session=self._session), key(job.block)
        )
        return future

    def close(self) -> None:
        """Stop what is in training, at its next epochs, and leave the cluster as it was."""
        with contextlib.suppress(OSError):
            self._session.unlink(missing_ok=True)
        self._client.close()

    def _check(self, block: Block) -> None:
        """Wait for a worker, and see that each one there can be used."""
        while not self.room():
            time.sleep(0.1)
        faults = self._client.run(fault, self._session, block, self._key, on_error="return")
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


def fault(session: Path, block: Block, expected: str) -> str | None:
    """What keeps this process from training for a session; None: nothing. Runs in a worker.

    Args:
        session: a file that whoever wants the records made in the store.
        block: one of them.
        expected: the block's key there.
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
        return "its code or its versions of torch, numpy or numba are not ours; install the same"
    return None


def checked(job: Job, expected: str) -> Status:
    """Do the job if this worker can; it may have joined after all others were checked."""
    wrong = fault(job.session, job.block, expected) if job.session else "no session"
    if wrong:
        return Status(job.block.name, Outcome.FAILED, error=f"a worker cannot be used: {wrong}")
    return work(job)


def _connect(address: str) -> Client:
    """Reach the scheduler.

    Whether anything answers is seen first by a plain connection: a Client that failed to connect
    may be collected, and wait for a lock forever, while another one is made.

    Raises:
        UserError: Dask is not installed, or no scheduler answers at the address.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, not everybody has it
    except ImportError as error:
        raise UserError(
            "a cluster needs Dask, which is not installed; "
            "`python -m pip install -e '.[distributed]' -c constraints.txt` in this environment"
        ) from error
    try:
        place = urlsplit(address)
        # Nothing listens at port 0, and no host's name is empty.
        whither = (place.hostname or "", place.port or 0)
        socket.create_connection(whither, CONNECT_SECONDS).close()
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"no Dask scheduler answers at {address!r} ({error}); expected an address such as "
            "tcp://10.0.0.1:8786, as `dask scheduler` shows when it starts"
        ) from error
