"""Copies of the checkout: copy it, edit the copy, run commands in it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECONDS = 1800
"""Time after which a command is considered hung."""
# Other processes may be compiling: such a file can be gone before it is copied.
_UNFINISHED = shutil.ignore_patterns("*.pyc.*", "*.tmp.*")


class CheckoutError(Exception):
    """An edit does not fit the files, or a command did not run as it should."""


@dataclass(frozen=True)
class Edit:
    """Replace a snippet of a file.

    Attributes:
        file: path from the project's root.
        old: the snippet; it occurs exactly once.
        new: its replacement.
    """

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Result:
    """The result of a command.

    Attributes:
        code: its exit code.
        out: its standard output.
        errors: its standard error.
    """

    code: int
    out: str
    errors: str

    @property
    def printed(self) -> str:
        """Standard output, then standard error."""
        return self.out + self.errors

    @property
    def last_line(self) -> str:
        """The last line printed that is not blank."""
        lines = [line for line in self.printed.splitlines() if line.strip()]
        return lines[-1].strip() if lines else "nothing was printed"


def copy_checkout(folder: Path) -> Path:
    """Copy the code, compiled files included, and its documents; link to the shipped runs."""
    for name in ("repro", "claims", "tests", ".github"):
        shutil.copytree(PROJECT / name, folder / name, ignore=_UNFINISHED)
    shutil.copytree(PROJECT / "data", folder / "data", ignore=shutil.ignore_patterns("runs"))
    (folder / "data" / "runs").symlink_to(PROJECT / "data" / "runs")
    for path in PROJECT.iterdir():
        if path.is_file():  # tests read documents, noxfile.py and constraints.txt
            shutil.copy(path, folder)
    return folder


def copy_again(copy: Path, folder: Path) -> Path:
    """Copy a copy to a new folder."""
    return shutil.copytree(copy, folder, symlinks=True, ignore=_UNFINISHED)


def edit(edits: Sequence[Edit], folder: Path) -> None:
    """Apply edits to a copy.

    Raises:
        CheckoutError: a file is missing, or a snippet does not occur exactly once.
    """
    for one in edits:
        path = folder / one.file
        if not path.is_file():
            raise CheckoutError(f"there is no {one.file}")
        text = path.read_text(encoding="utf-8")
        if (times := text.count(one.old)) != 1:
            raise CheckoutError(
                f"{one.file} contains {times} times, expected once, the snippet\n{one.old}"
            )
        path.write_text(text.replace(one.old, one.new), encoding="utf-8")


def run(words: str | Sequence[str], folder: Path, seconds: float = SECONDS) -> Result:
    """Run Python in a copy, with the copy's code.

    Args:
        words: the arguments, or a command line that starts with "python".
        folder: the copy.
        seconds: the time limit.

    Raises:
        CheckoutError: the command did not finish in time.
    """
    if isinstance(words, str):
        program, *words = shlex.split(words)
        assert program == "python", f"{words}: expected a command that starts with python"
    path = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    settings = {"PYTHONPATH": os.pathsep.join(path), "NO_COLOR": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - commands of this project
            [sys.executable, *words],
            cwd=folder,
            # The copy comes first, before an editable install of the original.
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CheckoutError(
            f"{' '.join(words)}: not finished after {seconds:.0f} s in {folder}"
        ) from error
    return Result(done.returncode, done.stdout, done.stderr)


def check_own_code(folder: Path) -> None:
    """Check that commands in a copy import the code of the copy.

    Raises:
        CheckoutError: they import other code.
    """
    found = run(["-c", "import repro; print(repro.__file__)"], folder).out.strip()
    expected = folder / "repro" / "__init__.py"
    if found != str(expected):
        raise CheckoutError(
            f"commands in {folder} import {found or 'nothing'}; expected {expected}"
        )
