"""A copy of the checkout, to add files to and run commands in."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from repro.paths import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 300
"""After which a command has hung."""


def copied(folder: Path) -> Path:
    """Copy what runs, with what of it was compiled; the shipped runs are linked to."""
    # Other tests may be compiling: such a file is gone under this name before it can be copied.
    half_written = shutil.ignore_patterns("*.pyc.*", "*.tmp.*")
    for name in ("repro", "claims", "tests"):
        shutil.copytree(PROJECT / name, folder / name, ignore=half_written)
    shutil.copytree(PROJECT / "data", folder / "data", ignore=shutil.ignore_patterns("runs"))
    (folder / "data" / "runs").symlink_to(PROJECT / "data" / "runs")
    shutil.copy(PROJECT / "pyproject.toml", folder)
    return folder


def run(words: str, folder: Path) -> tuple[int, str]:
    """Run a command that begins with "python"; its exit code, and what it prints, errors last."""
    program, *rest = shlex.split(words)
    assert program == "python", f"{words}: expected a command of Python's"
    done = subprocess.run(  # noqa: S603 - the project's own text
        [sys.executable, *rest],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
