"""`python -m tests.verification.operating_characteristics` simulates all worlds, and writes the table and its text."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from repro.plugin.options import parse_jobs
from repro.verdicts.operating_characteristics import TABLE, read, write
from tests.verification.operating_characteristics.study import study
from tests.verification.operating_characteristics.text import text


def main(given: list[str] | None = None) -> None:
    """Write what the command line asks for.

    Args:
        given: the arguments; None: the process's own.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tests.verification.operating_characteristics",
        description="Simulate worlds in which each claim on runs is true, false, or on its margin: how "
        "often does each verdict come out? About three minutes on two cores.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--out", type=Path, default=TABLE, metavar="FILE", help="CSV file; its text lies beside it"
    )
    parser.add_argument(
        "--jobs", type=parse_jobs, default=2, metavar="N", help="processes (default: 2)"
    )
    parser.add_argument(
        "--text",
        action="store_true",
        help="simulate nothing: write the text of a table that is there",
    )
    options = parser.parse_args(given)
    if not options.text:
        write(study(options.jobs, _say), options.out)
    told = text(read(options.out))
    options.out.with_suffix(".md").write_text(told, encoding="utf-8")


def _say(done: str) -> None:
    sys.stderr.write(f"{done}\n")


if __name__ == "__main__":
    main()
