"""The badge: the verdicts in a line and a colour that the line accounts for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.protocol.tiers import PAPER
from repro.report.recorded_outcome import count_not_reproduced

if TYPE_CHECKING:
    from repro.verdicts.results import RunResult

LABEL = "claims"
GREEN, YELLOW, RED = "brightgreen", "yellow", "red"
DIVIDER = " · "
CHECKOUT = {False: "", True: "uncommitted changes", None: "no commit"}
UNKNOWN = "number of claims unknown"


@dataclass(frozen=True)
class Badge:
    """What a badge shows.

    Attributes:
        message: right of the label, as "21/23 reproduced · 2 inconclusive · paper tier".
        color: "brightgreen", "yellow" or "red", as the endpoint schema names them.
    """

    message: str
    color: str

    @property
    def text(self) -> str:
        """All that is read on it."""
        return f"{LABEL}: {self.message}"

    def to_json(self) -> str:
        """Write the endpoint schema of shields.io, version 1.

        A red badge is an error there, whose colour an address cannot override.
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

    Claims that were not chosen or that the tier leaves out count among those not reproduced: the
    number after the stroke is that of all claims, and what stands after it adds up to the rest.
    Whatever keeps the badge from being green is named.
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
        "runs not as shipped" if unlike else "",
    ]
    printable = ("".join(filter(str.isprintable, part)) for part in parts if part)
    return Badge(DIVIDER.join(printable), _color(run))


def _color(run: RunResult) -> str:
    """Red where something contradicts its recorded outcome, green where nothing at all is amiss."""
    if run.exit_code or any(claim.flipped for claim in run.claims):
        return RED
    every = len(run.claims) == run.known > 0 and not run.left_out
    reproduced = all(claim.reproduced for claim in run.claims)
    whole = run.tier == PAPER.name and run.dirty is False
    return GREEN if every and reproduced and whole else YELLOW
