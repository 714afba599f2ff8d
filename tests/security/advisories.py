"""Look up known vulnerabilities of the versions in constraints.txt: `python -m tests.security.advisories`.

pip-audit asks the package index about each version, so this needs the network. Exit codes: 0 every version
was looked up and none has a known vulnerability; 1 one has; 2 bad input; 3 some were not looked up. The
table is printed, and written to build/advisories/ as Markdown and JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.verification.program import Report
from tests.verification.tables import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

CONSTRAINTS = Path("constraints.txt")
OUT = Path("build/advisories")
SECONDS = 900
"""Time after which the service counts as unreachable."""
FOUND, BAD_INPUT, UNCHECKED = 1, 2, 3
HEAD = ("package", "version", "advisory", "also known as", "fixed in")
_LONGEST = 120


@dataclass(frozen=True)
class Audit:
    """The result of a look-up.

    Attributes:
        checked: how many versions were looked up.
        unchecked: names of packages that the service does not know.
        rows: one row per advisory, with the columns of `HEAD`.
        fault: why nothing was looked up; "" if something was.
    """

    checked: int = 0
    unchecked: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    fault: str = ""

    @property
    def exit_code(self) -> int:
        """The exit code; a vulnerability has priority over unknown packages."""
        if self.rows:
            return FOUND
        return UNCHECKED if self.fault or self.unchecked or not self.checked else 0

    @property
    def summary(self) -> str:
        """The result in one line."""
        if self.fault:
            return f"nothing was checked: {self.fault}"
        if not self.checked:
            return "nothing was checked: the service knows none of these versions"
        vulnerable = len({row[:2] for row in self.rows})
        line = f"{self.checked} versions were checked: {vulnerable or 'none'} with known vulnerabilities"
        missing = ", ".join(self.unchecked)
        return (
            f"{line}; NOT CHECKED, because the service does not know them: {missing}"
            if missing
            else line
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Look up the versions in a file; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.security.advisories", description=__doc__
    )
    parser.add_argument("--constraints", type=Path, default=CONSTRAINTS, metavar="FILE")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER")
    options = parser.parse_args(arguments)
    if not options.constraints.is_file():
        sys.stderr.write(
            f"error: there is no file {options.constraints}; go to the project's folder\n"
        )
        return BAD_INPUT
    found = look_up(options.constraints)
    facts = {**vars(found), "said": found.summary, "exit_code": found.exit_code}
    table = f"{markdown(HEAD, found.rows)}\n" if found.rows else ""
    report = Report("advisories", f"{table}{found.summary}\n", facts)
    report.write(options.out)
    sys.stdout.write(report.text)
    return found.exit_code


def look_up(constraints: Path) -> Audit:
    """Let pip-audit ask about every version, without installing or resolving any."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(constraints)]
    command += ["--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, with the name of a file
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Audit(fault=f"no answer within {SECONDS} s; try again where the network is better")
    return read(done.stdout, done.stderr)


def read(printed: str, errors: str) -> Audit:
    """Read the output of pip-audit.

    Args:
        printed: its stdout, JSON if it was successful.
        errors: its stderr, whose last line is the reason if it was not.
    """
    try:
        dependencies: list[dict[str, Any]] = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (errors.strip().splitlines() or ["pip-audit printed nothing"])[-1][:_LONGEST]
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


if __name__ == "__main__":
    sys.exit(main())
