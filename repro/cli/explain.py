"""The command `explain`: what a claim says, how it is judged, and what would make it fail."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.arguments import add_json
from repro.cli.explain_last_report import last_judged
from repro.cli.explain_outcomes import control_outcomes, outcomes
from repro.cli.explain_view import explained
from repro.cli.printing import print_json
from repro.cli.pytest_session import listed_claims
from repro.console import show
from repro.errors import unknown
from repro.paths import REPORT
from repro.plugin.exit_codes import DONE, SUCCESS
from repro.plugin.listing import ListedClaim
from repro.report import load_sources
from repro.report.documents import load_spreads
from repro.verdicts import load_characteristics

if TYPE_CHECKING:
    import argparse

DESCRIPTION = (
    "Explain a claim: what it states and where the talk says so, what is expected, which outcome the "
    "last published run recorded, which runs the claim needs, which verdicts would make a run fail, "
    "how often each verdict results in simulated worlds, and the verdict in the last report. Nothing "
    "is run."
)
EXAMPLES = {
    "explain transfer.headline": "print the explanation",
    "explain transfer.headline --json": "the same for a program to read",
    "list claims": "list the ids of all claims",
}
CODES = DONE
WIDEST = 100
"""Most columns of prose."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("claim", metavar="CLAIM", help="its id, as transfer.headline")
    parser.add_argument(
        "--out",
        type=Path,
        default=REPORT,
        metavar="FOLDER",
        help="folder of the last report (default: build/claims)",
    )
    add_json(parser, "the explanation")


def run(options: argparse.Namespace) -> int:
    """Print the explanation; return the exit code.

    Raises:
        UserError: there is no such claim, or the claims or their sources cannot be read.
    """
    claims = {row["id"]: row for row in listed_claims()}
    if options.claim not in claims:
        raise unknown("claim", options.claim, claims)
    claim = ListedClaim.from_dict(claims[options.claim])
    cited = load_sources().cite(options.claim, claim.declaration.source)
    worlds = load_characteristics().get(options.claim, ())
    spreads = load_spreads(options.claim)
    last = last_judged(options.claim, options.out)
    if options.json:
        print_json(
            {
                **claim.to_dict(),
                "source": [{"line": line, "paraphrase": text} for line, text in cited],
                "outcomes": [outcome.to_dict() for outcome in outcomes(claim.declaration)],
                "control_outcomes": [
                    outcome.to_dict() for outcome in control_outcomes(claim.declaration)
                ],
                "characteristics": [asdict(world) for world in worlds],
                "spreads": spreads,
                "last": None if isinstance(last, str) else last,
            }
        )
        return SUCCESS
    show(explained(claim, cited, worlds, last, spreads), WIDEST)
    return SUCCESS
