"""Peak memory of this process and all of its descendants."""

from __future__ import annotations

import contextlib
import threading

import psutil

INTERVAL = 1.0
"""Seconds between two measurements."""


class PeakMemory:
    """Measures every second, in a thread, the memory of this process and its descendants together.

    Memory that several processes share is counted once. That needs Linux; elsewhere `peak` stays None.

    Attributes:
        peak: largest measurement so far in bytes; None before the first one.
    """

    def __init__(self) -> None:
        self.peak: int | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Start measuring."""
        self._thread.start()

    def stop(self) -> int | None:
        """Measure once more, if started, and stop; return the peak in bytes."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        return self.peak

    def _watch(self) -> None:
        stopped = False
        while not stopped:
            stopped = self._stopped.wait(INTERVAL)
            if held := sum(map(share, family())):
                self.peak = max(held, self.peak or 0)


def family() -> list[psutil.Process]:
    """Return this process and all of its living descendants."""
    own = psutil.Process()
    return [own, *own.children(recursive=True)]


def share(process: psutil.Process) -> int:
    """Return a process's memory in bytes, 0 if unknown; a page shared by n processes counts as 1/n."""
    with contextlib.suppress(psutil.Error):
        return int(getattr(process.memory_full_info(), "pss", 0))
    return 0
