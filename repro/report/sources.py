"""What the talk says, in our words, line by line: so that a reader without it can follow."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from repro.errors import ClaimError
from repro.provenance import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SOURCES = PROJECT / "data" / "sources.json"
_LINE = re.compile(r"talk:[1-9][0-9]*")


@dataclass(frozen=True)
class Sources:
    """Paraphrases of the talk's lines.

    Attributes:
        about: what the talk is: title, authors, venue, and how lines are counted.
        lines: paraphrase by line, as {"talk:44": "..."}.
        path: the file they were read from, for messages.
    """

    about: Mapping[str, str]
    lines: Mapping[str, str]
    path: Path

    def cite(self, claim: str, source: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Pair each line that a claim cites with its paraphrase.

        Args:
            claim: the claim's id, for the message.
            source: lines as ("talk:44",).

        Raises:
            ClaimError: if a line has no paraphrase.
        """
        cited = tuple(source)
        missing = [line for line in cited if line not in self.lines]
        if missing:
            add = ", ".join(f'"{line}": "..."' for line in missing)
            raise ClaimError(
                f"claim {claim} cites {', '.join(missing)}, which {self.path} does not paraphrase; "
                f"add to it: {add}"
            )
        return tuple((line, self.lines[line]) for line in cited)


def load_sources(path: Path = SOURCES) -> Sources:
    """Read and check the paraphrases.

    Args:
        path: JSON object {"about": {"title", "authors", "venue", "note"}, "talk:N": paraphrase, ...}.

    Raises:
        ClaimError: if the file cannot be read, or an entry is not of that form.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except (OSError, ValueError) as error:
        raise ClaimError(f"{path} cannot be read: {error}; expected a JSON object") from error
    if not isinstance(body, dict):
        raise ClaimError(f"{path} holds a {type(body).__name__}; expected a JSON object")
    about = body.pop("about", None)
    keys = ("title", "authors", "venue", "note")
    if not isinstance(about, dict) or not all(_is_text(about.get(key)) for key in keys):
        raise ClaimError(f'{path}: expected "about" with the texts {", ".join(keys)}')
    for line, text in body.items():
        if not _LINE.fullmatch(line) or not _is_text(text):
            raise ClaimError(
                f'{path}: given {line!r}: {text!r}; expected "talk:N" and a paraphrase as text'
            )
    return Sources({key: about[key] for key in keys}, body, path)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: JSON would silently keep the last."""
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise ValueError(f"{key!r} stands twice")
        made[key] = value
    return made
