"""Where a result comes from: the checkout, the machine, its instructions and the versions."""

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
CHOOSING = (
    "ATEN_CPU_CAPABILITY",
    "GLIBC_TUNABLES",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
    "NUMBA_CPU_FEATURES",
    "NUMBA_CPU_NAME",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
)
"""Environment variables with which libraries choose other instructions than the processor's best."""


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
    """Describe Python, the machine and the versions, for a report; and why there is no commit, if there is none."""
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "instructions": ", ".join(f"{name} {value}" for name, value in instructions().items()),
        "cores": os.cpu_count(),
        **_libraries(),
        **({"git": why} if (why := no_commit()) else {}),
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


@cache
def instructions() -> dict[str, str]:
    """Which of the processor's instructions the numeric libraries use, and the variables that chose them.

    Each library chooses among several versions of its code when it is loaded, and sums may be rounded
    differently in each. If none of `CHOOSING` is set, processor and versions decide.
    """
    import torch  # noqa: PLC0415 - takes two seconds to load
    from numba.core.registry import cpu_target  # noqa: PLC0415 - likewise
    from numpy.lib.introspect import opt_func_info  # noqa: PLC0415 - needed only here

    functions = opt_func_info().values()
    _, model, features = cpu_target.target_context.codegen().magic_tuple()
    return {
        "numpy": "/".join(
            sorted({one["current"] for types in functions for one in types.values()})
        ),
        "torch": torch.backends.cpu.get_cpu_capability(),
        "numba": f"{model} ({hashlib.sha256(features.encode()).hexdigest()[:8]})",
        **{name: os.environ[name] for name in CHOOSING if name in os.environ},
    }


def other_instructions(now: object, then: object) -> list[str]:
    """Name the instructions if they differ between two records of one processor and the same versions.

    A record made before instructions were recorded has none. It is taken to be made with those that
    libraries choose by themselves, so it may differ from one with a variable of `CHOOSING`.

    Args:
        now: what `instructions` returned for one record; None if it has none.
        then: for the other.
    """
    if now is not None and then is not None:
        return ["instructions"] if now != then else []
    known = [facts for facts in (now, then) if isinstance(facts, dict)]
    chosen = any(name in facts for facts in known for name in CHOOSING)
    return ["instructions, perhaps"] if chosen else []


def commit() -> tuple[str | None, bool | None]:
    """Commit of the checkout, and whether it has uncommitted changes; None, None if git names none."""
    try:
        head = _git("rev-parse", "HEAD")
        return head, bool(_git("status", "--porcelain", "--untracked-files=normal"))
    except (OSError, subprocess.CalledProcessError):
        return None, None


def no_commit() -> str:
    """Why git names no commit of a checkout, in its own words; "" if it names one, or outside a checkout.

    For example, it refuses a checkout that belongs to another user.
    """
    if not (PROJECT / ".git").exists():
        return ""
    try:
        _git("rev-parse", "HEAD")
    except OSError as error:
        return f"git cannot be run: {error.strerror}"
    except subprocess.CalledProcessError as error:
        return str(error.stderr).strip().partition("\n")[0] or str(error)
    return ""


def file_at(commit: str, name: str) -> bytes:
    """Return a file of the checkout as it was at a commit.

    Raises:
        OSError: git cannot be run.
        subprocess.CalledProcessError: git does not have the commit or the file.
    """
    command = ["git", "-C", str(PROJECT), "cat-file", "blob", f"{commit}:{name}"]
    return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 - no shell


def _git(*words: str) -> str:
    """Output of one git command on the checkout.

    git must not write there: killed at the wrong moment, it leaves a lock that stops later commands.
    """
    command = ["git", "--no-optional-locks", "-C", str(PROJECT), *words]
    done = subprocess.run(  # noqa: S603 - fixed words
        command, check=True, capture_output=True, encoding="utf-8", errors="replace"
    )
    return done.stdout.strip()
