"""Execution: how the blocks of an experiment are trained on workers and become records.

`run_blocks` takes blocks and a store and returns their records. Finished blocks come from the store.
The others are handed to workers, on this machine or on a Dask cluster, parents before children and
the longest first. Results do not depend on the number or the kind of workers, and killed runs resume
from checkpoints.

- `schedule`: `run_blocks`, and the order of blocks;
- `session`: the loop that hands blocks to workers and collects their statuses;
- `job`: what a worker does with one block;
- `workers`, `local_workers`, `dask_workers`: the interface of workers, and its two implementations;
- `parent`: processes end with the one that started them;
- `status`: the status of a block, and its progress.
"""

from __future__ import annotations

from repro.execution.schedule import run_blocks
from repro.execution.status import Outcome, Status, tally

__all__ = ["Outcome", "Status", "run_blocks", "tally"]
