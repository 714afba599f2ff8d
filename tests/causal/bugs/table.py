"""The table of bugs: which outputs of an audit tell a rule with the bug from the one without it."""

from __future__ import annotations

from pathlib import Path

from tests.causal.bugs import advantages, losses, targets
from tests.causal.bugs.pairs import difference

PAGE = Path(__file__).with_name("README.md")
ALL = (*advantages.PAIRS, *targets.PAIRS, *losses.PAIRS)
COLUMNS = ("verdict", "pairs", "reads", "formulas")


def page() -> str:
    """Write the page that README.md beside this file must hold."""
    outputs = {pair.bug: difference(pair).outputs for pair in ALL}
    rows = [
        [
            pair.bug,
            f"[{pair.source}]({pair.address})" if pair.source else "known kind",
            *("✓" if column in outputs[pair.bug] else "" for column in COLUMNS),
        ]
        for pair in ALL
    ]
    lines = [
        "| " + " | ".join(row) + " |"
        for row in [["bug", "reported as", *COLUMNS], ["---"] * 6, *rows]
    ]
    counts = ", ".join(
        f"{column} {sum(column in found for found in outputs.values())}" for column in COLUMNS
    )
    alone = [pair.bug for pair in ALL if outputs[pair.bug] == ("formulas",)]
    blind = [pair.bug for pair in ALL if not outputs[pair.bug]]
    return "\n".join(
        [
            "# Known bugs, and what tells them",
            "",
            "Each row is a rule with a bug and the same rule without it, written for this test: from what a public",
            "issue reports, or, without an issue, as an example of a kind of bug that is well known. A mark means",
            "that this output of the audit differs between the two. The page is written by",
            "`python -m tests.causal.bugs`, and a test compares it.",
            "",
            *lines,
            "",
            f"Of {len(ALL)} bugs, the outputs tell: {counts}. Only the formula tells: {'; '.join(alone)}.",
            f"Told by no output: {'; '.join(blind) or 'none'}.",
            "",
        ]
    )
