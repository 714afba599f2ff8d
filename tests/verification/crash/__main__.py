"""Kill experiments, damage files, and check what remains; about ten minutes.

The exit code is 0 only if everything was recovered as it should be.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from tests.verification.crash import kills, outer, places, points, records, runs
from tests.verification.crash.report import report, wrong
from tests.verification.program import arguments, progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.verification.crash.kills import Result, Uninterrupted
    from tests.verification.crash.report import Found
    from tests.verification.crash.rows import Row

WIDTH = 300
LANES = 2
"""Experiments at a time; each has two workers, which are rarely both busy."""
Task = tuple[str, int]


KILLING: dict[str, Callable[[Path, int, Uninterrupted], Result]] = {
    "once": kills.killed_once,
    "again": kills.killed_repeatedly,
    "orphans": kills.orphaned,
    "two": kills.two_at_once,
}
FAULTS: dict[str, Callable[[Path, Uninterrupted], Sequence[Row]]] = {
    "points": lambda folder, _: [points.killed(folder / "kill"), points.full(folder / "full")],
    "records": lambda folder, _: [*records.rows(folder)],
    "places": lambda folder, _: [*places.rows(folder)],
    "workers": lambda folder, whole: [
        outer.worker_dies(folder, dies, whole) for dies in ("once", "always")
    ],
    "disk": lambda folder, whole: [outer.full_disk(folder, whole)],
    "report": lambda folder, _: [outer.full_report(folder)],
    "runs": lambda folder, _: [*runs.rows(folder)],
}


def tasks() -> list[Task]:
    """List all tasks, the longest first."""
    return [
        *((name, 0) for name in FAULTS),
        *(("again", number) for number in range(3)),
        *(("two", number) for number in range(4)),
        *(("orphans", number) for number in range(4)),
        *(("once", number) for number in range(kills.KILLS)),
    ]


class _Shared:
    """What every task needs; set before the worker processes are forked."""

    folder: Path
    expected: Uninterrupted


_shared = _Shared()


def do(task: Task) -> list[Found]:
    """Do one task in its own folder."""
    (kind, number), folder, expected = task, _shared.folder, _shared.expected
    torch.set_num_threads(1)
    if kind in KILLING:
        return [KILLING[kind](folder, number, expected)]
    return [*FAULTS[kind](folder / kind, expected)]


def main(words: Sequence[str] | None = None) -> int:
    """Do everything; return the exit code."""
    parser = arguments("crash", __doc__)
    parser.add_argument("--only", default="", metavar="KIND", help="only the tasks of this kind")
    parser.add_argument("--most", type=int, metavar="N", help="at most this many tasks")
    options = parser.parse_args(words)
    todo = [task for task in tasks() if options.only in {"", task[0]}][: options.most]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # one of the faults is missing rights
        _shared.folder = Path(folder).resolve()
        _shared.expected = kills.uninterrupted(_shared.folder)
        progress(f"{_shared.expected.warm:.1f} s uninterrupted")
        found: dict[Task, list[Found]] = {}
        # All processes of the pool are forked before a thread is started.
        with ProcessPoolExecutor(LANES, get_context("fork")) as pool:
            running = {pool.submit(do, task): task for task in todo}
            for future in as_completed(running):
                task = running[future]
                if future.exception():  # of this program: what is still to do would not be reported
                    pool.shutdown(wait=False, cancel_futures=True)
                found[task] = future.result()
                lines = "; ".join(wrong(found[task])[:2])
                progress(f"{len(found)}/{len(todo)} {task[0]} {task[1]} {lines[:WIDTH]}")
                report(_in_order(found, todo), time.monotonic() - began).write(options.out)
    return report(_in_order(found, todo), time.monotonic() - began).conclude(options.out)


def _in_order(found: Mapping[Task, list[Found]], todo: Sequence[Task]) -> list[Found]:
    return [one for task in todo for one in found.get(task, [])]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
