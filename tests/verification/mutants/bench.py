"""One copy of the checkout, in which mutants are tried one after the other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LIBRARIES = (
    "matplotlib.figure",
    "networkx",
    "numba",
    "pytest",
    "rich.table",
    "scipy.stats",
    "torch",
)
SLACK = 5.0
"""A mutant may take this many times the CPU seconds of the unmutated code."""
START = 20.0
"""Additional CPU seconds, for imports and collection."""
UNLIMITED = 1200.0
"""Limit for the unmutated code, in CPU seconds."""
BROKEN = (5, 70)
"""Exit codes of pytest that mean a bug here: no tests were collected, or the server failed."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of some tests.

    Attributes:
        killed: "" if they passed; otherwise what ended them: "test", "time" or "crash".
        by: the first test that failed.
        seconds: CPU time.
        files: CPU seconds of each test file that was started.
    """

    killed: str
    by: str
    seconds: float
    files: dict[str, float]


class Bench:
    """Runs tests in a copy, with a server whose working folder it is; a context manager.

    Args:
        folder: the copy.
        logs: folder for the output of the last run.
        libraries: modules that the server imports once, for all runs.
    """

    def __init__(self, folder: Path, logs: Path, libraries: Sequence[str] = LIBRARIES) -> None:
        self.folder = folder
        self._log = logs / f"{folder.name}.log"
        names = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        self._server = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "tests.verification.mutants.server", *libraries],
            cwd=folder,
            env={**os.environ, **dict.fromkeys(names, "1")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        """Return self; the server is running."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.terminate()
        self._server.wait()

    def run(
        self, files: Sequence[str], limit: float = UNLIMITED, *, writing: bool = False
    ) -> Outcome:
        """Run test files up to the first failure.

        Args:
            files: in this order.
            limit: CPU seconds.
            writing: whether compiled files may be written; only for unmutated code.
        """
        missing = [file for file in files if not (self.folder / file).exists()]
        assert not missing, f"there is no {missing[0]} in {self.folder}"
        request = {"files": list(files), "limit": limit, "log": str(self._log), "writing": writing}
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(json.dumps(request), file=self._server.stdin, flush=True)
        answer = json.loads(self._server.stdout.readline())
        code = answer["code"]
        assert code not in BROKEN, f"pytest ended with {code}; see {self._log}"
        # Pytest ends with 4, counted as a crash, if a conftest.py cannot be imported.
        killed = {0: "", 1: "test", 2: "test", -signal.SIGXCPU: "time"}.get(code, "crash")
        return Outcome(killed, answer["failed"], answer["seconds"], answer["files"])

    def attempt(
        self, path: str, text: str, files: Sequence[str], usual: Mapping[str, float]
    ) -> Outcome:
        """Try a mutant, then restore the copy.

        Args:
            path: of the file to mutate, from the copy's root.
            text: of the mutated file.
            files: the test files to run, in this order.
            usual: CPU seconds of each test file without mutants.
        """
        file = self.folder / path
        original, stamp = file.read_bytes(), file.stat()
        try:
            file.write_text(text, encoding="utf-8")
            # Python decides by size and modification time (in seconds) whether a compiled file is current.
            os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 2 * 10**9))
            return self.run(files, START + SLACK * sum(usual.get(name, 0.0) for name in files))
        finally:
            file.write_bytes(original)
            os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
