"""What the verification programs share: arguments, progress, reports and exit codes.

Each is run by `python -m tests.verification.NAME` from the project's root. Progress goes to stderr, the
report to stdout and to `build/NAME/NAME.md` and `NAME.json`. Exit codes: 0 if all is as it should be,
1 if not, 2 if the program could not run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.paths import BUILD

if TYPE_CHECKING:
    from collections.abc import Sequence

PASSED, FAILED, NOT_RUN = 0, 1, 2
_STARTED = time.monotonic()


@dataclass(frozen=True)
class Report:
    """The report of a program.

    Attributes:
        name: of the program.
        text: in Markdown.
        facts: the same for other programs, written as JSON.
        problems: everything that makes the program fail, one line each.
    """

    name: str
    text: str
    facts: Any
    problems: Sequence[str] = ()

    def write(self, folder: Path) -> None:
        """Write NAME.md and NAME.json."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.md").write_text(self._printable, encoding="utf-8")
        facts = json.dumps(self.facts, indent=1)
        (folder / f"{self.name}.json").write_text(facts + "\n", encoding="utf-8")

    @property
    def _printable(self) -> str:
        """The text with lone surrogates escaped: bad input quoted in it may contain some."""
        return self.text.encode("utf-8", "backslashreplace").decode("utf-8")

    def conclude(self, folder: Path) -> int:
        """Write the files, print the report and the problems; return the exit code."""
        self.write(folder)
        sys.stdout.write(self._printable)
        for line in self.problems:
            progress(f"FAILED: {line}")
        progress(f"report: {folder}")
        return FAILED if self.problems else PASSED


def arguments(name: str, description: str | None) -> argparse.ArgumentParser:
    """Make the argument parser of a program, with the options that all have."""
    parser = argparse.ArgumentParser(
        prog=f"python -m tests.verification.{name}", description=description, allow_abbrev=False
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=BUILD / name,
        metavar="FOLDER",
        help=f"where the report goes (default: build/{name})",
    )
    return parser


def progress(line: str) -> None:
    """Print a line to stderr, with the seconds since the program started."""
    sys.stderr.write(f"{time.monotonic() - _STARTED:5.0f} s  {line}\n")
    sys.stderr.flush()
