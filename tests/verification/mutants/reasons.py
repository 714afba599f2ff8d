"""The reasons why mutants may survive, kept in survivors.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.verification.mutants.ledger import Result

FILE = Path(__file__).with_name("survivors.toml")


@dataclass(frozen=True)
class Reason:
    """Why a mutant may survive.

    Attributes:
        path: of the mutated file.
        before: the mutated lines before the change.
        after: the lines after it.
        reason: why.
    """

    path: str
    before: str
    after: str
    reason: str


def reasons(file: Path = FILE) -> list[Reason]:
    """Read all reasons."""
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    return [Reason(**entry) for entry in found.get("survivor", [])]


def reason_for(result: Result, given: Sequence[Reason]) -> str:
    """Return the reason why a mutant survives; "" if there is none."""
    for one in given:
        if (one.path, one.before, one.after) == (result.path, result.before, result.after):
            return one.reason
    return ""


def obsolete(given: Sequence[Reason], tried: Sequence[Result], root: Path) -> list[Reason]:
    """Return reasons for mutants that are killed, or for lines that are no longer in their file."""
    return [
        one
        for one in given
        if not _lines_exist(one, root)
        or {bool(result.killed) for result in tried if reason_for(result, [one])} == {True}
    ]


def _lines_exist(one: Reason, root: Path) -> bool:
    file = root / one.path
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {line.strip() for line in one.before.splitlines()} <= {line.strip() for line in lines}
