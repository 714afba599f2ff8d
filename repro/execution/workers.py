"""What a session needs from workers, on this machine or elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from concurrent.futures import Future

    from repro.execution.job import Job
    from repro.execution.status import Status


class Workers(Protocol):
    """Processes that train blocks, one block at a time each."""

    patience: float
    """Seconds after which a file that one process wrote to the store is visible to all."""

    def capacity(self) -> int:
        """Number of blocks that can be in training now."""

    def submit(self, job: Job) -> Future[Status]:
        """Hand a block to an idle worker; an exception in the future means that it was lost."""

    def close(self) -> None:
        """End all jobs, finished or not."""
