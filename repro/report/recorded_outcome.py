"""How a verdict compares with its recorded outcome: the colours, symbols, counts and notes used everywhere."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from repro.report.numbers import count, interval
from repro.verdicts import Censored, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.verdicts import ClaimResult, RunResult, Subsample

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
"""The groups, in order, for claims that do not count as reproduced."""


def claim_status(claim: ClaimResult) -> str:
    """Return "good", "no", "fair", "bad" or "idle", which selects a claim's colour.

    Only a claim that is reproduced, recorded as reproduced and has no failed control is "good". One that is not
    reproduced, as recorded, is "no"; one that is inconclusive or drifted is "fair".
    """
    not_run = claim.verdict is Verdict.NOT_RUN
    if claim.flipped or claim.failed or (claim.required and not_run):
        return "bad"
    if claim.reproduced:
        return "good"
    if not_run:
        return "idle"
    return "no" if claim.verdict is Verdict.NOT_REPRODUCED and not claim.drift else "fair"


def symbol(claim: ClaimResult) -> str:
    """Return the verdict's symbol, or "!" if the claim flipped or drifted."""
    return "!" if claim.flipped or claim.drift else SYMBOLS[claim.verdict]


def counted_as(claim: ClaimResult) -> str:
    """Return the group in which a claim is counted: its verdict.

    A claim that is reproduced but does not count as such is counted as flipped or drifted.
    """
    if claim.verdict is not Verdict.REPRODUCED or claim.reproduced:
        return claim.verdict.value
    return "flipped" if claim.flipped else "drifted"


def outcome_note(claim: ClaimResult) -> str:
    """Describe how a verdict differs from "reproduced, as recorded, all controls passed", or return ""."""
    if claim.verdict is Verdict.NOT_RUN:
        usual = claim.recorded is Verdict.REPRODUCED
        return "" if usual else f"recorded {claim.recorded}"
    parts = []
    if claim.verdict is not claim.recorded:
        parts.append(f"{'drifted' if claim.drift else 'flipped'}, recorded {claim.recorded}")
    elif claim.recorded is not Verdict.REPRODUCED:
        parts.append("as recorded")
    failed = sum(not control.holds for control in claim.controls)
    if failed:
        parts.append("a control failed" if failed == 1 else f"{failed} controls failed")
    return "; ".join(parts)


def figure(claim: ClaimResult) -> str:
    """Format the measured figure with its interval, or else the number of cases; "" for neither."""
    if claim.measured is not None and claim.measured.value is not None:
        one = claim.measured
        return interval(one.value, one.low, one.high, one.unit)
    return "" if claim.checked is None else count(claim.checked, "case")


def sample_size(claim: ClaimResult) -> str:
    """Format the runs per arm and, in brackets, how many of all arms' runs are censored: "10 (1 of 20)"."""
    return "" if claim.n is None else f"{claim.n} ({censored_of(claim) or 0})"


def censored_of(one: ClaimResult | Subsample) -> str:
    """Format how many of all arms' runs are censored: "1 of 20", or "1" if of how many is unknown; "" for None."""
    if one.censored is None:
        return ""
    return f"{one.censored}" if one.runs is None else str(Censored(one.censored, one.runs))


def small_samples(claim: ClaimResult) -> str:
    """Count the verdicts on ten seeds at a time: "2 reproduced, 1 inconclusive"; "" if there are none."""
    return verdict_counts(sample.verdict for sample in claim.subsamples)


def verdict_counts(verdicts: Iterable[Verdict]) -> str:
    """Count verdicts in words: "2 reproduced, 1 inconclusive"; "" if there are none."""
    found = Counter(verdicts)
    return ", ".join(f"{found[verdict]} {verdict}" for verdict in Verdict if found[verdict])


def controls_held(claim: ClaimResult) -> str:
    """Format how many of a claim's controls passed: "3/4"."""
    held = sum(control.holds for control in claim.controls)
    return f"{held}/{len(claim.controls)}" if claim.controls else ""


def deviations(claims: Iterable[ClaimResult]) -> list[str]:
    """Describe, one line each, claims that were not run, differ from their record or failed a control."""
    lines = []
    for claim in claims:
        if claim.verdict is Verdict.NOT_RUN:
            lines.append(f"{claim.id} was not run: {claim.explanation}")
        elif claim.verdict is not claim.recorded:
            word = "drifted" if claim.drift else "flipped"
            lines.append(
                f"{claim.id} {word}: recorded {claim.recorded}, now {claim.verdict}; "
                f"expected: {claim.expected}{_why(claim)}"
            )
        lines.extend(
            f"{claim.id}: control {control.what!r} is {control.verdict}, "
            f"declared {' or '.join(control.expected)}"
            for control in claim.controls
            if not control.holds
        )
    return lines


def _why(claim: ClaimResult) -> str:
    """Return why a claim that is recorded as reproduced is not, if the data say so."""
    known = claim.recorded is Verdict.REPRODUCED and claim.explanation
    return f"; {claim.explanation}" if known else ""


def count_not_reproduced(run: RunResult) -> list[str]:
    """Count the claims that do not count as reproduced, each once: ["2 inconclusive (1 drifted)"].

    The brackets say how many claims of a verdict flipped or drifted.
    """
    groups: dict[str, list[ClaimResult]] = {word: [] for word in COUNTED}
    for claim in run.claims:
        if not claim.reproduced:
            groups[counted_as(claim)].append(claim)
    parts = [
        f"{len(members)} {word}{_changed(members) if word in set(Verdict) else ''}"
        for word, members in groups.items()
        if members
    ]
    return [*parts, *([f"{len(run.left_out)} left out"] if run.left_out else [])]


def _changed(claims: list[ClaimResult]) -> str:
    """Count how many claims flipped, and how many others drifted."""
    flipped = sum(claim.flipped for claim in claims)
    drifted = sum(claim.drift and not claim.flipped for claim in claims)
    words = [f"{n} {word}" for n, word in ((flipped, "flipped"), (drifted, "drifted")) if n]
    return f" ({', '.join(words)})" if words else ""
