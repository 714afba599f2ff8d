"""A section on the speed of other implementations, read from the file that `nox -s peers` writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from repro.algorithms import display_name
from repro.errors import UserError
from repro.report.section import Section

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a malformed file may raise."""


def peer_speeds(file: Path) -> list[Section]:
    """Read the section; empty if there is no file.

    Raises:
        UserError: the file is malformed.
    """
    if not file.exists():
        return []
    try:
        measured = json.loads(file.read_text(encoding="utf-8"))
        checks = [
            f"{display_name(c['algorithm'])} {c['ours']:.4f} here and {c['theirs']:.4f} in JAX (standard "
            f"error {c['error']:.4f})"
            for c in measured["checks"]
        ]
        versions = [
            f"{name} {measured['environment'][name]}"
            for name in ("jax", "stable-baselines3", "torch", "python")
        ]
        return [
            Section(
                "Speed compared with other implementations",
                f"Transitions learned a second on one core, median of timings in turns; {measured['runs']} "
                "runs at once here and in JAX, one in Stable-Baselines3. Mean returns before the timing: "
                f"{'; '.join(checks)}. Measured at commit {measured['commit'] or 'no git checkout'}"
                f"{' with uncommitted changes' if measured['dirty'] else ''}, with {', '.join(versions)}, on "
                f"{measured['environment']['processor']}.",
                tuple(map(str, measured["head"])),
                tuple(tuple(map(str, row)) for row in measured["rows"]),
            )
        ]
    except FAULTS as error:
        raise UserError(
            f"{file}: not a file that `nox -s peers` wrote ({type(error).__name__}: {error}); remove it, or "
            "run that session again"
        ) from error
