"""The command `ship`: replace the runs that come with the project."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from repro.cli import pytest_session
from repro.cli.arguments import add_folders, add_json, folders
from repro.cli.help_text import DONE, described, epilog
from repro.cli.printing import print_json
from repro.paths import SHIPPED
from repro.records.shipped import Shipped

if TYPE_CHECKING:
    from repro.cli.arguments import Commands

ABOUT = described(
    "Replace the runs that come with the project, data/runs/, by those of a finished paper tier: "
    "every block that any claim needs, all made at one clean commit. Weights are left out."
)
EXAMPLES = {
    "ship": "after `python -m repro run` on a clean commit",
    "ship --shipped DIR": "write them elsewhere, where `run --tier audit --shipped DIR` reads them",
}


def add_ship(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "ship",
        help="replace the runs that come with the project by a finished paper tier's",
        description=ABOUT,
        epilog=epilog(EXAMPLES, DONE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--allow-dirty", action="store_true", help="even if made with uncommitted changes"
    )
    add_json(parser, "what was shipped")
    add_folders(parser)
    parser.set_defaults(command=ship)


def ship(options: argparse.Namespace) -> int:
    """Ship the runs that all claims need, as pytest collects them."""
    words = ["--allow-dirty"] if options.allow_dirty else []
    code = pytest_session.ship([*words, *folders(options)])
    if options.json and not code:
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
