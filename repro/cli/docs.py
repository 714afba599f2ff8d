"""The command `docs`: write the tables of README.md and ARTIFACT.md from the last report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from repro.paths import REPORT
from repro.report.documents import update

if TYPE_CHECKING:
    import argparse


def add_docs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "docs",
        help="write the tables of README.md and ARTIFACT.md from the last report at the paper tier",
        description=__doc__,
        epilog="exit codes: 0 written; 2 bad input, nothing was written",
    )
    parser.add_argument(
        "--report",
        type=Path,
        default=REPORT,
        metavar="FOLDER",
        help="the report (default: build/claims)",
    )
    parser.set_defaults(command=lambda options: update(options.report))
