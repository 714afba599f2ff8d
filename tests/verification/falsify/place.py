"""Copies of the checkout with a fault each, and the commands that run on them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support import checkout
from tests.verification.falsify.fault import FaultError, put_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.verification.falsify.fault import Fault

SECONDS = 1800
"""After which a command has hung."""
TELL = "import repro; print(repro.__file__)"


@dataclass(frozen=True)
class Done:
    """A command that has ended.

    Attributes:
        code: its exit code.
        out: what it printed.
        errors: what it printed on stderr.
    """

    code: int
    out: str
    errors: str

    @property
    def last_words(self) -> str:
        """The last line that says something."""
        lines = [line for line in (self.out + self.errors).splitlines() if line.strip()]
        return lines[-1].strip() if lines else "nothing was said"


def pristine(folder: Path) -> Path:
    """Copy the checkout as it is now; faults go into copies of this copy."""
    folder.mkdir(parents=True)
    return checkout.copied(folder)


def faulty(fault: Fault, original: Path, folder: Path) -> Path:
    """Copy a copy and put a fault in.

    Raises:
        FaultError: the fault's snippets are not there.
    """
    # Commands that run on the original may be compiling.
    half_written = shutil.ignore_patterns("*.pyc.*", "*.tmp.*")
    shutil.copytree(original, folder, symlinks=True, ignore=half_written)
    put_in(fault, folder)
    return folder


def python(words: Sequence[str], folder: Path) -> Done:
    """Run Python in a copy, with the copy's own code.

    Raises:
        FaultError: it took too long.
    """
    try:
        done = subprocess.run(  # noqa: S603 - words of this package's own
            [sys.executable, *words],
            cwd=folder,
            # Before any installed package, an editable install of the original included.
            env={**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FaultError(f"{' '.join(words)}: not done after {SECONDS} s in {folder}") from error
    return Done(done.returncode, done.stdout, done.stderr)


def check_own_code(folder: Path) -> None:
    """See that commands in a copy import its code, and not that of the checkout.

    Raises:
        FaultError: they import another.
    """
    found = python(["-c", TELL], folder).out.strip()
    expected = folder / "repro" / "__init__.py"
    if found != str(expected):
        raise FaultError(f"commands in {folder} import {found or 'nothing'}; expected {expected}")
