"""The command `docs`: write the tables of README.md and ARTIFACT.md from the last report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.checkout import require_checkout
from repro.paths import REPORT
from repro.plugin.exit_codes import DONE, FAILED, SUCCESS
from repro.report.documents import update
from repro.report.published import unlike

if TYPE_CHECKING:
    import argparse

DESCRIPTION = (
    "Write the tables of README.md and ARTIFACT.md, data/verdicts.json, data/history.json and the badge from the last "
    "report of all claims, of the study tier. For any other report, nothing is written. With --check, nothing "
    "is written, and verdicts and figures of a report, of any tier, are compared with the published ones."
)
EXAMPLES = {
    "docs": "after `python -m repro ship`",
    "docs --report build/other": "from the report in another folder",
    "docs --check --report build/audit": "whether the published figures are those of the shipped runs",
}
CODES = dict(
    sorted({**DONE, FAILED: "with --check: something published is not as in the report"}.items())
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--report",
        type=Path,
        default=REPORT,
        metavar="FOLDER",
        help="folder of the report (default: build/claims)",
    )
    parser.add_argument(
        "--why",
        default="",
        metavar="TEXT",
        help="why verdicts are not those of the version before, for data/history.json",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; compare with what is published"
    )


def run(options: argparse.Namespace) -> int:
    """Write the tables, or compare what is published; return the exit code.

    Raises:
        UserError: this is not a checkout, or the report cannot be used; then nothing is written.
    """
    require_checkout("documents are updated")
    if not options.check:
        update(options.report, why=options.why)
        return SUCCESS
    number, found = unlike(options.report)
    for line in found or [f"{number} claims are as published"]:
        sys.stdout.write(f"{line}\n")
    return FAILED if found else SUCCESS
