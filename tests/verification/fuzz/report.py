"""The report on all properties."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.verification.program import Report
from tests.verification.tables import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.verification.fuzz.running import Outcome

HEAD = ("kind", "cases", "accepted", "refused", "slowest, s", "distinct errors", "violations")


def report(outcomes: Sequence[Outcome], cases: int, seed: int, seconds: float) -> Report:
    """Make the report: a table by kind of input, and how to reproduce each violation.

    Args:
        outcomes: of all properties.
        cases: number of cases asked for, in all.
        seed: of the inputs.
        seconds: the time everything took.
    """
    facts = {
        "seed": seed,
        "seconds": round(seconds, 1),
        "properties": [{**asdict(one), "refused": one.refused} for one in outcomes],
    }
    violations = "".join(
        f"\n{one.id} does not hold for\n{one.broken}\nagain: python -m tests.verification.fuzz "
        f"--only {one.id} --cases {cases} --seed {seed}\n"
        for one in outcomes
        if one.broken
    )
    text = markdown(HEAD, rows(outcomes), numbers=True) + violations
    return Report(
        "fuzz", text, facts, [f"{one.id} does not hold" for one in outcomes if one.broken]
    )


def rows(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """Make a row for each kind of input, and one for all."""
    kinds = dict.fromkeys(one.id.partition(".")[0] for one in outcomes)
    parts = {kind: [o for o in outcomes if o.id.startswith(f"{kind}.")] for kind in kinds}
    return [_row(kind, some) for kind, some in parts.items()] + [_row("all", outcomes)]


def _row(kind: str, some: Sequence[Outcome]) -> tuple[str, ...]:
    return (
        kind,
        f"{sum(one.cases for one in some):,}",
        f"{sum(one.accepted for one in some):,}",
        f"{sum(one.refused for one in some):,}",
        f"{max((one.slowest for one in some), default=0.0):.2f}",
        f"{len({error for one in some for error in one.errors}):,}",
        f"{sum(bool(one.broken) for one in some):,}",
    )
