"""Simulate worlds in which each claim is true, false or on its margin, and count the verdicts.

About half an hour on two cores.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from repro.plugin.options import parse_jobs
from repro.verdicts.operating_characteristics import TABLE, read, write
from tests.verification.operating_characteristics.study import cells, study
from tests.verification.operating_characteristics.text import text
from tests.verification.program import progress


def main(words: list[str] | None = None) -> None:
    """Write the table and its text."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.verification.operating_characteristics",
        description=__doc__,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--out", type=Path, default=TABLE, metavar="FILE", help="CSV file; its text is FILE.md"
    )
    parser.add_argument(
        "--jobs", type=parse_jobs, default=2, metavar="N", help="processes (default: 2)"
    )
    parser.add_argument(
        "--text", action="store_true", help="simulate nothing: write the text of an existing table"
    )
    parser.add_argument(
        "--claim",
        action="append",
        default=[],
        choices=sorted({claim for cell in cells() for claim in cell.claims}),
        metavar="ID",
        help="simulate this claim alone (repeatable), and keep the table's rows of all others",
    )
    options = parser.parse_args(words)
    if not options.text:
        kept = read(options.out) if options.claim else {}
        write(kept | study(options.jobs, progress, options.claim), options.out)
    options.out.with_suffix(".md").write_text(text(read(options.out)), encoding="utf-8")


if __name__ == "__main__":
    main()
