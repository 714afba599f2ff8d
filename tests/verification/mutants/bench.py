"""A copy of the checkout in which mutants are tried, one after the other."""

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
"""A mutant may take this many times the unmutated code's processor seconds."""
START = 20.0
"""Processor seconds granted beside, for imports and collecting."""
UNLIMITED = 1200.0
"""For the unmutated code."""
BROKEN = (5, 70)
"""Exit codes that say that the harness has asked for no tests, or has a bug."""


@dataclass(frozen=True)
class Outcome:
    """What some tests said.

    Attributes:
        killed: "" if they passed; "test", "time" or "crash" by what ended them.
        by: the first test that failed.
        seconds: of processor time.
        files: of each file of tests that was begun.
    """

    killed: str
    by: str
    seconds: float
    files: dict[str, float]


class Bench:
    """Runs tests in a copy, by a server that has it as its working folder; a context.

    Args:
        folder: the copy.
        logs: where the last run's output goes.
        libraries: that the server imports once for all.
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
        """Nothing to do: the server is up."""
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
        """Run some files of tests up to the first failure.

        Args:
            files: in this order.
            limit: processor seconds.
            writing: whether compiled files may be written, as only the unmutated code's may.
        """
        gone = [file for file in files if not (self.folder / file).exists()]
        assert not gone, f"there is no {gone[0]} in {self.folder}"
        asked = {"files": list(files), "limit": limit, "log": str(self._log), "writing": writing}
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(json.dumps(asked), file=self._server.stdin, flush=True)
        told = json.loads(self._server.stdout.readline())
        code = told["code"]
        assert code not in BROKEN, f"pytest ended with {code}; see {self._log}"
        # Pytest ends with 4, a crash, where a conftest.py cannot be imported.
        killed = {0: "", 1: "test", 2: "test", -signal.SIGXCPU: "time"}.get(code, "crash")
        return Outcome(killed, told["failed"], told["seconds"], told["files"])

    def attempt(
        self, path: str, text: str, files: Sequence[str], usual: Mapping[str, float]
    ) -> Outcome:
        """Try a mutant; the copy is as before afterwards.

        Args:
            path: of the file to mutate, from the copy's root.
            text: what it holds as a mutant.
            files: of tests to ask, in this order.
            usual: processor seconds that each takes unmutated.
        """
        file = self.folder / path
        original, stamp = file.read_bytes(), file.stat()
        try:
            file.write_text(text, encoding="utf-8")
            # Compiled files are told to be of this text by its length and by the second.
            os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 2 * 10**9))
            return self.run(files, START + SLACK * sum(usual.get(name, 0.0) for name in files))
        finally:
            file.write_bytes(original)
            os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
