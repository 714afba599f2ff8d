"""An experiment as a process that leads a group of its own, which can be killed whole or in part.

It is forked from this process, which has imported what takes a second and has started no thread;
or it begins from nothing, imports included. Its workers begin from nothing either way.
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
"""Seconds after which something that was waited for has not come."""
TICK = 0.005
SHARED = Path("/dev/shm")  # noqa: S108 - where loky's semaphores lie


class Experiment:
    """One that has been started.

    Attributes:
        group: id of the process and of its group.
        told: file to which it writes what became of each block.
        log: file with all that it and its workers say.

    Args:
        store: where its records go.
        name: tells its files from those of others at the same store.
        cold: whether it begins from nothing.
        dies: how often the worker of its parent block does.
    """

    def __init__(self, store: Path, name: str, *, cold: bool = False, dies: str = "never") -> None:
        self.store = store
        store.parent.mkdir(parents=True, exist_ok=True)
        self.told, self.log = (store.with_name(f"{store.name}.{name}.{e}") for e in ("json", "log"))
        self.began = time.monotonic()
        self._code: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.group = os.fork()
        if not self.group:
            self._become(cold=cold, dies=dies)
        os.setpgid(self.group, self.group)  # the child does so as well; whoever comes first

    def _become(self, *, cold: bool, dies: str) -> None:
        """Be the experiment; does not return."""
        code = 3
        try:
            os.setpgid(0, 0)
            said = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(said, 1)
            os.dup2(said, 2)
            words = [str(self.store), str(self.told), dies]
            if cold:
                os.execv(sys.executable, [sys.executable, "-m", experiment.__name__, *words])  # noqa: S606 - ours
            code = experiment.main(self.store, self.told, dies)
        except BaseException:  # noqa: BLE001 - nothing of the process that was forked may go on
            traceback.print_exc()
        finally:
            os._exit(code)

    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        if self._code is None:
            process, status = os.waitpid(self.group, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if process else None
        return self._code

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        wait_for(lambda: self.code() is not None)
        assert self._code is not None
        return self._code

    def until(self, seconds: float) -> bool:
        """Wait until so long after the beginning; whether it is still running then."""
        while (left := self.began + seconds - time.monotonic()) > 0 and self.code() is None:
            time.sleep(min(left, TICK))
        return self.code() is None

    def kill_all(self) -> None:
        """Kill it and its workers at once, and see that none is left."""
        os.killpg(self.group, signal.SIGKILL)
        self.wait()
        wait_for(lambda: not self.alive())
        self.tidy()

    def kill_first(self) -> None:
        """Kill it and leave its workers to themselves."""
        os.kill(self.group, signal.SIGKILL)
        self.wait()

    def alive(self) -> list[int]:
        """Processes of its group that still run."""
        return [process for process in psutil.pids() if _runs_in(process, self.group)]

    def tidy(self) -> None:
        """Remove the semaphores that loky cannot remove when all its processes are killed."""
        for left in SHARED.glob(f"sem.loky-{self.group}-*"):
            left.unlink(missing_ok=True)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it is not so for too long.
    """
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"nothing came in {PATIENCE:.0f} s")
        time.sleep(TICK)


def _runs_in(process: int, group: int) -> bool:
    try:
        return (
            os.getpgid(process) == group
            and psutil.Process(process).status() != psutil.STATUS_ZOMBIE
        )
    except (OSError, psutil.Error):  # it has ended meanwhile
        return False
