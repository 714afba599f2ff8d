"""Where a result comes from: the checkout, the machine and the versions."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path

from repro.paths import PROJECT

NUMERIC = ("numpy", "torch", "numba")
"""Distributions whose version can change what a run computes."""


def versions() -> dict[str, str]:
    """Versions that decide whether runs are expected to have the same bytes.

    These are the numeric distributions, the C library, whose functions they call, and Python's major
    and minor version, such as "3.11".
    """
    return {"python": "{}.{}".format(*sys.version_info), **_libraries()}


@cache
def _libraries() -> dict[str, str]:
    """Versions of the numeric distributions and of the C library."""
    found = {name: importlib.metadata.version(name) for name in NUMERIC}
    return {**found, "libc": "-".join(platform.libc_ver())}


def environment() -> dict[str, str | int | None]:
    """Describe Python, the machine and the versions, for a report."""
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": os.cpu_count(),
        **_libraries(),
    }


@cache
def processor() -> str:
    """Name of the processor, followed on Linux by a digest of its model and flags.

    Compilers choose instructions by model and flags, and processors that differ in them can have the
    same name.
    """
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    pairs = [line.partition(":") for line in text.partition("\n\n")[0].splitlines()]
    facts = {name.strip(): value.strip() for name, _, value in pairs}
    deciding = [facts.get(name, "") for name in ("cpu family", "model", "stepping", "flags")]
    digest = hashlib.sha256("\n".join(deciding).encode()).hexdigest()[:8]
    return f"{facts.get('model name', platform.processor())} ({digest})"


def commit() -> tuple[str | None, bool | None]:
    """Commit of the checkout, and whether it has uncommitted changes; None, None without git."""
    try:
        head = _git("rev-parse", "HEAD")
        return head, bool(_git("status", "--porcelain", "--untracked-files=normal"))
    except (OSError, subprocess.CalledProcessError):
        return None, None


def _git(*words: str) -> str:
    """Output of one git command on the checkout."""
    command = ["git", "-C", str(PROJECT), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - fixed words
