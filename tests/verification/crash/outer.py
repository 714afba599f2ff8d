"""Faults that need real processes and disks: workers that die, a disk that fills up."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from repro.paths import PROJECT
from tests.verification.crash.process import Experiment, wait_for
from tests.verification.crash.rows import Row
from tests.verification.crash.state import faults, payloads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.verification.crash.kills import Uninterrupted

KIB = 1024
SMALL_DISK, REPORT_DISK = 4096 * KIB, 100 * KIB
REPORT = ("report", "--tier=audit", "--claim=transfer.headline_direction")


def worker_dies(folder: Path, dies: str, expected: Uninterrupted) -> Row:
    """Let the worker of the parent die once, after which training is retried, or always."""
    store = folder / f"dies-{dies}" / "store"
    one = Experiment(store, "dying", dies=dies)
    code = one.wait()
    statuses = json.loads(one.statuses.read_text(encoding="utf-8"))
    errors = [status["error"] for status in statuses if status["error"]]
    if dies == "once":
        lines = [line for line in one.log.read_text().splitlines() if "tried once more" in line]
        wrong = faults(store, expected.payloads, code, one.log)
        return Row("a worker that dies once", 1, lines[0] if lines else "", tuple(wrong + errors))
    wrong = [] if code == 1 and len(errors) == 2 else [f"exit code {code}, errors {errors}"]
    if len(payloads(store)) != 1:
        wrong.append("the block that does not need the lost one was not trained")
    again = Experiment(store, "again")
    wrong += faults(store, expected.payloads, again.wait(), again.log)
    return Row("a worker that always dies", 1, errors[0] if errors else "", tuple(wrong))


def full_disk(folder: Path, expected: Uninterrupted) -> Row:
    """Fill a real disk while an experiment trains; then free it, and continue."""
    what = "a real disk that fills up while it trains"
    store = folder / "fills" / "store"
    with _disk(store, SMALL_DISK) as mounted:
        if not mounted:
            return Row(what, 0, "not tried: this user may not mount a disk")
        one = Experiment(store, "full")
        wait_for(lambda: any(store.glob("*.checkpoint")) or one.code() is not None)
        filler = store / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(KIB))
            except OSError:  # the disk is full
                pass
        code = one.wait()
        printed = one.log.read_text(encoding="utf-8")
        lines = [line for line in printed.splitlines() if "No space left on device" in line]
        wrong = [] if lines and code else [f"exit code {code}: {printed}"]
        wrong += ["a traceback"] if "Traceback" in printed else []
        filler.unlink()
        again = Experiment(store, "again")
        wrong += faults(store, expected.payloads, again.wait(), again.log)
    return Row(what, 1, lines[-1] if lines else "", tuple(wrong))


def full_report(folder: Path) -> Row:
    """Write a report without space for its page: with a file size limit, and on a full disk."""
    wrong, line, tried = list[str](), "", 0
    with _disk(folder / "small", REPORT_DISK) as mounted:
        for limited in (True, False) if mounted else (True,):
            out = folder / ("limited" if limited else "small") / "out"
            code, printed = _report(out, REPORT_DISK if limited else None)
            tried += 1
            lines = [one for one in printed.splitlines() if one.startswith("ERROR: ")]
            line = lines[0] if len(lines) == 1 else ""
            if code != 2 or "cannot be written" not in line or "Traceback" in printed:
                wrong.append(f"exit code {code}: {printed[-500:]}")
            if (out / "index.html").exists() or not (out / "claims.json").exists():
                wrong.append("a partial page, or no verdicts")
    return Row("a disk without space for the report", tried, line, tuple(wrong))


def _report(out: Path, limit: int | None) -> tuple[int, str]:
    """Write a report on the shipped runs, with a limit on file sizes; return exit code and stderr."""

    def limits() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "repro", *REPORT, f"--out={out}"],
        cwd=PROJECT,
        env={**os.environ, "NO_COLOR": "1"},
        preexec_fn=limits,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@contextmanager
def _disk(folder: Path, size: int) -> Iterator[bool]:
    """Mount an empty disk of `size` bytes; yield whether that was possible."""
    folder.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    mounted = not os.geteuid() and not subprocess.run(words, check=False).returncode  # noqa: S603 - ours
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607 - ours
