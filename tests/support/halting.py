"""Training that halts until a file exists, for tests of kills and interruptions.

It is the real training. Run as a program, it trains a long block and halts without end.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.execution import job, local_workers
from repro.execution.schedule import run_blocks
from repro.protocol.blocks import Block
from repro.records.store import Store
from repro.training import loop
from repro.training.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from repro.engine.networks import Weights
    from repro.execution.status import Status
    from repro.statistics import ConvergenceTimes
    from repro.training.loop import Trained

SMALL = (("minibatch", 64), ("steps", 256))
PARENT = Block("ppo", "linear_chain.training", (0, 1), 4, hyperparameters=SMALL)
CHILD = Block(
    "ppo", "linear_chain.last", (0, 1), 3, bids=True, hyperparameters=SMALL, parent=PARENT
)
OTHER = Block("cvs", "linear_chain.training", (0, 1), 2, hyperparameters=SMALL)
DIVERGING = Block(
    "ppo", "linear_chain.first", (0, 1), 3, hyperparameters=(*SMALL, ("value_lr", float("inf")))
)
ORPHAN = Block("ppo", "linear_chain.last", (0, 1), 3, hyperparameters=SMALL, parent=DIVERGING)
LONG = Block("ppo", "linear_chain.training", (0, 1), 20, hyperparameters=SMALL)


def halting_work(continue_file: Path, pid_file: Path | None = None) -> Callable[[job.Job], Status]:
    """Make a `work` with a checkpoint after each epoch, which waits after epoch 3 for a file.

    It is a closure, so that it is pickled by value.

    Args:
        continue_file: training waits until it exists.
        pid_file: where to write the id of the worker's process.
    """

    def halting_run(
        block: Block,
        parent: Weights | None,
        on_epoch: Callable[[int, int], None],
        **named: Any,  # noqa: ANN401 - passed on
    ) -> tuple[Trained, ConvergenceTimes]:
        def tell(epoch: int, runs: int) -> None:
            while epoch > 3 and not continue_file.exists():
                time.sleep(0.02)
            on_epoch(epoch, runs)

        return run(block, parent, tell, **named)

    def work(what: job.Job) -> Status:
        if pid_file is not None:
            pid_file.write_text(str(os.getpid()), encoding="utf-8")
        vars(job)["run"] = halting_run
        loop.SAVE_SECONDS = -1
        return job.work(what)

    return work


def payload(store: Store, block: Block) -> bytes:
    """Bytes of the payload of a block's record."""
    return store.path(block, "npz").read_bytes()


class Inline:
    """Workers in this process: a submitted job has ended when `submit` returns."""

    patience = 0.0

    def __init__(self, count: int, blocks: Iterable[Block] = ()) -> None:
        del blocks
        self.count = count

    def capacity(self) -> int:
        """Return the given number."""
        return self.count

    def submit(self, what: job.Job) -> Future[Status]:
        """Do the job."""
        future: Future[Status] = Future()
        try:
            future.set_result(vars(local_workers)["work"](what))
        except Exception as error:  # noqa: BLE001 - as a future of a worker has it
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Do nothing: no job is running."""


if __name__ == "__main__":
    # A process that a shell started in the background ignores SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    where = Path(sys.argv[1])
    vars(local_workers)["work"] = halting_work(where / "never", where / "pid")
    run_blocks([LONG], Store(where), jobs=1)
