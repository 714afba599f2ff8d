"""The badge: one line on the talk's statements, and a colour that the line explains."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.protocol.tiers import FULL
from repro.report.numbers import count
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from repro.verdicts import RunResult, StatementCounts

LABEL = "claims"
GREEN, YELLOW, RED = "brightgreen", "yellow", "red"
DIVIDER = " · "
CHECKOUT = {False: "", True: "uncommitted changes", None: "no commit"}
UNKNOWN = "number of statements unknown"


@dataclass(frozen=True)
class Badge:
    """The text and colour of a badge.

    Attributes:
        message: the text right of the label, such as
            "13/17 statements reproduced · 2 not reproduced · 2 inconclusive · paper tier".
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

    The message counts all statements of the talk, those not chosen or left out by the tier included, and
    gives every reason why the badge is not green. Explanations and findings appear only if they make the
    run fail.
    """
    found = run.all_statements
    unlike = run.comparison is not None and run.comparison.failed
    parts = [
        f"{found.reproduced}/{count(found.total, 'statement')} reproduced",
        *_not_reproduced(found),
        *_changed(run),
        "" if found.complete else UNKNOWN,
        run.tier_label,
        CHECKOUT[run.dirty],
        "runs differ from shipped" if unlike else "",
    ]
    printable = ("".join(filter(str.isprintable, part)) for part in parts if part)
    return Badge(DIVIDER.join(printable), _color(run, found))


def _not_reproduced(found: StatementCounts) -> list[str]:
    """Count the statements that do not count as reproduced, each once."""
    numbers = {
        **{v.value: n for v, n in found.verdicts.items() if v is not Verdict.REPRODUCED},
        "judged in part": found.in_part,
        "left out": found.left_out,
        "not chosen": found.not_chosen,
    }
    return [f"{number} {words}" for words, number in numbers.items() if number]


def _changed(run: RunResult) -> list[str]:
    """Count the claims that changed against their recorded outcome, if that changes the colour.

    A drift matters if the claim is about a statement of the talk, which then is not reproduced, or if it
    makes the run fail.
    """
    about = [(claim, claim.declaration.counts) for claim in run.claims]
    numbers = {
        "flipped": sum(claim.flipped for claim, _ in about),
        "drifted": sum(
            claim.drift and not claim.flipped and (counts or claim.failed)
            for claim, counts in about
        ),
        # The statements have their own number that were not run.
        "counted apart not run": sum(
            claim.required and not counts and claim.verdict is Verdict.NOT_RUN
            for claim, counts in about
        ),
    }
    return [f"{count(number, 'claim')} {words}" for words, number in numbers.items() if number]


def _color(run: RunResult, found: StatementCounts) -> str:
    """Return red if anything contradicts its recorded outcome, green if every statement is reproduced."""
    if run.undecided or run.failed or any(claim.flipped for claim in run.claims):
        return RED
    reproduced = found.complete and found.reproduced == found.total
    whole = run.tier in {tier.name for tier in FULL} and run.dirty is False
    return GREEN if reproduced and whole else YELLOW
