"""The command `run`: train what is missing, judge the claims, write the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.cli.judging import LAST, add_choice, judge
from repro.plugin.exit_codes import EXIT_CODES

if TYPE_CHECKING:
    import argparse

DESCRIPTION = (
    "Train the runs that are missing, judge the claims, and write the report to build/claims/. "
    "Finished runs are kept in build/runs/, so an interrupted command continues from them.\n\n"
    + LAST
)
EXAMPLES = {
    "run": "what the talk says, at the paper's scale; some minutes on two cores",
    "run --tier study": "also the explanation study; about an hour and three quarters",
    "run --tier quick": "the linear chain on three seeds, and the theory",
    "run --tier audit": "judge the shipped runs, without training; takes seconds",
    "run --claim transfer.headline": "one claim, and only the runs that it needs",
    "run -k theory": "the theory, which needs no runs",
}
CODES = EXIT_CODES


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_choice(parser, "blocks of runs trained at once, then claims judged")
    parser.add_argument("--fresh", action="store_true", help="train finished runs again")
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="train on a Dask cluster instead of this machine, as tcp://HOST:8786",
    )


def run(options: argparse.Namespace) -> int:
    """Train and judge; return the exit code."""
    words = ["--fresh"] if options.fresh else []
    words += [f"--scheduler={options.scheduler}"] if options.scheduler else []
    return judge(options, *words)
