"""The status of a block after a session, and its progress while it is in training."""

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
    """How a block ended in a session."""

    STORED = "found in the store"
    TRAINED = "trained"
    RESUMED = "resumed from a checkpoint"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Status:
    """The result of a session for one block; plain data.

    Attributes:
        block: what was trained.
        outcome: how it ended.
        seconds: wall time of the last attempt.
        cpu_seconds: processor time of the worker in the last attempt.
        peak_mib: largest resident memory of the worker so far, including earlier blocks; None if the
            system does not report it.
        transitions: number that the last attempt learned from, over all runs; like `seconds`, without
            the part before a checkpoint.
        attempts: how often training was started.
        error: why the block failed or was not run.
    """

    block: Block
    outcome: Outcome
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: float | None = None
    transitions: int = 0
    attempts: int = 0
    error: str = ""


def tally(statuses: Iterable[Status]) -> str:
    """Count blocks by outcome, such as "36 blocks: 35 trained, 1 failed, 1 tried again"."""
    known = list(statuses)
    counted = [(sum(s.outcome is outcome for s in known), outcome.value) for outcome in Outcome]
    counted.append((sum(s.attempts > 1 for s in known), "tried again"))
    parts = ", ".join(f"{count} {word}" for count, word in counted if count)
    return f"{len(known)} block{'' if len(known) == 1 else 's'}{': ' if parts else ''}{parts}"


@dataclass(frozen=True)
class Progress:
    """The progress of a block in training.

    Attributes:
        epoch: last finished epoch.
        runs: number of runs that have not finished.
        attempts: number of attempts that this session has started; 0 before the first.
        session: id of the session, because attempts of other sessions do not count.
    """

    epoch: int = 0
    runs: int = 0
    attempts: int = 0
    session: str = ""


def read_progress(store: Store, block: Block) -> Progress:
    """Read what a worker wrote last; the file remains if the worker dies, to count attempts."""
    try:
        written = json.loads(store.path(block, "progress").read_text("utf-8"))
    except (OSError, ValueError):
        written = None
    match written:
        case [int(epoch), int(runs), int(attempts), str(session)]:
            return Progress(epoch, runs, attempts, session)
        case _:  # no file, or a partial one
            return Progress()


def write_progress(store: Store, block: Block, progress: Progress) -> None:
    """Write the progress of a block; a full disk is reported when the record is written."""
    text = json.dumps(astuple(progress))
    with contextlib.suppress(OSError):
        store.path(block, "progress").write_text(text, encoding="utf-8")


class Clock:
    """Measures the time and memory of one attempt, from its creation on."""

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
        """Return the status of the attempt, which ends now."""
        return Status(
            block,
            outcome,
            seconds=round(time.monotonic() - self._wall, 3),
            cpu_seconds=round(time.process_time() - self._cpu, 3),
            peak_mib=peak_mib(),
            transitions=transitions,
            attempts=attempts,
            error=error,
        )


def peak_mib() -> float | None:
    """Largest resident memory of this process so far, in MiB; None if the system has no /proc.

    `getrusage` is not used: a process inherits its value from the parent process.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    sizes = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return round(int(sizes[0]) / KIB_IN_MIB, 1) if sizes else None
