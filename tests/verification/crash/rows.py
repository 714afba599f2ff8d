"""A row of the table of faults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A fault and its consequences.

    Attributes:
        fault: what was done.
        tried: the number of ways or places.
        seen: the last message to the user; "" if none is needed.
        wrong: everything that is not as it should be.
    """

    fault: str
    tried: int
    seen: str
    wrong: tuple[str, ...] = ()
