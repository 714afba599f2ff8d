"""How the report is ordered, by kinds of claims, and how the run came out in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.verdicts.results import ClaimResult, RunResult

KINDS = {
    "theory": (
        "Theory, judged from the code without training",
        (
            "Each claim traces the code that assigns credit, and asks by d-separation whether the "
            "gradients of two mechanisms share a hidden variable. It says on how many cases. The "
            "graphs show what was traced, and where two gradients meet."
        ),
    ),
    "empirical": (
        "Experiments, judged from training runs",
        (
            "Each claim compares runs that were trained from scratch. Every seed is shown, whether it "
            "converged or not. Intervals are 95 % intervals."
        ),
    ),
    "finding": (
        "Findings, which the talk does not state",
        "What the same runs and the same graphs show beyond the talk, judged by the same rules.",
    ),
}
"""Heading and introduction of each kind of claims, in the order of the page."""


@dataclass(frozen=True)
class Group:
    """Claims of one kind."""

    kind: str
    heading: str
    about: str
    claims: tuple[ClaimResult, ...]


def groups(claims: Sequence[ClaimResult]) -> list[Group]:
    """Gather claims by kind; known kinds first and in their order, claims in the order they come."""
    kinds = dict.fromkeys([*KINDS, *(claim.kind for claim in claims)])
    gathered = {kind: tuple(c for c in claims if c.kind == kind) for kind in kinds}
    return [
        Group(kind, *KINDS.get(kind, (kind, "")), members)
        for kind, members in gathered.items()
        if members
    ]


def summary(result: RunResult) -> str:
    """Say in a sentence or two how the run came out."""
    required = [claim for claim in result.claims if claim.required]
    absent = sum(claim.verdict is Verdict.NOT_RUN for claim in required)
    failed = sum(claim.failed for claim in required)
    otherwise = sum(claim.recorded is not Verdict.REPRODUCED for claim in result.claims)
    told = []
    if absent:
        told.append(f"{_claims(absent, 'required')} could not be run.")
    if failed:
        told.append(f"{_claims(failed, 'required')} came out otherwise, or with a failed control.")
    drifted = sum(claim.drift for claim in required)
    if required and not told:
        told.append(
            f"Every required claim has its recorded outcome; {drifted} drifted."
            if drifted
            else "Every required claim came out as recorded."
        )
    if otherwise:
        told.append(
            f"{_claims(otherwise)} {'is' if otherwise == 1 else 'are'} recorded with an outcome "
            "other than reproduced; the reason stands with each."
        )
    return " ".join(told) or "No required claim was judged."


def _claims(count: int, kind: str = "") -> str:
    words = f"{kind} claim" if kind else "claim"
    return f"1 {words}" if count == 1 else f"{count} {words}s"
