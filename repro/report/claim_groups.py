"""The order of the report, and its summary of the run in two sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.report.numbers import count
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.verdicts import ClaimResult, RunResult

FINDING, HEADLINE, THEORY = "finding", "transfer.headline", "theory."
APART = {
    "explanation": "an explanation, not a statement of the talk",
    FINDING: "a finding, not in the talk",
}
"""Kinds of claims that are not about a statement of the talk and counted separately, and a note on each such claim."""
KINDS = {
    "theory": (
        "Theory, judged from the code without training",
        (
            "Each claim traces the code that assigns credit. It then asks by d-separation, the test of independence on a "
            "graph, whether the gradients of two mechanisms (the networks or tables of two actions) share a hidden variable, "
            "a number computed on the way, and states on how many cases. The "
            "graphs show what was traced and where two gradients meet."
        ),
    ),
    "empirical": (
        "Experiments, judged from training runs",
        (
            "Each claim compares runs that were trained from scratch. Every seed is shown, converged "
            "or not. Intervals are 95 % intervals."
        ),
    ),
    "explanation": (
        "Explanations, tested against their rivals",
        (
            "The talk gives a cause for its results: independent gradients. Each of these claims holds all "
            "but one of the differences between the algorithms fixed, or measures one of them directly. "
            "“Faster” means by more than a factor 1.25, the smallest effect of interest. They are counted "
            "apart from the talk's statements, and say what was switched and what moved; none says "
            "that modularity matters or does not in general."
        ),
    ),
    "consistency": (
        "Consistency checks, which hold by how the model is built",
        (
            "They would fail if the code here contradicted itself. They are no evidence for what the talk "
            "says, and are not counted with its statements; each says what a stronger test would need."
        ),
    ),
    "finding": (
        "Findings, which the talk does not state",
        "What the same runs and graphs show beyond the talk, judged by the same rules.",
    ),
}
"""Heading and introduction of each kind of claims, in the order of the page."""

EXIT_CODE = (
    "Exit code 0 means “as recorded”: no required claim contradicts its recorded outcome, the verdict "
    "that the last published run found. It does not mean that every claim was reproduced."
)


@dataclass(frozen=True)
class Group:
    """Claims of one kind."""

    kind: str
    heading: str
    about: str
    claims: tuple[ClaimResult, ...]


def groups(claims: Sequence[ClaimResult]) -> list[Group]:
    """Group claims by kind: known kinds first, in their order; in a group the headline is first, then as in the talk."""
    kinds = dict.fromkeys([*KINDS, *(claim.kind for claim in claims)])
    found = {
        kind: tuple(sorted((c for c in claims if c.kind == kind), key=_place)) for kind in kinds
    }
    return [
        Group(kind, *KINDS.get(kind, (kind, "")), members)
        for kind, members in found.items()
        if members
    ]


def _place(claim: ClaimResult) -> tuple[bool, int]:
    """Sort by the first line of the talk that a claim cites, after the headline."""
    return claim.id != HEADLINE, min(int(line.partition(":")[2]) for line in claim.source)


def exceptions(claims: Sequence[ClaimResult]) -> list[ClaimResult]:
    """Return the claims that are not reproduced or inconclusive; explanations and findings are last."""
    found = [c for c in claims if c.verdict in {Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE}]
    order = ["", *APART]
    return sorted(found, key=lambda c: order.index(c.kind if c.kind in APART else ""))


def statement_counts(result: RunResult) -> str:
    """Count the talk's statements by verdict, as "13 of 19 statements of the talk reproduced".

    Statements that no judged claim is about, for example those on the theory in an audit, are counted separately.
    """
    found = result.statements
    total = sum(found.values())
    words = [
        f"{number} {verdict}"
        for verdict, number in found.items()
        if number and verdict != Verdict.REPRODUCED
    ]
    first = f"{found[Verdict.REPRODUCED]} of {count(total, 'statement')} of the talk reproduced"
    said = ", ".join([first, *words]) if total else "No statement of the talk was judged"
    return f"{said}{_not_judged(result)}"


def _not_judged(result: RunResult) -> str:
    """Count the statements that no judged claim is about: "; 11 more not judged, all on the theory"; "" for none."""
    every = result.all_statements
    many = every.left_out + every.not_chosen
    out = {claim.counts_as: claim.id for claim in result.left_out if claim.counts_as}
    theory = len(out) == many and all(one.startswith(THEORY) for one in out.values())
    return f"; {many} more not judged{', all on the theory' if theory else ''}" if many else ""


def apart_counts(result: RunResult) -> str:
    """Count what is judged besides the talk's statements; "" if nothing is.

    For example "counted separately: 3 of 5 explanations, 6 of 8 findings, 2 of 2 consistency checks reproduced".
    """
    names = {**{kind: kind for kind in APART}, "consistency": "consistency check"}
    kinds = {name: [c for c in result.claims if c.kind == kind] for kind, name in names.items()}
    parts = [
        f"{sum(claim.reproduced for claim in claims)} of {count(len(claims), name)}"
        for name, claims in kinds.items()
        if claims
    ]
    return f"counted separately: {', '.join(parts)} reproduced" if parts else ""


def summary(result: RunResult) -> str:
    """Summarise how the verdicts compare with their recorded outcomes."""
    required = [claim for claim in result.claims if claim.required]
    absent = sum(claim.verdict is Verdict.NOT_RUN for claim in required)
    failed = sum(claim.failed for claim in required)
    drifted = sum(claim.drift for claim in required)
    otherwise = sum(claim.recorded is not Verdict.REPRODUCED for claim in result.claims)
    parts = []
    if absent:
        parts.append(f"{count(absent, 'required claim')} could not be run.")
    if failed:
        parts.append(f"{count(failed, 'required claim')} flipped, drifted or failed a control.")
    if required and not parts:
        parts.append(
            f"No required claim contradicts its recorded outcome; {drifted} drifted."
            if drifted
            else "No required claim contradicts its recorded outcome."
        )
    if otherwise:
        parts.append(
            f"{count(otherwise, 'claim')} {'has' if otherwise == 1 else 'have'} a recorded outcome "
            "other than reproduced; each gives the reason."
        )
    return " ".join(parts) or "No required claim was judged."
