"""Loaded by the workers of the test's cluster, so that their training halts until it is let on."""

from __future__ import annotations

import os
from pathlib import Path

from repro.execution import dask_workers
from tests.support.halting import halting_work

vars(dask_workers)["work"] = halting_work(Path(os.environ["LET_ON"]))
