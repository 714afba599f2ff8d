"""Try to fool the claims: `python -m tests.verification.falsify`, from the project's root.

Judges every claim's negative controls, then puts one fault after another into copies of the checkout
and looks which unit tests and which claims notice. Progress goes to stderr, the tables to stdout and,
as Markdown and JSON, to build/falsify/. The exit code is 0 if all came out as declared.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from repro.paths import PROJECT
from tests.verification.falsify import report
from tests.verification.falsify.fault import FaultError
from tests.verification.falsify.faults import ALL
from tests.verification.falsify.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = PROJECT / "build" / "falsify"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try everything, or the faults that are named; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.verification.falsify", description=__doc__
    )
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="at once")
    parser.add_argument("--fault", action="append", metavar="NAME", help="only this (repeatable)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the tables go")
    options = parser.parse_args(arguments)
    known = {fault.name: fault for fault in ALL}
    if strange := sorted({*(options.fault or ())} - known.keys()):
        parser.error(f"no fault {', '.join(strange)}; there are: {', '.join(known)}")
    faults = [known[name] for name in options.fault or known]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="falsify-") as folder:
        # Where the folder of temporary files is a link, commands would see another name of it.
        place = Path(folder).resolve() / "copies"
        try:
            tables = Session(faults, place, options.out / "runs", options.jobs).run()
        except FaultError as error:
            sys.stderr.write(f"{error}\n")
            return 2
    sys.stdout.write(report.write(tables, options.out))
    for line in tables.problems:
        sys.stderr.write(f"not as declared: {line}\n")
    sys.stderr.write(f"{time.monotonic() - began:.0f} s in all; tables: {options.out}\n")
    return 1 if tables.problems else 0


if __name__ == "__main__":
    sys.exit(main())
