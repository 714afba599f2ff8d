"""Stops a trace before the audit needs more memory than the machine has.

Without this, the system would end the process, without a word, minutes later.
"""

from __future__ import annotations

import psutil

from repro.errors import AuditError

BYTES_TRACED = 700
"""Memory that a trace takes for a number, measured with PPO and CVS on 64 to 1024 steps: 450 to 1060 bytes."""
BYTES_LATER = 3100
"""Memory that the audit takes for a number after the trace, as measured there: up to 3100 bytes."""
_INTERVAL = 20_000
"""Numbers between two checks, so that small traces never ask the system."""


class MemoryLimit:
    """Compares the memory that an audit will need with what is available."""

    def __init__(self) -> None:
        self._next = _INTERVAL

    def check(self, recorded: int, new: int) -> None:
        """Check that an audit with some more numbers fits into memory.

        Args:
            recorded: numbers that are already in memory.
            new: numbers that will be recorded next.

        Raises:
            AuditError: it does not.
        """
        total = recorded + new
        if total < self._next:
            return
        self._next = total + _INTERVAL
        needed = new * BYTES_TRACED + total * BYTES_LATER
        free = available()
        if needed > free:
            raise AuditError(
                f"the rule computes {total:,} numbers or more, for which the audit needs {_gib(needed)} more "
                f"memory; available are {_gib(free)}; audit fewer steps, a smaller batch or narrower networks"
            )


def available() -> int:
    """Get the memory in bytes that can be used without swapping."""
    return int(psutil.virtual_memory().available)


def _gib(size: int) -> str:
    return f"{size / 2**30:.2f} GiB"
