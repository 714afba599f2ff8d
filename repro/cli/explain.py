"""The command `explain`: what a claim says, how it is judged, what would make it fail."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.arguments import add_json
from repro.cli.explain_last_report import last_judged
from repro.cli.explain_outcomes import control_outcomes, outcomes
from repro.cli.explain_view import explained
from repro.cli.help_text import DONE, described, epilog
from repro.cli.printing import print_json
from repro.cli.pytest_session import declared
from repro.console import show
from repro.errors import unknown
from repro.paths import REPORT
from repro.plugin.declared import Declared
from repro.report import load_sources
from repro.verdicts import load_characteristics

if TYPE_CHECKING:
    from repro.cli.arguments import Commands

ABOUT = described(
    "Say what a claim states and where the talk says so, how it is judged, which runs it needs, "
    "which outcomes would make the command fail, how often each verdict comes out in simulated "
    "worlds, and how it came out last. Nothing is run."
)
EXAMPLES = {
    "explain transfer.headline": "all of that, on the terminal",
    "explain transfer.headline --json": "the same for a program to read",
    "list claims": "the ids",
}
WIDEST = 100
"""Columns of prose."""


def add_explain(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "explain",
        help="say how a claim is judged and what would make it fail",
        description=ABOUT,
        epilog=epilog(EXAMPLES, DONE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("claim", metavar="CLAIM", help="its id, as transfer.headline")
    parser.add_argument(
        "--out",
        type=Path,
        default=REPORT,
        metavar="FOLDER",
        help="where the last report lies (default: build/claims)",
    )
    add_json(parser, "the explanation")
    parser.set_defaults(command=explain)


def explain(options: argparse.Namespace) -> int:
    """Print what a claim declares and what follows from it.

    Raises:
        UserError: there is no such claim, or what is said of the claims cannot be read.
    """
    claims = {row["id"]: row for row in declared()}
    if options.claim not in claims:
        raise unknown("claim", options.claim, claims)
    claim = Declared.from_dict(claims[options.claim])
    cited = load_sources().cite(claim.id, claim.source)
    worlds = load_characteristics().get(claim.id, ())
    last = last_judged(claim.id, options.out)
    if options.json:
        print_json(
            {
                **claim.to_dict(),
                "source": [{"line": line, "paraphrase": text} for line, text in cited],
                "outcomes": [outcome.to_dict() for outcome in outcomes(claim)],
                "control_outcomes": [outcome.to_dict() for outcome in control_outcomes(claim)],
                "characteristics": [asdict(world) for world in worlds],
                "last": None if isinstance(last, str) else last,
            }
        )
        return 0
    show(explained(claim, cited, worlds, last), WIDEST)
    return 0
