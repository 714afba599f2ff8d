"""The command `gallery`: print what the audit says about learning rules of other libraries."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from repro.cli.arguments import add_json
from repro.cli.printing import print_json
from repro.console import WIDE, show
from repro.paths import GALLERY
from repro.plugin.exit_codes import DONE, SUCCESS
from repro.report.library_gallery import HEAD, read_gallery
from repro.report.numbers import number

if TYPE_CHECKING:
    import argparse

DESCRIPTION = (
    "Print which learning rules of other libraries are modular, according to the audit. The libraries need not be "
    "installed: the table is the one that `nox -s gallery` measured with the versions that it names."
)
EXAMPLES = {
    "gallery": "one row for each method: the answer, what gradients share, and the lines that a user writes",
    "gallery --json": "the same for a program to read, with the answers by hand",
}
CODES = DONE


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_json(parser, "the table")


def run(options: argparse.Namespace) -> int:
    """Print the table; return the exit code."""
    gallery = read_gallery(GALLERY)
    if options.json:
        print_json(asdict(gallery))
        return SUCCESS
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in HEAD:
        table.add_column(heading, justify="right" if heading in {"seconds", "lines"} else "left")
    for method in gallery.methods:
        table.add_row(*map(_cell, method.cells))
    show(table)
    show(Text(f"\n{gallery.text}"), WIDE)
    return SUCCESS


def _cell(value: str | float | None) -> Text:
    return Text("–" if value is None else value if isinstance(value, str) else number(value))
