"""The command `ship`: replace the shipped runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.cli import pytest_session
from repro.cli.arguments import add_folders, add_json, folders
from repro.cli.checkout import require_checkout
from repro.cli.printing import print_json
from repro.paths import SHIPPED
from repro.plugin.exit_codes import DONE

if TYPE_CHECKING:
    import argparse

DESCRIPTION = (
    "Replace the shipped runs, data/runs/, by the runs of a finished study tier: every block that any "
    "claim needs, all made at one clean commit. Weights are not shipped."
)
EXAMPLES = {
    "ship": "after `python -m repro run --tier study` at a clean commit",
    "ship --shipped DIR": "write them to DIR, for `run --tier audit --shipped DIR`",
}
CODES = DONE


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--allow-dirty", action="store_true", help="also runs made with uncommitted changes"
    )
    add_json(parser, "what was shipped")
    add_folders(parser)


def run(options: argparse.Namespace) -> int:
    """Ship the runs that all claims need; return the exit code.

    Raises:
        UserError: this is not a checkout.
    """
    require_checkout("runs are shipped")
    words = ["--allow-dirty"] if options.allow_dirty else []
    code = pytest_session.ship([*words, *folders(options)])
    if options.json and not code:
        from repro.records.shipped import Shipped  # noqa: PLC0415 - imports torch and numba

        folder = options.shipped or SHIPPED
        manifest = Shipped(folder).manifest
        print_json(
            {
                "folder": str(folder),
                "commit": manifest.get("commit"),
                "blocks": [
                    {name: entry[name] for name in ("block", "file", "sha256")}
                    for entry in manifest["blocks"]
                ],
            }
        )
    return code
