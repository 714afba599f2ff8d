"""Run pytest many times, each time in a fork of a process that has imported the libraries.

Started as `python -m tests.verification.mutants.server LIBRARY ...` in a copy of the checkout, whose code
the server never imports itself. Each request is one line of JSON on stdin, each answer one on stdout.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

MEMORY = 6 << 30
"""Bytes of data that a run may use; a mutant may allocate without end."""
PATIENCE = 4
"""A run may take this many times its CPU limit by the clock."""


class Clock:
    """Pytest plugin: records the CPU seconds of each file, and the first test that failed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.failed = ""
        self._began = 0.0

    def pytest_runtest_logstart(self) -> None:
        """Start the clock."""
        self._began = sum(os.times()[:4])

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Add the test's time to its file."""
        file = nodeid.split("::", maxsplit=1)[0]
        spent = sum(os.times()[:4]) - self._began
        self.seconds[file] = self.seconds.get(file, 0.0) + spent

    def pytest_runtest_logreport(self, report: Any) -> None:  # noqa: ANN401 - pytest's
        """Note a failed test."""
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:  # noqa: ANN401 - pytest's
        """Note a file that cannot be collected."""
        if report.failed and not self.failed:
            self.failed = report.nodeid


def tested(files: list[str], notes: Path) -> int:
    """Run the tests in this process; write the times and the first failure to `notes`."""
    import pytest  # noqa: PLC0415 - only the forked process uses it

    clock = Clock()
    code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files], plugins=[clock])
    notes.write_text(json.dumps([clock.seconds, clock.failed]), encoding="utf-8")
    return int(code)


def forked(files: list[str], limit: float, log: Path, writing: bool) -> dict[str, Any]:
    """Run the tests in a fork.

    Args:
        files: test files.
        limit: CPU seconds.
        log: file for the output.
        writing: whether compiled files may be written; a mutant's must not be kept.

    Returns:
        "code": the exit code of pytest, or minus the signal; "failed": the first test that failed;
        "files": CPU seconds of each file; "seconds": in total.
    """
    notes = log.with_suffix(".json")
    notes.unlink(missing_ok=True)
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        code = 70
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for stream in (1, 2):
                os.dup2(output, stream)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 2))
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            sys.dont_write_bytecode = not writing
            if not writing:
                os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # for processes that tests start
            code = tested(files, notes)
        finally:
            os._exit(code)  # skip the server's own clean-up
    late, done = False, 0
    try:
        while not done:
            time.sleep(0.02)
            late = late or time.monotonic() - began > PATIENCE * limit
            if late:
                os.killpg(pid, signal.SIGKILL)
            done, status, used = os.wait4(pid, os.WNOHANG)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # and processes that the tests started
    seconds, failed = json.loads(notes.read_text(encoding="utf-8")) if notes.exists() else ({}, "")
    return {
        "code": -signal.SIGXCPU if late else os.waitstatus_to_exitcode(status),
        "failed": failed,
        "files": seconds,
        "seconds": used.ru_utime + used.ru_stime,
    }


def main() -> None:
    """Answer requests until stdin is closed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    for library in sys.argv[1:]:
        importlib.import_module(library)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(forked(**{**request, "log": Path(request["log"])})), flush=True)  # noqa: T201 - the answer
    signal.signal(
        signal.SIGTERM, signal.SIG_IGN
    )  # it exits by itself, which takes a while with torch


if __name__ == "__main__":
    main()
