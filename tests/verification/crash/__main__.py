"""Kill and break everything, and say what came of it; the exit code is 0 only if all came out right."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from repro.paths import PROJECT
from tests.verification.crash import kills, outer, places, points, records, runs, tables
from tests.verification.crash.kills import Result
from tests.verification.crash.rows import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.verification.crash.kills import Uninterrupted

WIDTH = 300
LANES = 2
"""Experiments at a time; each has two workers, which are rarely both busy."""
REPORT = PROJECT / "build" / "crash"
Found = Result | Row
Task = tuple[str, int]


def tasks() -> list[Task]:
    """All there is to do, what takes long first."""
    return [
        *((name, 0) for name in FAULTS),
        *(("again", number) for number in range(3)),
        *(("two", number) for number in range(4)),
        *(("orphans", number) for number in range(4)),
        *(("once", number) for number in range(kills.KILLS)),
    ]


def do(task: Task) -> list[Found]:
    """Do one thing of all, in a folder of its own."""
    (kind, number), folder, expected = task, _here.folder, _here.expected
    torch.set_num_threads(1)
    killing: dict[str, Callable[[Path, int, Uninterrupted], Result]] = {
        "once": kills.killed_once,
        "again": kills.killed_again_and_again,
        "orphans": kills.orphaned,
        "two": kills.two_at_once,
    }
    if kind in killing:
        return [killing[kind](folder, number, expected)]
    return [*FAULTS[kind](folder / kind, expected)]


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


class _Here:
    """What every task needs; set before the processes are forked that do them."""

    folder: Path
    expected: Uninterrupted


_here = _Here()


def main(words: Sequence[str] | None = None) -> int:
    """Do everything; returns the exit code."""
    argparse.ArgumentParser(
        prog="python -m tests.verification.crash", description=__doc__
    ).parse_args(words)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # one of the faults is to have no rights
        _here.folder = Path(folder).resolve()
        _here.expected = kills.uninterrupted(_here.folder)
        _say(began, f"{_here.expected.warm:.1f} s uninterrupted")
        found: dict[Task, list[Found]] = {}
        todo = tasks()
        # Their processes are all forked before a thread is started.
        with ProcessPoolExecutor(LANES, get_context("fork")) as pool:
            begun = {pool.submit(do, task): task for task in todo}
            for future in as_completed(begun):
                task = begun[future]
                found[task] = future.result()
                wrong = "; ".join(told for one in found[task] for told in _wrong(one)[:2])
                _say(began, f"{len(found)}/{len(todo)} {task[0]} {task[1]} {wrong[:WIDTH]}")
                _write(_in_order(found, todo), time.monotonic() - began)
    return _conclude(_in_order(found, todo), time.monotonic() - began)


def _in_order(found: Mapping[Task, list[Found]], todo: Sequence[Task]) -> list[Found]:
    return [one for task in todo for one in found.get(task, [])]


def _wrong(one: Found) -> tuple[str, ...]:
    return one.wrong if isinstance(one, Row) else one.faults


def _random(found: Sequence[Found]) -> list[Result]:
    """Results of kills at random moments."""
    return [one for one in found if isinstance(one, Result) and one.name.startswith("kill ")]


def _write(found: Sequence[Found], seconds: float) -> str:
    """Write what was found so far; returns the tables."""
    once = _random(found)
    others = [one for one in found if isinstance(one, Result) and one not in once]
    rows = [one for one in found if isinstance(one, Row)]
    told = tables.markdown(once, others, rows, seconds)
    tables.write(REPORT, told, tables.as_json(once, others, rows))
    return told


def _conclude(found: Sequence[Found], seconds: float) -> int:
    """Write and print what was found; returns the exit code."""
    sys.stdout.write(_write(found, seconds))
    missing = tables.uncovered(_random(found))
    for line in missing:
        sys.stderr.write(f"ERROR: {line}\n")
    return int(bool(missing) or any(_wrong(one) for one in found))


def _say(began: float, told: str) -> None:
    sys.stderr.write(f"{time.monotonic() - began:5.0f} s  {told}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
