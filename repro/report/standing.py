"""The rules by which a verdict is coloured and set beside its registration, on screen and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.verdicts import Verdict

if TYPE_CHECKING:
    from repro.results import ClaimResult


def tone(claim: ClaimResult) -> str:
    """Name the colour of a claim: "good" only for reproduced, registered so, all controls held."""
    not_run = claim.verdict is Verdict.NOT_RUN
    if claim.flipped or claim.failed or (claim.required and not_run):
        return "bad"
    if claim.reproduced:
        return "good"
    return "idle" if not_run else "fair"


def standing(claim: ClaimResult) -> str:
    """Say how a claim's verdict stands to its registration, "" where there is nothing to say."""
    if claim.verdict is Verdict.NOT_RUN:
        plain = claim.registered is Verdict.REPRODUCED
        return "" if plain else f"registered {claim.registered}"
    parts = []
    if claim.verdict is not claim.registered:
        parts.append(f"{'drifted' if claim.drift else 'flipped'}, registered {claim.registered}")
    elif claim.registered is not Verdict.REPRODUCED:
        parts.append("as registered")
    failed = sum(not control.holds for control in claim.controls)
    if failed:
        parts.append("a control failed" if failed == 1 else f"{failed} controls failed")
    return "; ".join(parts)
