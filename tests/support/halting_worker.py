"""Preloaded by Dask workers of tests: their training halts until the file CONTINUE_FILE exists."""

from __future__ import annotations

import os
from pathlib import Path

from repro.execution import dask_workers
from tests.support.halting import halting_work

vars(dask_workers)["work"] = halting_work(Path(os.environ["CONTINUE_FILE"]))
