"""Tables of how often each verdict of a claim occurs in simulated worlds."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from repro.report.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repro.verdicts import Cell, Characteristic, ClaimResult

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
SIMULATED = "empirical"
"""The kind of claims that must be simulated."""


def not_simulated(claim: ClaimResult) -> bool:
    """Return whether a claim should have simulated worlds but has none."""
    return claim.kind == SIMULATED and not claim.characteristics


def by_runs(
    worlds: Iterable[Characteristic],
) -> list[tuple[int, tuple[Characteristic, ...]]]:
    """Group simulated worlds by the number of runs in each arm, the largest first."""
    rows = sorted(worlds, key=lambda row: -row.runs)
    return [(runs, tuple(group)) for runs, group in groupby(rows, key=lambda row: row.runs)]


def spread_rows(worlds: Iterable[Characteristic]) -> tuple[tuple[Cell, ...], ...]:
    """Make one row for each world and spread, under `SPREAD_HEAD`."""
    return tuple(
        (row.world, row.truth, row.spread, *map(percent, row.shares), row.replications)
        for row in worlds
    )


def world_rows(worlds: Iterable[Characteristic]) -> list[tuple[str, ...]]:
    """Make one row for each world, under `WORLD_HEAD`: least and most over its spreads."""
    rows = []
    for (world, truth), group in groupby(worlds, key=lambda row: (row.world, row.truth)):
        verdicts = zip(*(row.shares for row in group), strict=True)
        rows.append((world, truth.value, *map(_range, verdicts)))
    return rows


def _range(shares: Iterable[float]) -> str:
    found: Sequence[float] = sorted(shares)
    least, most = percent(found[0]), percent(found[-1])
    return least if least == most else f"{least[:-2]} to {most}"
