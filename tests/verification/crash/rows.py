"""A row of the table of faults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was done to the project, and what came of it.

    Attributes:
        fault: what was done.
        tried: in how many ways or places.
        seen: the line that a user reads, that of the last of them; "" if nothing need be said.
        wrong: whatever was not as it should be.
    """

    fault: str
    tried: int
    seen: str
    wrong: tuple[str, ...] = ()
