"""Paraphrases of the talk, line by line, for readers who do not have it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repro.errors import ClaimError
from repro.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SOURCES = DATA / "sources.json"
_LINE = re.compile(r"talk:[1-9][0-9]*")


@dataclass(frozen=True)
class Untested:
    """Why no claim checks a statement: its kind, such as "definition", and the reason."""

    kind: str
    why: str


@dataclass(frozen=True)
class Sources:
    """The talk's statements, each paraphrased at one of its lines.

    Which claims check a statement follows from the lines that the claims cite.

    Attributes:
        about: title, authors and venue of the talk, and how lines are counted.
        lines: paraphrase by line, such as {"talk:44": "..."}.
        path: the file they were read from, for messages.
        partly: by line, the part of a statement that no claim checks.
        untested: by line, why no claim checks the statement.
        same: by line, the numbers of lines that repeat, complete, ask or announce the statement.
        length: number of lines of the talk; 0 if the file does not say.
        links: addresses of what is public, by its name, such as "paper".
    """

    about: Mapping[str, str]
    lines: Mapping[str, str]
    path: Path
    partly: Mapping[str, str] = field(default_factory=dict)
    untested: Mapping[str, Untested] = field(default_factory=dict)
    same: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    length: int = 0
    links: Mapping[str, str] = field(default_factory=dict)

    def cite(self, claim: str, source: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Pair each line that a claim cites with its paraphrase.

        Args:
            claim: the claim's id, for the message.
            source: lines, such as ("talk:44",).

        Raises:
            ClaimError: if a line has no paraphrase.
        """
        cited = tuple(source)
        missing = [line for line in cited if line not in self.lines]
        if missing:
            homes = {f"talk:{n}": line for line, again in self.same.items() for n in again}
            instead = [f"cite {homes[line]}, not {line}" for line in missing if line in homes]
            add = ", ".join(f'"{line}": "..."' for line in missing if line not in homes)
            todo = "; ".join([*instead, *([f"add to it: {add}"] if add else [])])
            raise ClaimError(
                f"claim {claim} cites {', '.join(missing)}, which {self.path} does not paraphrase; "
                f"{todo}"
            )
        return tuple((line, self.lines[line]) for line in cited)


def load_sources(path: Path = SOURCES) -> Sources:
    """Read and check the paraphrases.

    Args:
        path: JSON object {"about": {"title", "authors", "venue", "note"}, "talk:N": paraphrase, ...}.
            Optional keys: "partly": {"talk:N": what}, "untested": {kind: {"talk:N": why}},
            "same": {"talk:N": [M, ...]}, "silent": [M, ...] (lines that state nothing), "length", and
            "links": {name: an address that starts with https://}.
            With a length, every line must be listed exactly once.

    Raises:
        ClaimError: if the file cannot be read, has an entry of another form, or contradicts itself.
    """
    body = _read(path)
    about = body.pop("about", None)
    keys = ("title", "authors", "venue", "note")
    if not isinstance(about, dict) or not all(_is_text(about.get(key)) for key in keys):
        raise ClaimError(f'{path}: expected "about" with the texts {", ".join(keys)}')
    partly = _texts(f'{path}: "partly"', body.pop("partly", {}), "what no claim checks of it")
    untested = _untested(path, body.pop("untested", {}))
    same = _table(f'{path}: "same"', body.pop("same", {}))
    again = {line: _numbers(f'{path}: "same", {line}', given) for line, given in same.items()}
    silent = _numbers(f'{path}: "silent"', body.pop("silent", []))
    length = body.pop("length", 0)
    links = _table(f'{path}: "links"', body.pop("links", {}))
    for name, address in links.items():
        if not _is_text(address) or not address.startswith("https://"):
            raise ClaimError(
                f'{path}: "links": given {name!r}: {address!r}; expected an address that starts with https://'
            )
    if not _is_number(length, least=0):
        raise ClaimError(f'{path}: given "length": {length!r}; expected the number of lines')
    lines = _texts(str(path), body, "a paraphrase")
    for name, listed in (("partly", partly), ("untested", untested), ("same", again)):
        for line in listed:
            if line not in lines:
                raise ClaimError(f'{path}: "{name}" names {line}, which has no paraphrase; add one')
    for line in partly:
        if line in untested:
            raise ClaimError(f'{path}: {line} is in "partly" and in "untested"; keep one of them')
    _check_complete(path, [int(line.partition(":")[2]) for line in lines], again, silent, length)
    facts = {key: about[key] for key in keys}
    return Sources(facts, lines, path, partly, untested, again, length, links)


def _read(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except (OSError, ValueError, RecursionError) as error:
        raise ClaimError(f"{path} cannot be read: {error}; expected a JSON object") from error
    return _table(str(path), body)


def _table(where: str, given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise ClaimError(f"{where} holds a {type(given).__name__}; expected a JSON object")
    return given


def _texts(where: str, given: object, what: str) -> dict[str, str]:
    table = _table(where, given)
    for line, text in table.items():
        if not _LINE.fullmatch(line) or not _is_text(text):
            raise ClaimError(
                f'{where}: given {line!r}: {text!r}; expected "talk:N" and {what} as text'
            )
    return table


def _untested(path: Path, given: object) -> dict[str, Untested]:
    """Check the reasons, which are given by kind, and index them by line."""
    found: dict[str, Untested] = {}
    for kind, reasons in _table(f'{path}: "untested"', given).items():
        for line, why in _texts(f'{path}: "untested", {kind}', reasons, "the reason").items():
            if line in found:
                raise ClaimError(
                    f'{path}: {line} is "untested" as {found[line].kind} and as {kind}; keep one'
                )
            found[line] = Untested(kind, why)
    return found


def _numbers(where: str, given: object) -> tuple[int, ...]:
    if not isinstance(given, list) or not all(_is_number(n, least=1) for n in given):
        raise ClaimError(f"{where}: given {given!r}; expected a list of line numbers")
    return tuple(given)


def _check_complete(
    path: Path,
    lines: list[int],
    same: Mapping[str, tuple[int, ...]],
    silent: tuple[int, ...],
    length: int,
) -> None:
    """Check that no line is listed twice and, if the length is known, that every line is listed."""
    places = Counter([*lines, *(n for again in same.values() for n in again), *silent])
    where = 'with a paraphrase, under "same" or under "silent"'
    for number, count in sorted(places.items()):
        if count > 1:
            raise ClaimError(f"{path}: talk:{number} is listed {count} times; keep one: {where}")
        if length and number > length:
            raise ClaimError(f"{path}: given talk:{number}; expected lines up to {length}")
    missing = [f"talk:{n}" for n in range(1, length + 1) if n not in places]
    if missing:
        raise ClaimError(f"{path} does not list {', '.join(missing)}; add each once: {where}")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse duplicate keys; JSON would silently keep the last."""
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise ValueError(f"{key!r} is given twice")
        made[key] = value
    return made
