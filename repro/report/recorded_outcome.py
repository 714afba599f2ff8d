"""The rules by which verdicts are marked, counted and set beside their recorded outcome, everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.verdicts.results import ClaimResult, RunResult

SYMBOLS = {
    Verdict.REPRODUCED: "✓",
    Verdict.NOT_REPRODUCED: "✗",
    Verdict.INCONCLUSIVE: "?",
    Verdict.NOT_RUN: "–",
}
COUNTED = (
    Verdict.NOT_REPRODUCED.value,
    Verdict.INCONCLUSIVE.value,
    Verdict.NOT_RUN.value,
    "flipped",
    "drifted",
)
"""What a claim that is not reproduced is counted under, in the order in which it is told."""


def claim_status(claim: ClaimResult) -> str:
    """Name the colour of a claim: "good" only for reproduced, recorded so, all controls held."""
    not_run = claim.verdict is Verdict.NOT_RUN
    if claim.flipped or claim.failed or (claim.required and not_run):
        return "bad"
    if claim.reproduced:
        return "good"
    return "idle" if not_run else "fair"


def symbol(claim: ClaimResult) -> str:
    """Give the sign of its verdict, "!" where it contradicts its recorded outcome or a control failed."""
    return "!" if claim.flipped or claim.drift else SYMBOLS[claim.verdict]


def counted_as(claim: ClaimResult) -> str:
    """Name what a claim is counted under: its verdict.

    One that came out reproduced against its recorded outcome is counted as flipped or drifted.
    """
    if claim.verdict is not Verdict.REPRODUCED or claim.reproduced:
        return claim.verdict.value
    return "flipped" if claim.flipped else "drifted"


def outcome_note(claim: ClaimResult) -> str:
    """Say how a claim's verdict stands to its recorded outcome, "" where there is nothing to say."""
    if claim.verdict is Verdict.NOT_RUN:
        plain = claim.recorded is Verdict.REPRODUCED
        return "" if plain else f"recorded {claim.recorded}"
    parts = []
    if claim.verdict is not claim.recorded:
        parts.append(f"{'drifted' if claim.drift else 'flipped'}, recorded {claim.recorded}")
    elif claim.recorded is not Verdict.REPRODUCED:
        parts.append("as recorded")
    failed = sum(not control.holds for control in claim.controls)
    if failed:
        parts.append("a control failed" if failed == 1 else f"{failed} controls failed")
    return "; ".join(parts)


def sample_size(claim: ClaimResult) -> str:
    """Write how many runs a claim was judged on and how many were censored, as "10 (1)"."""
    return "" if claim.n is None else f"{claim.n} ({claim.censored or 0})"


def controls_held(claim: ClaimResult) -> str:
    """Write how many of a claim's controls came out as declared, as "3/4"."""
    held = sum(control.holds for control in claim.controls)
    return f"{held}/{len(claim.controls)}" if claim.controls else ""


def deviations(claims: Iterable[ClaimResult]) -> list[str]:
    """Say, a line each, what keeps a claim from being plainly as recorded."""
    lines = []
    for claim in claims:
        if claim.verdict is Verdict.NOT_RUN:
            lines.append(f"{claim.id} was not run: {claim.explanation}")
        elif claim.verdict is not claim.recorded:
            word = "drifted" if claim.drift else "flipped"
            lines.append(
                f"{claim.id} {word}: recorded {claim.recorded}, came out {claim.verdict}; "
                f"expected: {claim.expected}"
            )
        lines.extend(
            f"{claim.id}: control {control.what!r} came out {control.verdict}, "
            f"declared {' or '.join(control.expected)}"
            for control in claim.controls
            if not control.holds
        )
    return lines


def count_not_reproduced(run: RunResult) -> list[str]:
    """Count all claims but those reproduced, each once, as ["2 inconclusive (1 drifted)"].

    In brackets stands how many of a verdict's claims contradict their recorded outcome, or have a
    control that failed.
    """
    groups: dict[str, list[ClaimResult]] = {word: [] for word in COUNTED}
    for claim in run.claims:
        if not claim.reproduced:
            groups[counted_as(claim)].append(claim)
    parts = [
        f"{len(members)} {word}{_moved(members) if word in set(Verdict) else ''}"
        for word, members in groups.items()
        if members
    ]
    return [*parts, *([f"{len(run.left_out)} left out"] if run.left_out else [])]


def _moved(claims: list[ClaimResult]) -> str:
    """Say how many of these flipped, and how many others drifted."""
    flipped = sum(claim.flipped for claim in claims)
    drifted = sum(claim.drift and not claim.flipped for claim in claims)
    words = [f"{n} {word}" for n, word in ((flipped, "flipped"), (drifted, "drifted")) if n]
    return f" ({', '.join(words)})" if words else ""
