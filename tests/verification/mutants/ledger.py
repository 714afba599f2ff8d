"""The results of all mutants, stored so that a run can be stopped and continued."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Result:
    """The result of a mutant.

    Attributes:
        name: of the mutant: a digest of its file's path and text.
        path: of the mutated file, from the project's root.
        line: its number.
        family: the kind of mutant.
        before: the mutated lines before the change.
        after: the lines after it.
        killed: "" if it survived; otherwise by a "test", "time" or "crash".
        by: the first test that failed.
        seconds: CPU time.
        tests: digest of all tests.
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
    """Results in a file, one per line, oldest first.

    Args:
        file: created with the first result.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self._results = list(map(_read, filter(_whole, lines)))

    def add(self, result: Result) -> None:
        """Store a result."""
        self._results.append(result)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")

    def first(self, names: Iterable[str]) -> list[Result]:
        """Return the first result of each mutant that has one."""
        return self._of({result.name: result for result in reversed(self._results)}, names)

    def last(self, names: Iterable[str]) -> list[Result]:
        """Return the last result of each mutant that has one."""
        return self._of({result.name: result for result in self._results}, names)

    @staticmethod
    def _of(found: dict[str, Result], names: Iterable[str]) -> list[Result]:
        return [found[name] for name in names if name in found]


def _whole(line: str) -> bool:
    """Return True if a line was written completely."""
    return line.endswith("}")


def _read(line: str) -> Result:
    return Result(**json.loads(line))
