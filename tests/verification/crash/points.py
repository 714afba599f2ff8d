"""Kill the process, or fill the disk, at every operation on files in turn."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from tests.verification.crash.files import Counted, Deadly, Full
from tests.verification.crash.rows import Row
from tests.verification.crash.small import observe, unclear

if TYPE_CHECKING:
    from pathlib import Path


def operations(folder: Path) -> tuple[list[str], dict[str, bytes]]:
    """Return the file operations of an experiment, and its final payloads."""
    count = Counted()
    folder.parent.mkdir(parents=True, exist_ok=True)
    seen = observe(folder, count)
    assert seen.whole, seen
    return count.operations, seen.payloads


def killed(folder: Path) -> Row:
    """Kill the experiment before each operation, and start it again."""
    names, expected = operations(folder / "whole")
    wrong: list[str] = []
    for number, name in enumerate(names):
        store = folder / str(number)
        process = os.fork()
        if not process:
            observe(store, Deadly(number, lambda: os.kill(os.getpid(), signal.SIGKILL)))
            os._exit(0)
        _, status = os.waitpid(process, 0)
        if not os.WIFSIGNALED(status):
            wrong.append(f"{name}: it was not killed")
        seen = observe(store)
        wrong += [f"{name}: {fault}" for fault in unclear(seen, lines=False)]
        wrong += [f"{name}: unexpected message {line}" for line in seen.lines]
        if not seen.whole or seen.payloads != expected:
            wrong.append(f"{name}: {seen.names} or their bytes")
    return Row("killed at each operation on files", len(names), "", tuple(wrong))


def full(folder: Path) -> Row:
    """Let the disk be full from each operation on; then free it, and start again."""
    names, expected = operations(folder / "whole")
    wrong: list[str] = []
    lines: list[str] = []
    for number, name in enumerate(names):
        store = folder / str(number)
        seen = observe(store, Full(number))
        # If all blocks finish anyway, only checkpoints or progress files were lost.
        done = all(not status.error for status in seen.statuses) and len(seen.statuses) > 1
        wrong += [f"{name}: {fault}" for fault in unclear(seen, lines=not done)]
        if done and seen.payloads != expected:
            wrong.append(f"{name}: other bytes")
        lines += [line for line in seen.lines if line not in lines]
        again = observe(store)
        if not again.whole or again.payloads != expected:
            wrong.append(f"{name}: {again.names} or their bytes, once there was space")
        wrong += [f"{name}: then unexpected message {line}" for line in again.lines]
    message = next((line for line in lines if "cannot be written" in line), "")
    if "No space left on device" not in message:
        wrong.append("no message about the disk")
    return Row("disk full from each operation on", len(names), message, tuple(wrong))
