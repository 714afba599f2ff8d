"""The paths of all files and folders that the code reads or writes."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
"""This package."""
_IN_WHEEL = PACKAGE / "project"
CHECKOUT = not _IN_WHEEL.is_dir()
"""True if this package is part of a checkout, False if it was installed from a wheel."""
PROJECT = PACKAGE.parent if CHECKOUT else _IN_WHEEL
"""The folder of claims and data: the checkout, or the copy that a wheel has (see setup.py)."""
CLAIMS = PROJECT / "claims"
"""The claims, one file each."""
DATA = PROJECT / "data"
"""Committed files: shipped runs, tables of the simulation studies, the badge."""
SHIPPED = DATA / "runs"
"""The runs of the last published study tier."""
HISTORY = DATA / "history.json"
"""The verdicts of earlier versions."""
BUILD = (PROJECT if CHECKOUT else Path.cwd()) / "build"
"""The folder that commands write to, unless they are given another one."""
RUNS = BUILD / "runs"
"""Records of finished runs."""
REPORT = BUILD / "claims"
"""The report of the last run."""
PEERS = BUILD / "peers" / "peers.json"
"""The speed of other implementations, which `nox -s peers` writes."""
ORACLE = BUILD / "oracle" / "oracle.json"
"""The comparison with Stable-Baselines3, which `nox -s oracle` writes."""
GALLERY = DATA / "gallery.json"
"""The audits of other libraries, which `nox -s gallery -- --ship` writes."""


def choose_caches() -> None:
    """Choose where matplotlib and numba keep their files, for this process and those that it starts.

    Call it before they are imported. In a checkout, matplotlib's font cache goes below build/, not to the
    user's home. Numba stores compiled code in `NUMBA_CACHE_DIR`, next to the kernels or in the user's home.
    A temporary folder, deleted at the end, replaces what cannot be written: without one, numba fails.
    """
    if CHECKOUT:
        os.environ.setdefault("MPLCONFIGDIR", str(BUILD / "matplotlib"))
        _replace_unwritable("MPLCONFIGDIR")
    kernels = PACKAGE / "engine" / "kernels" / "__pycache__"
    _replace_unwritable(
        "NUMBA_CACHE_DIR", kernels, Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    )


def _replace_unwritable(variable: str, *others: Path) -> None:
    """Set a variable to a temporary folder if neither its own nor one of the others can be written."""
    own = os.environ.get(variable)
    if not any(map(_can_be_written, [Path(own), *others] if own else others)):
        os.environ[variable] = folder = tempfile.mkdtemp(prefix="repro-cache-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _can_be_written(folder: Path) -> bool:
    """Whether files can be made in a folder, or in one that can be made there."""
    try:
        folder = folder.expanduser()
    except RuntimeError:  # this user has no home
        return False
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
