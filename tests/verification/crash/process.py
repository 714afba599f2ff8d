"""An experiment as a process group, which can be killed as a whole or in part.

The experiment is forked from this process, which has already imported the slow libraries and has no
threads; or it is started cold, including the imports. Its workers always start cold.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.verification.crash import experiment

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 600.0
"""Seconds to wait for something before giving up."""
TICK = 0.005
SHARED = Path("/dev/shm")  # noqa: S108 - the place of loky's semaphores


class Experiment:
    """A running experiment.

    Attributes:
        group: id of the process and of its group.
        statuses: file for the status of each block.
        log: file with the output of the experiment and its workers.

    Args:
        store: folder of its records.
        name: distinguishes its files from those of other experiments with the same store.
        cold: whether it is started cold.
        dies: how often the worker of the parent block dies.
    """

    def __init__(self, store: Path, name: str, *, cold: bool = False, dies: str = "never") -> None:
        self.store = store
        store.parent.mkdir(parents=True, exist_ok=True)
        self.statuses, self.log = (
            store.with_name(f"{store.name}.{name}.{e}") for e in ("json", "log")
        )
        self.began = time.monotonic()
        self._code: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.group = os.fork()
        if not self.group:
            self._become(cold=cold, dies=dies)
        os.setpgid(self.group, self.group)  # the child does it too; the order does not matter

    def _become(self, *, cold: bool, dies: str) -> None:
        """Run the experiment in this process; does not return."""
        code = 3
        try:
            os.setpgid(0, 0)
            output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(output, 1)
            os.dup2(output, 2)
            words = [str(self.store), str(self.statuses), dies]
            if cold:
                os.execv(sys.executable, [sys.executable, "-m", experiment.__name__, *words])  # noqa: S606 - ours
            code = experiment.main(self.store, self.statuses, dies)
        except BaseException:  # noqa: BLE001 - the code of the parent process must not continue here
            traceback.print_exc()
        finally:
            os._exit(code)

    def code(self) -> int | None:
        """Return the exit code; None while it runs."""
        if self._code is None:
            process, status = os.waitpid(self.group, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if process else None
        return self._code

    def wait(self) -> int:
        """Wait for the end; return the exit code."""
        wait_for(lambda: self.code() is not None)
        assert self._code is not None
        return self._code

    def until(self, seconds: float) -> bool:
        """Wait until `seconds` after the start; return True if it is still running."""
        while (left := self.began + seconds - time.monotonic()) > 0 and self.code() is None:
            time.sleep(min(left, TICK))
        return self.code() is None

    def kill_all(self) -> None:
        """Kill it and its workers, and wait until none is left."""
        os.killpg(self.group, signal.SIGKILL)
        self.wait()
        wait_for(lambda: not self.alive())
        self.tidy()

    def kill_first(self) -> None:
        """Kill it, but not its workers."""
        os.kill(self.group, signal.SIGKILL)
        self.wait()

    def alive(self) -> list[int]:
        """Return the processes of its group that still run."""
        return [process for process in psutil.pids() if _runs_in(process, self.group)]

    def tidy(self) -> None:
        """Remove the semaphores that loky leaves when all its processes are killed."""
        for left in SHARED.glob(f"sem.loky-{self.group}-*"):
            left.unlink(missing_ok=True)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: it took too long.
    """
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"the condition did not hold within {PATIENCE:.0f} s")
        time.sleep(TICK)


def _runs_in(process: int, group: int) -> bool:
    try:
        return (
            os.getpgid(process) == group
            and psutil.Process(process).status() != psutil.STATUS_ZOMBIE
        )
    except (OSError, psutil.Error):  # it has ended in the meantime
        return False
