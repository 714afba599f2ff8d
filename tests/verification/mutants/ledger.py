"""What each mutant came to, kept so that a run that was stopped goes on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What a mutant came to.

    Attributes:
        name: of the mutant: a digest of its file's path and text.
        path: of the mutated file, from the project's root.
        line: its number.
        family: what kind of mutant.
        before: the mutated lines, as they were.
        after: as they were changed to.
        killed: "" if it survived; else by a "test", by "time", by a "crash", or by "syntax".
        by: the first test that failed.
        seconds: of processor time.
        tests: digest of all tests that were asked.
    """

    name: str
    path: str
    line: int
    family: str
    before: str
    after: str
    killed: str
    by: str
    seconds: float
    tests: str


class Ledger:
    """Results in a file, one a line, oldest first.

    Args:
        file: made when the first result is added.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self._results = list(map(_read, filter(_whole, lines)))

    def add(self, result: Result) -> None:
        """Keep a result."""
        self._results.append(result)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")

    def first(self, names: Iterable[str]) -> list[Result]:
        """The first result of each mutant that has one."""
        return self._of({result.name: result for result in reversed(self._results)}, names)

    def last(self, names: Iterable[str]) -> list[Result]:
        """The last result of each mutant that has one."""
        return self._of({result.name: result for result in self._results}, names)

    @staticmethod
    def _of(found: dict[str, Result], names: Iterable[str]) -> list[Result]:
        return [found[name] for name in names if name in found]


def _whole(line: str) -> bool:
    """Whether a line was written to its end."""
    return line.endswith("}")


def _read(line: str) -> Result:
    return Result(**json.loads(line))
