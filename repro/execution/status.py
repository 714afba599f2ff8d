"""How a block fares: its status once it has ended, and how far it has come until then."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import astuple, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.protocol.blocks import Block
    from repro.records.store import Store

KIB_IN_MIB = 1024


class Outcome(StrEnum):
    """How a block came out of a session."""

    STORED = "found in the store"
    TRAINED = "trained"
    RESUMED = "resumed from a checkpoint"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Status:
    """What became of a block in this session; plain data.

    Attributes:
        block: its name.
        outcome: how it came out.
        seconds: wall time of the last attempt.
        cpu_seconds: processor time of the worker in the last attempt.
        peak_mib: largest resident memory of the worker until then, other blocks that it has
            trained included; None where the system does not tell.
        transitions: that the last attempt learned from, over all runs. What a resumed block
            learned before its checkpoint is not in it, so that it goes with the seconds.
        attempts: how often it was begun.
        error: why it failed or was not run.
    """

    block: str
    outcome: Outcome
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: float | None = None
    transitions: int = 0
    attempts: int = 0
    error: str = ""


def tally(statuses: Iterable[Status]) -> str:
    """Count blocks by their outcome, as "36 blocks: 35 trained, 1 failed"; attempts repeated too."""
    known = list(statuses)
    counted = [(sum(s.outcome is outcome for s in known), outcome.value) for outcome in Outcome]
    counted.append((sum(s.attempts > 1 for s in known), "tried again"))
    parts = ", ".join(f"{count} {word}" for count, word in counted if count)
    return f"{len(known)} block{'' if len(known) == 1 else 's'}{': ' if parts else ''}{parts}"


@dataclass(frozen=True)
class Progress:
    """How far a block in training has come.

    Attributes:
        epoch: that is done.
        runs: that are left.
        attempts: begun in this session, this one included; 0 before the first.
        session: which session that is, so that attempts of another at the same store do not count.
    """

    epoch: int = 0
    runs: int = 0
    attempts: int = 0
    session: str = ""


def read_progress(store: Store, block: Block) -> Progress:
    """Read what a worker wrote last; it outlives its worker, so that attempts are counted."""
    try:
        told = json.loads(store.path(block, "progress").read_text("utf-8"))
    except (OSError, ValueError):
        told = None
    match told:
        case [int(epoch), int(runs), int(attempts), str(session)]:
            return Progress(epoch, runs, attempts, session)
        case _:  # none, or half of one
            return Progress()


def write_progress(store: Store, block: Block, progress: Progress) -> None:
    """Write how far a block has come, if there is room; a full disk shows with the record."""
    text = json.dumps(astuple(progress))
    with contextlib.suppress(OSError):
        store.path(block, "progress").write_text(text, encoding="utf-8")


class Clock:
    """Time and memory of one attempt, from here on."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def status(
        self,
        block: Block,
        outcome: Outcome,
        *,
        attempts: int,
        transitions: int = 0,
        error: str = "",
    ) -> Status:
        """Make the status of the attempt that ends here."""
        return Status(
            block.name,
            outcome,
            seconds=round(time.monotonic() - self._wall, 3),
            cpu_seconds=round(time.process_time() - self._cpu, 3),
            peak_mib=peak_mib(),
            transitions=transitions,
            attempts=attempts,
            error=error,
        )


def peak_mib() -> float | None:
    """Largest resident memory of this process so far, MiB; None where the system does not tell.

    Not by `getrusage`, whose figure a process inherits from the one that starts it.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    sizes = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return round(int(sizes[0]) / KIB_IN_MIB, 1) if sizes else None
