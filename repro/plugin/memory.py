"""How much memory this process and all that it has started hold at most."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from pathlib import Path

PROC = Path("/proc")
EVERY_SECONDS = 1.0
_SHARE = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class PeakMemory:
    """Looks every second, from a thread of its own, at what all processes hold together.

    Memory that several of them share is counted once. Only Linux tells; elsewhere `peak` is None.

    Attributes:
        peak: bytes, the most seen so far.
    """

    def __init__(self) -> None:
        self.peak: int | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def stop(self) -> int | None:
        """Look once more, if it has been started, then no more; returns the peak."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        return self.peak

    def _watch(self) -> None:
        while True:
            ended = self._ended.wait(EVERY_SECONDS)
            held = sum(map(share, descendants(os.getpid())))
            if held:
                self.peak = max(held, self.peak or 0)
            if ended:
                return


def descendants(root: int) -> list[int]:
    """Ids of the process `root` and all that it or its children started and that still are."""
    children: dict[int, list[int]] = {}
    for status in PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            # The name, in parentheses, may hold anything; after it come the state and the parent.
            parent = int(status.read_bytes().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(status.parent.name))
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def share(process: int) -> int:
    """Bytes a process holds, those shared among n processes counted as an nth; 0: not known."""
    try:
        text = (PROC / str(process) / "smaps_rollup").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = _SHARE.search(text)
    return int(found.group(1)) * 1024 if found else 0
