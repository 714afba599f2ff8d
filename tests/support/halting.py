"""Training that halts until it is let on, for tests of what may happen meanwhile.

The engine is the real one. Run as a program, it trains a long block, and halts for good.
"""

from __future__ import annotations

import os
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
    from collections.abc import Callable

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
LONG = Block("ppo", "linear_chain.training", (0, 1), 20, hyperparameters=(*SMALL, ("hidden", 8)))


def halting_work(let_on: Path, pid_file: Path | None = None) -> Callable[[job.Job], Status]:
    """Make a `work` with a checkpoint after each epoch; after a few it waits until `let_on` exists.

    Made in here, it is pickled as it is.
    """

    def halting_run(
        block: Block,
        parent: Weights | None,
        on_epoch: Callable[[int, int], None],
        **named: Any,  # noqa: ANN401 - passed on
    ) -> tuple[Trained, ConvergenceTimes]:
        def tell(epoch: int, runs: int) -> None:
            while epoch > 3 and not let_on.exists():
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
    """What a block's record holds, as bytes."""
    return store.path(block, "npz").read_bytes()


class Inline:
    """Workers in this very process, which have ended whatever they are given at once."""

    patience = 0.0

    def __init__(self, count: int) -> None:
        self.count = count

    def capacity(self) -> int:
        """As many as asked for."""
        return self.count

    def submit(self, what: job.Job) -> Future[Status]:
        """Do it."""
        future: Future[Status] = Future()
        try:
            future.set_result(vars(local_workers)["work"](what))
        except Exception as error:  # noqa: BLE001 - as if it came from a worker
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing is left to do."""


if __name__ == "__main__":
    where = Path(sys.argv[1])
    vars(local_workers)["work"] = halting_work(where / "never", where / "pid")
    run_blocks([LONG], Store(where), jobs=1)
