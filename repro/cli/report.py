"""The command `report`: judge the claims on stored runs, without training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.cli.arguments import add_command
from repro.cli.judging import LAST, add_choice, judge
from repro.plugin.exit_codes import EXIT_CODES

if TYPE_CHECKING:
    import argparse

    from repro.cli.arguments import Commands

DESCRIPTION = (
    "Judge the claims on runs that are stored already, train nothing, and write the report to "
    "build/claims/. A claim whose runs are missing is not run.\n\n" + LAST
)
EXAMPLES = {
    "report": "judge the runs in build/runs/ again",
    "report --json > claims.json": "the same, for a program to read",
}
CODES = EXIT_CODES


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command."""
    summary = "judge stored runs and write the report, without training"
    add_choice(add_command(commands, "report", summary, (DESCRIPTION, EXAMPLES, CODES), run))


def run(options: argparse.Namespace) -> int:
    """Judge; return the exit code."""
    return judge(options, "--judge-only")
