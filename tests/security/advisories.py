"""Known vulnerabilities of the versions in constraints.txt: `python -m tests.security.advisories`.

pip-audit asks the package index of each version, so this needs the network. Exit codes: 0 every version
was looked up and none has a known vulnerability; 1 one has; 2 bad input; 3 not all were looked up, which
says nothing of the others. The table is printed, and written to build/advisories/ as Markdown and JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

CONSTRAINTS = Path("constraints.txt")
OUT = Path("build/advisories")
SECONDS = 900
"""After which the service counts as unreachable."""
FOUND, BAD_INPUT, UNCHECKED = 1, 2, 3
HEAD = ("package", "version", "advisory", "also known as", "mended in")
_LONGEST = 120


@dataclass(frozen=True)
class Audit:
    """What a look-up came to.

    Attributes:
        checked: how many versions were looked up.
        unchecked: names of those that the service does not know.
        rows: a row for each advisory, as `HEAD` has it.
        fault: why nothing was looked up; "" where it was.
    """

    checked: int = 0
    unchecked: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    fault: str = ""

    @property
    def exit_code(self) -> int:
        """What the command ends with; a vulnerability counts before what is not known."""
        if self.rows:
            return FOUND
        return UNCHECKED if self.fault or self.unchecked or not self.checked else 0

    @property
    def said(self) -> str:
        """What came of it, in a line."""
        if self.fault:
            return f"nothing was checked: {self.fault}"
        if not self.checked:
            return "nothing was checked: the service knows none of these versions"
        hurt = len({row[:2] for row in self.rows})
        told = f"{self.checked} versions were checked: {hurt or 'none'} with known vulnerabilities"
        missing = ", ".join(self.unchecked)
        return (
            f"{told}; NOT CHECKED, for the service does not know them: {missing}"
            if missing
            else told
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Look up the versions of a file; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.security.advisories", description=__doc__
    )
    parser.add_argument("--constraints", type=Path, default=CONSTRAINTS, metavar="FILE")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER")
    options = parser.parse_args(arguments)
    if not options.constraints.is_file():
        told = f"error: there is no file {options.constraints}; go to the project's folder"
        print(told, file=sys.stderr)  # noqa: T201 - a command
        return BAD_INPUT
    found = look_up(options.constraints)
    text = markdown(found)
    print(text, end="")  # noqa: T201 - a command
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "advisories.md").write_text(text, encoding="utf-8")
    body = {**vars(found), "said": found.said, "exit_code": found.exit_code}
    (options.out / "advisories.json").write_text(json.dumps(body, indent=2), encoding="utf-8")
    return found.exit_code


def look_up(constraints: Path) -> Audit:
    """Have pip-audit ask for every version, without installing or resolving any."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(constraints)]
    command += ["--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off"]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, and a file's name as one of them
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Audit(fault=f"no answer within {SECONDS} s; try again where the network is better")
    return read(done.stdout, done.stderr)


def read(printed: str, complained: str) -> Audit:
    """Make sense of what pip-audit printed.

    Args:
        printed: on stdout, JSON if all went well.
        complained: on stderr, of which the last line is the reason if it did not.
    """
    try:
        dependencies: list[dict[str, Any]] = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (complained.strip().splitlines() or ["pip-audit said nothing"])[-1][:_LONGEST]
        return Audit(fault=f"{last}; this needs the network, and pip-audit installed")
    unchecked = tuple(str(d["name"]) for d in dependencies if "vulns" not in d)
    rows = tuple(
        (
            str(dependency["name"]),
            str(dependency.get("version", "")),
            str(advisory["id"]),
            ", ".join(map(str, advisory.get("aliases", []))),
            ", ".join(map(str, advisory.get("fix_versions", []))) or "no version yet",
        )
        for dependency in dependencies
        for advisory in dependency.get("vulns", [])
    )
    return Audit(len(dependencies) - len(unchecked), unchecked, rows)


def markdown(found: Audit) -> str:
    """Write the table, and what came of it below."""
    lines = []
    if found.rows:
        lines = [HEAD, ("---",) * len(HEAD), *found.rows]
    table = "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in lines)
    return f"{table}{chr(10) if table else ''}{found.said}\n"


if __name__ == "__main__":
    sys.exit(main())
