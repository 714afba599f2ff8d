"""The command `report`: judge the claims on stored runs, without training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.cli.judging import LAST, add_choice, judge
from repro.plugin.exit_codes import EXIT_CODES

if TYPE_CHECKING:
    import argparse

DESCRIPTION = (
    "Judge the claims on runs that are stored already, train nothing, and write the report to "
    "build/claims/. A claim whose runs are missing is not run: give the tier, the seeds and the cap that "
    "the runs were made with.\n\n" + LAST
)
EXAMPLES = {
    "report": "judge the runs in build/runs/ again",
    "report --json > claims.json": "the same, for a program to read",
}
CODES = EXIT_CODES


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_choice(parser, "claims judged")


def run(options: argparse.Namespace) -> int:
    """Judge; return the exit code."""
    return judge(options, "--judge-only")
