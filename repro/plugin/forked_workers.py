"""Processes that are copies of this one, made by fork: each does one task after the other.

A copy has all that this process has, such as the tests that pytest has collected and the records of
runs, so nothing is loaded again or sent to it but the name of its next task. A task that ends its process
is lost; the others continue.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import warnings
from collections import deque
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Generic, TypeVar

from repro.errors import UserError
from repro.execution.parent import exit_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Found = TypeVar("Found")

FORKS = sys.platform == "linux"
"""Whether processes are forked here. Elsewhere libraries may not survive it, and Python advises against it."""


class WorkerLostError(UserError):
    """A process ended before it had done its task."""


class ForkedWorkers(Generic[Found]):
    """Processes that do tasks, in order, as soon as this object is made.

    Args:
        count: number of processes, above 0.
        work: does a task in a copy of this process; its result is pickled.
        tasks: names of the tasks, each once.
    """

    def __init__(self, count: int, work: Callable[[str], Found], tasks: Sequence[str]) -> None:
        self._work = work
        self._tasks = frozenset(tasks)
        self._waiting = deque(tasks)
        self._busy: dict[Connection, tuple[BaseProcess, str]] = {}
        self._finished: dict[str, Found | WorkerLostError] = {}
        for _ in range(min(count, len(tasks))):
            self._start()

    def __contains__(self, task: str) -> bool:
        """Whether this is one of the tasks."""
        return task in self._tasks

    def result(
        self,
        task: str,
        patience: float | None = None,
        silent: Callable[[list[str]], None] | None = None,
    ) -> Found:
        """Wait for a task's result; it is returned once.

        Args:
            task: its name.
            patience: seconds without any result after which `silent` is called; None: it never is.
            silent: given the names of the tasks that are being done.

        Raises:
            WorkerLostError: the task's process ended.
        """
        while task not in self._finished:
            ready = wait(list(self._busy), patience)
            for connection in ready:
                self._receive(connection)  # type: ignore[arg-type] # only connections are waited for
            if not ready and silent is not None:
                silent([task for _, task in self._busy.values()])
        found = self._finished.pop(task)
        if isinstance(found, WorkerLostError):
            raise found
        return found

    def close(self) -> dict[str, Found]:
        """Kill all processes; return the results that are there and were not asked for."""
        self._waiting.clear()
        for connection in wait(list(self._busy), timeout=0):
            self._receive(connection)  # type: ignore[arg-type] # likewise
        for connection, (process, _) in self._busy.items():
            _kill(process, connection)
        self._busy.clear()
        return {t: f for t, f in self._finished.items() if not isinstance(f, WorkerLostError)}

    def _start(self) -> None:
        """Fork one process, and give it a task."""
        context = multiprocessing.get_context("fork")
        ours, its = context.Pipe()
        process = context.Process(target=_serve, args=(its, self._work, os.getpid()), daemon=True)
        with _no_interrupt(), warnings.catch_warnings():
            # Python 3.12 warns that a lock which another thread holds stays locked in the copy. Here the
            # only such thread reads how much memory is used, and that of a library has its own care.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        its.close()
        self._give(ours, process)

    def _give(self, connection: Connection, process: BaseProcess) -> None:
        """Give a process its next task, or end it if there is none."""
        if not self._waiting:
            _kill(process, connection)
            return
        task = self._waiting.popleft()
        self._busy[connection] = process, task
        connection.send(task)

    def _receive(self, connection: Connection) -> None:
        """Take a result, or note that its process has ended and start another one."""
        process, task = self._busy.pop(connection)
        try:
            self._finished[task] = connection.recv()
        except (EOFError, OSError):
            process.join()
            self._finished[task] = WorkerLostError(
                f"the process that judged it ended ({_ending(process.exitcode)}); check that there is "
                "enough memory, then run again, with --jobs 1 if it was too little for all at once"
            )
            connection.close()
            if self._waiting:
                self._start()
        else:
            self._give(connection, process)


def _serve(connection: Connection, work: Callable[[str], object], parent: int) -> None:
    """Receive tasks and send their results until the process is ended; this runs in the copy."""
    # Ctrl-C goes to all processes of a terminal; the parent answers it for all.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    exit_with(parent)
    while True:
        connection.send(work(connection.recv()))


def _kill(process: BaseProcess, connection: Connection) -> None:
    process.kill()
    process.join()
    connection.close()


def _ending(code: int | None) -> str:
    """Say how a process ended, from its exit code; a negative one is that of a signal.

    >>> _ending(-9), _ending(3)
    ('SIGKILL', 'exit code 3')
    """
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back, so that a copy never sees it before it ignores it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
