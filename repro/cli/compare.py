"""The command `compare`: decide whether two sets of records agree."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from repro.cli.arguments import add_json
from repro.cli.printing import print_json
from repro.console import show
from repro.plugin.exit_codes import DONE, FAILED, SUCCESS
from repro.report.numbers import interval, number

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from repro.records.compare import SetComparison

DESCRIPTION = (
    "Decide whether two sets of records agree. Two blocks agree if their bytes are the same or, if they "
    "were made by other code, versions, processors, instructions or seeds, if their mean times to convergence do not "
    "differ. A set is a folder of finished runs, as build/runs, or of shipped runs with their manifest, "
    "as data/runs; the two may be from different machines. Every file is checked.\n\n"
    "Blocks that are in one set only are named or counted, and are not a disagreement. The ratio is the first "
    "set's mean time over the second's, with a 95 % bootstrap interval over seeds; a run that did not "
    "converge counts with its cap, or the lower cap if the sets have two. Whether a block differs is "
    "decided by a permutation test of mean times or, if no run converged, of mean returns at the end. "
    "The probability that equal sets are said to differ is at most 5 % over all blocks (Holm's "
    "procedure). Blocks with three seeds per set can never differ."
)
EXAMPLES = {
    "compare build/runs data/runs": "your own runs with the shipped runs",
    "compare build/runs /media/other/runs --json": "with another machine's, for a program to read",
}
CODES = dict(sorted({**DONE, SUCCESS: "the sets agree", FAILED: "a block differs"}.items()))


NAMED = 5
"""Most blocks of one set only that are all named."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("one", type=Path, metavar="FOLDER", help="a set of records")
    parser.add_argument("other", type=Path, metavar="OTHER", help="the set to compare it with")
    add_json(parser, "the comparison")


def run(options: argparse.Namespace) -> int:
    """Compare two sets; return the exit code.

    Raises:
        RecordError: a set cannot be read, or the sets have no block in common.
    """
    from repro.records.compare import compare_sets  # noqa: PLC0415 - imports torch and numba
    from repro.records.record_set import read_set  # noqa: PLC0415 - likewise

    found = compare_sets(read_set(options.one), read_set(options.other))
    if options.json:
        print_json(_body(found))
    else:
        show(_table(found))
        show(Text(_summary(found)))
        for folder, names in zip((options.one, options.other), found.only, strict=True):
            if names:
                show(Text(f"only in {folder}: {_named(names)}"))
    return SUCCESS if found.agree else FAILED


def _named(names: Sequence[str]) -> str:
    """Name a few blocks, and count many."""
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{len(names)} blocks, as {', '.join(names[:NAMED])}; --json lists all"


def _table(found: SetComparison) -> Table:
    """Return a table with one row per block."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("block", "result", "other", "ratio of mean times [95 %]", "returns at the end"):
        table.add_column(heading, no_wrap=True)
    for block in found.blocks:
        times = interval(block.ratio, block.low, block.high) if block.ratio is not None else ""
        levels = " / ".join(map(number, block.levels)) if block.levels else ""
        other = block.why.replace("other ", "")
        table.add_row(*map(Text, (block.block, block.likeness.value, other, times, levels)))
    return table


def _summary(found: SetComparison) -> str:
    counted = Counter(block.likeness.value for block in found.blocks)
    counts = "; ".join(f"{count} {what}" for what, count in counted.items())
    return f"{'agree' if found.agree else 'differ'}: {counts}"


def _body(found: SetComparison) -> dict[str, Any]:
    """Return the JSON object; infinite ends are null."""
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
