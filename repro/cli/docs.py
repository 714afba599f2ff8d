"""The command `docs`: write the tables of README.md and ARTIFACT.md from the last report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.arguments import add_command
from repro.paths import REPORT
from repro.plugin.exit_codes import DONE, SUCCESS
from repro.report.documents import update

if TYPE_CHECKING:
    import argparse

    from repro.cli.arguments import Commands

DESCRIPTION = (
    "Write the tables of README.md and ARTIFACT.md, data/verdicts.json and the badge from the last "
    "report of all claims, of the study tier. For any other report, nothing is written."
)
EXAMPLES = {
    "docs": "after `python -m repro ship`",
    "docs --report build/other": "from the report in another folder",
}
CODES = DONE


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command."""
    summary = "write the tables of README.md and ARTIFACT.md from the last report"
    parser = add_command(commands, "docs", summary, (DESCRIPTION, EXAMPLES, CODES), run)
    parser.add_argument(
        "--report",
        type=Path,
        default=REPORT,
        metavar="FOLDER",
        help="folder of the report (default: build/claims)",
    )


def run(options: argparse.Namespace) -> int:
    """Write the tables; return the exit code.

    Raises:
        UserError: the report cannot be used; then nothing is written.
    """
    update(options.report)
    return SUCCESS
