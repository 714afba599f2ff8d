"""The command `crate`: describe a finished report for archives and reviewers' tools."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.arguments import add_json
from repro.cli.printing import print_json
from repro.paths import REPORT
from repro.plugin.exit_codes import DONE

if TYPE_CHECKING:
    import argparse

DESCRIPTION = (
    "Make the folder of a finished report a Workflow Run RO-Crate: ro-crate-metadata.json says in the "
    "format of archives what was run, with which versions, when, and which files came out, with their "
    "checksums. It needs the library rocrate."
)
EXAMPLES = {
    "crate": "describe the report in build/claims",
    "crate build/audit": "describe another report",
}
CODES = DONE


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "folder", nargs="?", type=Path, default=REPORT, help="of the report (default: build/claims)"
    )
    add_json(parser, "where the metadata is")


def run(options: argparse.Namespace) -> int:
    """Write the metadata; return the exit code."""
    from repro.storage.crate import write_crate  # noqa: PLC0415 - imports numpy

    path = write_crate(options.folder)
    if options.json:
        print_json({"metadata": str(path)})
    else:
        sys.stdout.write(f"{path}: the folder is an RO-Crate now; pack it as it is\n")
    return 0
