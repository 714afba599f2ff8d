"""What came of all properties, as a table."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.verification.fuzz.running import Outcome

HEAD = ("kind", "cases", "accepted", "refused", "slowest, s", "distinct errors", "violations")


def rows(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """A row for each kind of input, and one for all."""
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


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Write the table."""
    lines = [HEAD, ("---", *("---:" for _ in HEAD[1:])), *rows(outcomes)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain(outcomes: Sequence[Outcome]) -> str:
    """Write the table for a terminal."""
    lines = [HEAD, *rows(outcomes)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(
        f"{line[0]:<{widths[0]}}  "
        + "  ".join(f"{cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True))
        + "\n"
        for line in lines
    )


def body(outcomes: Sequence[Outcome], *, seed: int, seconds: float) -> dict[str, Any]:
    """What is written as JSON: every property, with its errors."""
    return {
        "seed": seed,
        "seconds": round(seconds, 1),
        "properties": [{**asdict(one), "refused": one.refused} for one in outcomes],
    }
