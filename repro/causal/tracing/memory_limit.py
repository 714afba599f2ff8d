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
INTERVAL = 20_000
"""Numbers between two checks, so that small traces never ask the system."""


class MemoryLimit:
    """Compares the memory that an audit will need with what is available."""

    def __init__(self) -> None:
        self._next = INTERVAL

    def check(self, recorded: int, new: int = 0) -> None:
        """Check that an audit fits into memory.

        Args:
            recorded: numbers that are already in memory.
            new: numbers that an operator computes next. Many of them may be zeros or copies, which the audit does
                not store again, so only the memory to trace them is counted.

        Raises:
            AuditError: it does not fit.
        """
        if recorded + new < self._next:
            return
        self._next = recorded + INTERVAL
        needed = new * BYTES_TRACED + recorded * BYTES_LATER
        free = available()
        if needed > free:
            raise AuditError(
                f"the rule computes {recorded + new:,} numbers or more, for which the audit needs {_gib(needed)} "
                f"more memory; available are {_gib(free)}; audit fewer steps, a smaller batch or narrower networks"
            )


def available() -> int:
    """Get the memory in bytes that can be used without swapping."""
    return int(psutil.virtual_memory().available)


def _gib(size: int) -> str:
    return f"{size / 2**30:.2f} GiB"
