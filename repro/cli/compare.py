"""The command `compare`: whether two sets of records agree."""

from __future__ import annotations

import argparse
import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from repro.cli.arguments import add_json
from repro.cli.help_text import DONE, described, epilog
from repro.cli.printing import print_json
from repro.console import show
from repro.records.compare import compare_sets
from repro.records.record_set import read_set
from repro.report.numbers import interval, number

if TYPE_CHECKING:
    from repro.cli.arguments import Commands
    from repro.records.compare import SetComparison
    from repro.verdicts import Compared

ABOUT = described(
    "Say whether two sets of records agree: block by block the same bytes or, where they were made "
    "by other code, versions, processors or seeds, the same mean times to convergence. Each set is a "
    "folder as build/runs, or one of shipped runs with their manifest as data/runs; they may come "
    "from different machines. Every file is checked.",
    "Blocks that one set alone has are listed, and are no disagreement. The ratio is that of the "
    "first set's mean time to the second's, with a 95 % interval by a bootstrap over seeds; runs "
    "that did not converge count with the cap, the lower one of two. Whether a block differs is "
    "tested by exchanging runs between the sets; where none of its runs converged, by their mean "
    "returns at the end. The chance that sets which are alike are said to differ is 5 % at most, over "
    "all blocks together (Holm's procedure). Blocks of three seeds a side can never differ.",
)
EXAMPLES = {
    "compare build/runs data/runs": "own runs beside those that came with the project",
    "compare build/runs /media/other/runs --json": "beside another machine's, for a program to read",
}
CODES = {0: "the sets agree", 1: "a block differs", **{c: w for c, w in DONE.items() if c}}


def add_compare(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "compare",
        help="say whether two sets of records agree",
        description=ABOUT,
        epilog=epilog(EXAMPLES, CODES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("one", type=Path, metavar="FOLDER", help="a set of records")
    parser.add_argument("other", type=Path, metavar="OTHER", help="the set to compare it with")
    add_json(parser, "the comparison")
    parser.set_defaults(command=compare)


def compare(options: argparse.Namespace) -> int:
    """Compare two sets; returns the exit code.

    Raises:
        RecordError: a set cannot be read, or they have no block in common.
    """
    found = compare_sets(read_set(options.one), read_set(options.other))
    if options.json:
        print_json(_body(found))
    else:
        show(_table(found))
        show(Text(_summary(found)))
        for folder, names in zip((options.one, options.other), found.only, strict=True):
            if names:
                show(Text(f"only in {folder}: {', '.join(names)}"))
    return 0 if found.agree else 1


def _table(found: SetComparison) -> Table:
    """Make a row a block."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in (
        "block",
        "came out",
        "other",
        "ratio of mean times [95 %]",
        "returns at the end",
    ):
        table.add_column(heading, no_wrap=True)
    for block in found.blocks:
        times = interval(block.ratio, block.low, block.high) if block.ratio is not None else ""
        levels = " / ".join(map(number, block.levels)) if block.levels else ""
        words = (block.block, block.likeness.value, _others(block), times, levels)
        table.add_row(*map(Text, words))
    return table


def _others(block: Compared) -> str:
    """What is other, below a heading that says "other"."""
    return block.why.replace("other ", "")


def _summary(found: SetComparison) -> str:
    counted = Counter(block.likeness.value for block in found.blocks)
    told = "; ".join(f"{count} {what}" for what, count in counted.items())
    return f"{'agree' if found.agree else 'differ'}: {told}"


def _body(found: SetComparison) -> dict[str, Any]:
    """Make the JSON object; ends that are infinite are null."""
    return {
        "agree": found.agree,
        "summary": _summary(found),
        "blocks": [
            {
                name: None if isinstance(value, float) and math.isinf(value) else value
                for name, value in vars(block).items()
            }
            for block in found.blocks
        ],
        "only": dict(zip(("first", "second"), found.only, strict=True)),
    }
