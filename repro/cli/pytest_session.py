"""pytest on the claims of this checkout, and what it prints of itself."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from repro.errors import UserError
from repro.paths import CLAIMS, PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAULT, _UNREADABLE = "ERROR: ", " cannot be read: "


def run_pytest(words: Sequence[str]) -> int:
    """Run pytest on the claims; returns its exit code.

    Raises:
        UserError: there are none.
    """
    if not CLAIMS.is_dir():
        raise UserError(f"there is no folder {CLAIMS}; claims are judged from a clone, go there")
    configuration = ["-c", str(PROJECT / "pyproject.toml"), f"--rootdir={PROJECT}"]
    return int(pytest.main([str(CLAIMS), *configuration, "-p", "no:cacheprovider", *words]))


def declared() -> list[dict[str, Any]]:
    """Have the claims' plugin write what they declare, so that nothing here imports claims.

    Raises:
        UserError: a claim cannot be collected.
    """
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "claims.json"
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run_pytest(["--collect-only", f"--list-to={listing}"])
        if code or not listing.is_file():
            raise UserError(f"the claims cannot be listed: {_fault(said.getvalue())}")
        rows: list[dict[str, Any]] = json.loads(listing.read_text(encoding="utf-8"))
        return rows


def ship(words: Sequence[str]) -> int:
    """Have the plugin ship the runs of all claims; returns the exit code."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = run_pytest(["--collect-only", "--ship", *words])
    if "ERROR" in said.getvalue():  # a claim cannot be imported
        sys.stderr.write(said.getvalue())
    return code


def _fault(said: str) -> str:
    """The line that names a fault, or all that pytest said where there is none."""
    lines = [line for line in said.splitlines() if line.startswith(_FAULT) or _UNREADABLE in line]
    return lines[-1].removeprefix(_FAULT) if lines else f"mend what pytest says\n{said.strip()}"
