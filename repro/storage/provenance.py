"""Where a result comes from: the checkout, the machine, the versions, and a digest of the code."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import os
import platform
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from repro.paths import PROJECT

PACKAGE = __name__.partition(".")[0]
NUMERIC = ("numpy", "torch", "numba")
"""Distributions whose version can change what a run computes."""


def versions() -> dict[str, str]:
    """Versions of the distributions that compute, and of the C library with their functions."""
    return {name: _version(name) for name in NUMERIC} | {"libc": "-".join(platform.libc_ver())}


@cache
def _version(name: str) -> str:
    """Version of one distribution; looked up once, for it takes milliseconds."""
    return importlib.metadata.version(name)


def environment() -> dict[str, str | int | None]:
    """Describe Python, the machine and the versions, for a report."""
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": os.cpu_count(),
        **versions(),
    }


@cache
def processor() -> str:
    """Name of the processor, and a digest of what sets its arithmetic apart from its namesakes'.

    Where the system tells it: compilers choose instructions by the model and its flags.
    """
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    pairs = [line.partition(":") for line in text.partition("\n\n")[0].splitlines()]
    facts = {name.strip(): value.strip() for name, _, value in pairs}
    told = [facts.get(what, "") for what in ("cpu family", "model", "stepping", "flags")]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]
    return f"{facts.get('model name', platform.processor())} ({digest})"


def commit() -> tuple[str | None, bool | None]:
    """Commit of the checkout and whether it has uncommitted changes; None, None outside one."""
    try:
        head = _git("rev-parse", "HEAD")
        return head, bool(_git("status", "--porcelain", "--untracked-files=normal"))
    except (OSError, subprocess.CalledProcessError):
        return None, None


def _git(*words: str) -> str:
    """Output of one git command on the checkout."""
    command = ["git", "-C", str(PROJECT), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - fixed words


@cache
def code_digest(modules: tuple[str, ...]) -> str:
    """Digest of the sources of `modules` and of every module of this package they import.

    A change to any of them makes another digest; one elsewhere (a figure, another algorithm) does
    not.
    """
    digest = hashlib.sha256()
    for name, source in sorted(imported_modules(modules).items()):
        digest.update(f"{name} {len(source)}\n".encode() + source)
    return digest.hexdigest()


def imported_modules(modules: tuple[str, ...]) -> dict[str, bytes]:
    """Sources, by name, of `modules` and of every module of this package they import."""
    sources: dict[str, bytes] = {}
    todo = list(modules)
    while todo:
        name = todo.pop()
        spec = find_spec(name)
        if name in sources or spec is None or spec.origin is None:
            continue
        sources[name] = Path(spec.origin).read_bytes()
        todo += _imports(ast.parse(sources[name]))
    return sources


def _imports(tree: ast.AST) -> list[str]:
    """Modules of this package that a source imports, wherever in it; all imports are absolute."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # "from package import name" may import a module as well as what is in one.
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in found if name.partition(".")[0] == PACKAGE and _is_module(name)]


def _is_module(name: str) -> bool:
    """Whether `name` is a module."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # what would be its package is a module
        return False
