"""Run pytest on the claims of this checkout, and read what it prints."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.errors import UserError
from repro.paths import CLAIMS, PROJECT
from repro.protocol.tiers import STUDY
from repro.storage.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Sequence

_ERROR, _UNREADABLE = "ERROR: ", " cannot be read: "


def run_pytest(words: Sequence[str]) -> int:
    """Run pytest on the claims; return its exit code.

    Raises:
        UserError: this is not a checkout with claims.
    """
    if not CLAIMS.is_dir():
        raise UserError(
            f"there is no folder {CLAIMS}; claims are judged from a clone; run this in a clone"
        )
    import pytest  # noqa: PLC0415 - takes half a second, and a remembered listing needs none

    configuration = ["-c", str(PROJECT / "pyproject.toml"), f"--rootdir={PROJECT}"]
    return int(pytest.main([str(CLAIMS), *configuration, "-p", "no:cacheprovider", *words]))


def listed_claims() -> list[dict[str, Any]]:
    """Return the JSON objects of `repro.plugin.listing.ListedClaim` for all claims.

    Raises:
        UserError: a claim cannot be collected.
    """
    return remembered("claims", _collected)


def _collected() -> list[dict[str, Any]]:
    """List the claims: the plugin writes them while pytest collects; nothing here imports claims."""
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "claims.json"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            code = run_pytest(["--collect-only", f"--tier={STUDY.name}", f"--list-to={listing}"])
        if code or not listing.is_file():
            raise UserError(f"the claims cannot be listed: {_error_in(printed.getvalue())}")
        rows: list[dict[str, Any]] = json.loads(listing.read_text(encoding="utf-8"))
        return rows


def ship(words: Sequence[str]) -> int:
    """Let the plugin ship the runs of all claims; return the exit code."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        code = run_pytest(["--collect-only", "--ship", f"--tier={STUDY.name}", *words])
    if "ERROR" in printed.getvalue():  # a claim cannot be imported
        sys.stderr.write(printed.getvalue())
    return code


def _error_in(printed: str) -> str:
    """Return the line with the error, or everything that pytest printed if there is none."""
    lines = [one for one in printed.splitlines() if one.startswith(_ERROR) or _UNREADABLE in one]
    return (
        lines[-1].removeprefix(_ERROR) if lines else f"fix what pytest reports\n{printed.strip()}"
    )
