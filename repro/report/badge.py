"""The badge: one line on the verdicts, and a colour that the line explains."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.protocol.tiers import FULL
from repro.report.recorded_outcome import count_not_reproduced

if TYPE_CHECKING:
    from repro.verdicts import RunResult

LABEL = "claims"
GREEN, YELLOW, RED = "brightgreen", "yellow", "red"
DIVIDER = " · "
CHECKOUT = {False: "", True: "uncommitted changes", None: "no commit"}
UNKNOWN = "number of claims unknown"


@dataclass(frozen=True)
class Badge:
    """The text and colour of a badge.

    Attributes:
        message: the text right of the label, such as "21/23 reproduced · 2 inconclusive · paper tier".
        color: "brightgreen", "yellow" or "red", names of the endpoint schema.
    """

    message: str
    color: str

    @property
    def text(self) -> str:
        """Label and message."""
        return f"{LABEL}: {self.message}"

    def to_json(self) -> str:
        """Serialise as version 1 of the endpoint schema of shields.io.

        A red badge sets `isError`, so that the URL cannot override its colour.
        """
        body = {
            "schemaVersion": 1,
            "label": LABEL,
            "message": self.message,
            "color": self.color,
            "isError": self.color == RED,
        }
        return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def badge(run: RunResult) -> Badge:
    """Make the badge of a run.

    The message counts all claims, those not selected or left out by the tier included, and gives every
    reason why the badge is not green.
    """
    listed = len(run.claims) + len(run.left_out)
    known = max(run.known, listed)
    unlike = run.comparison is not None and run.comparison.failed
    parts = [
        f"{run.totals['reproduced']}/{known} reproduced",
        *count_not_reproduced(run),
        f"{known - listed} not chosen" if known > listed else "",
        UNKNOWN if run.known < max(listed, 1) else "",
        f"{run.tier} tier",
        CHECKOUT[run.dirty],
        "runs differ from shipped" if unlike else "",
    ]
    printable = ("".join(filter(str.isprintable, part)) for part in parts if part)
    return Badge(DIVIDER.join(printable), _color(run))


def _color(run: RunResult) -> str:
    """Return red if anything contradicts its recorded outcome, green if every claim is reproduced."""
    if run.undecided or run.failed or any(claim.flipped for claim in run.claims):
        return RED
    every = len(run.claims) == run.known > 0 and not run.left_out
    reproduced = all(claim.reproduced for claim in run.claims)
    whole = run.tier in {tier.name for tier in FULL} and run.dirty is False
    return GREEN if every and reproduced and whole else YELLOW
