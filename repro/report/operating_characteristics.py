"""How often each verdict of a claim comes out in simulated worlds, as reports tell it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repro.verdicts.operating_characteristics import Characteristic
    from repro.verdicts.results import Cell, ClaimResult

SPREAD_HEAD = (
    "world",
    "the claim is",
    "spread of runs",
    "reproduced",
    "not reproduced",
    "inconclusive",
    "data sets",
)
WORLD_HEAD = (*SPREAD_HEAD[:2], *SPREAD_HEAD[3:6])
"""Without the spread and the number of data sets."""
JUDGED = "empirical"
"""The kind of claims that ought to have been simulated."""


def not_simulated(claim: ClaimResult) -> bool:
    """Tell whether a claim has no simulated worlds, and should have."""
    return claim.kind == JUDGED and not claim.characteristics


def spread_rows(worlds: Iterable[Characteristic]) -> tuple[tuple[Cell, ...], ...]:
    """Make the table of a claim's worlds, with the columns of `SPREAD_HEAD`."""
    return tuple(
        (row.world, row.truth, row.spread, *map(percent, row.shares), row.replications)
        for row in worlds
    )


def world_rows(worlds: Iterable[Characteristic]) -> list[tuple[str, ...]]:
    """Make a short table: a row for each world, least and most over its spreads.

    Its columns are those of `WORLD_HEAD`.
    """
    rows = []
    for (world, truth), group in groupby(worlds, key=lambda row: (row.world, row.truth)):
        verdicts = zip(*(row.shares for row in group), strict=True)
        rows.append((world, truth.value, *map(_span, verdicts)))
    return rows


def percent(share: float) -> str:
    """Write a share as "4.8 %", with a digit behind the point."""
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _span(shares: Iterable[float]) -> str:
    found: Sequence[float] = sorted(shares)
    least, most = percent(found[0]), percent(found[-1])
    return least if least == most else f"{least[:-2]} to {most}"
