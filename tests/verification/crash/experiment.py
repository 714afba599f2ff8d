"""The experiment that is killed: a parent, a child and an independent block, trained by two real workers.

The only difference from real use is the short time between checkpoints, so that kills occur between them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.execution import job, local_workers
from repro.execution.schedule import run_blocks
from repro.protocol.blocks import Block
from repro.records.store import Store
from repro.storage.npz import write_whole
from repro.training import loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from repro.execution.status import Status

SAVE_SECONDS = 0.1
SMALL = (("minibatch", 64), ("steps", 256))
PARENT = Block("ppo", "linear_chain.training", (0, 1), 300, hyperparameters=SMALL)
CHILD = Block(
    "ppo", "linear_chain.last", (0, 1), 300, bids=True, hyperparameters=SMALL, parent=PARENT
)
INDEPENDENT = Block("cvs", "linear_chain.training", (0, 1), 100, hyperparameters=SMALL)
BLOCKS = (PARENT, CHILD, INDEPENDENT)


def work(what: job.Job) -> Status:
    """Do a job with a checkpoint every tenth of a second."""
    loop.SAVE_SECONDS = SAVE_SECONDS
    return job.work(what)


def dying(mark: Path, *, always: bool) -> Callable[[job.Job], Status]:
    """Make a `work` that kills its worker instead of training the parent: once, or always."""

    def die(what: job.Job) -> Status:
        if what.block == PARENT and (always or not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return work(what)

    return die


def main(store: Path, statuses: Path, dies: str = "never") -> int:
    """Train the blocks that are missing.

    Args:
        store: folder of the records.
        statuses: file for the status of each block.
        dies: how often the worker of the parent dies: "never", "once" or "always".
    """
    vars(local_workers)["work"] = (
        work if dies == "never" else dying(statuses.with_suffix(".died"), always=dies == "always")
    )
    ended: list[Status] = []
    try:
        results = run_blocks([CHILD, INDEPENDENT], Store(store), jobs=2, ended=ended.append)
    except UserError as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return 2
    write_whole(statuses, as_json(ended))
    return int(any(isinstance(result, Exception) for result in results.values()))


def as_json(ended: Iterable[Status]) -> bytes:
    """Return statuses as a list, with the name of each block in place of the block."""
    return json.dumps([asdict(status) | {"block": status.block.name} for status in ended]).encode()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
