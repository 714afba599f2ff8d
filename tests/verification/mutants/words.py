"""A word on each mutant that survives, kept in survivors.toml."""

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
class Word:
    """Why a mutant may survive.

    Attributes:
        path: of the mutated file.
        before: the mutated lines, as they were.
        after: as they were changed to.
        word: why.
    """

    path: str
    before: str
    after: str
    word: str


def words(file: Path = FILE) -> list[Word]:
    """Read what has been said on survivors."""
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    return [Word(**entry) for entry in found.get("survivor", [])]


def word_on(result: Result, said: Sequence[Word]) -> str:
    """What has been said on a survivor; "" if nothing."""
    for word in said:
        if (word.path, word.before, word.after) == (result.path, result.before, result.after):
            return word.word
    return ""


def obsolete(said: Sequence[Word], tried: Sequence[Result], root: Path) -> list[Word]:
    """Words on mutants that are killed, or on lines that are no longer in their file."""
    return [
        word
        for word in said
        if not _still_there(word, root)
        or {bool(result.killed) for result in tried if word_on(result, [word])} == {True}
    ]


def _still_there(word: Word, root: Path) -> bool:
    file = root / word.path
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {line.strip() for line in word.before.splitlines()} <= {line.strip() for line in lines}
