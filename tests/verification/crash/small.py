"""An experiment of a few milliseconds in this process: its messages, and the files it leaves."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unittest import mock

from repro.errors import UserError
from repro.execution import schedule
from repro.execution.schedule import run_blocks
from repro.protocol.blocks import Block
from repro.records.store import Store
from repro.training import loop
from tests.support.halting import Inline
from tests.support.messages import warnings_logged
from tests.verification.crash.files import watched

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from repro.execution.status import Status
    from tests.verification.crash.files import Act

TINY = (("minibatch", 64), ("steps", 64))
PARENT = Block("ppo", "linear_chain.training", (0,), 2, hyperparameters=TINY)
CHILD = Block("ppo", "linear_chain.last", (0,), 2, hyperparameters=TINY, parent=PARENT)
BLOCKS = (PARENT, CHILD)


@dataclass
class Seen:
    """What a user sees, and the files afterwards.

    Attributes:
        lines: warnings, errors of blocks, and the final error, in this order.
        statuses: of the blocks.
        payloads: of the store, by file name.
        names: of all files in the store.
        crash: an error that is not a `UserError`; "" if there was none.
    """

    lines: list[str] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    payloads: dict[str, bytes] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    crash: str = ""

    @property
    def whole(self) -> bool:
        """Whether the store holds the records and nothing else."""
        wanted = set(self.payloads) | {path.removesuffix("npz") + "json" for path in self.payloads}
        return len(self.payloads) == len(BLOCKS) and set(self.names) == wanted


def observe(folder: Path, act: Act | None = None, blocks: Sequence[Block] = (CHILD,)) -> Seen:
    """Make the records of blocks in this process, with a checkpoint after every epoch.

    Args:
        folder: of the store.
        act: called before each operation on the store's files.
        blocks: the blocks to record.
    """
    seen, final = Seen(), list[str]()
    try:
        with ExitStack() as stack:
            seen.lines = stack.enter_context(warnings_logged())
            stack.enter_context(mock.patch.object(schedule, "LocalWorkers", Inline))
            stack.enter_context(mock.patch.object(loop, "SAVE_SECONDS", -1.0))
            if act is not None:
                stack.enter_context(watched(folder.resolve(), act))
            run_blocks(blocks, Store(folder), jobs=1, ended=seen.statuses.append)
    except UserError as error:
        final = [str(error)]
    except Exception as error:  # noqa: BLE001 - must not happen, and is reported
        seen.crash = f"{type(error).__name__}: {error}"
    seen.lines += [status.error for status in seen.statuses if status.error] + final
    if folder.is_dir():
        seen.names = sorted(path.name for path in folder.iterdir())
        seen.payloads = {path.name: path.read_bytes() for path in folder.glob("*.npz")}
    return seen


def unclear(seen: Seen, *, lines: bool = True) -> list[str]:
    """Return what is wrong with the messages to the user.

    Args:
        seen: the messages.
        lines: whether there must be a message.
    """
    wrong = [f"an error without a message: {seen.crash}"] if seen.crash else []
    wrong += [f"not one line: {line!r}" for line in seen.lines if "\n" in line.strip() or not line]
    if lines and not seen.lines:
        wrong.append("no message")
    return wrong
