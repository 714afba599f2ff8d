"""Tables of how often each verdict of a claim occurs in simulated worlds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from repro.report.measured_spread import measured_spread, nearest
from repro.report.numbers import NONE, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from repro.verdicts import Characteristic, ClaimResult

SHARES = ("reproduced", "not reproduced", "inconclusive")
WORLD_HEAD = ("world", "the claim is", *SHARES)
SIMULATED = "empirical"
"""The kind of claims that always need runs, also if it is not run."""


def not_simulated(claim: ClaimResult) -> bool:
    """Return whether a claim that is judged on runs, or would be if it had any, has no simulated worlds."""
    on_runs = claim.kind == SIMULATED or claim.n is not None
    return on_runs and not claim.characteristics


def by_runs(
    worlds: Iterable[Characteristic],
) -> list[tuple[int, tuple[Characteristic, ...]]]:
    """Group simulated worlds by the number of runs in each arm, the largest first."""
    rows = sorted(worlds, key=lambda row: -row.runs)
    return [(runs, tuple(group)) for runs, group in groupby(rows, key=lambda row: row.runs)]


@dataclass(frozen=True)
class SideBySide:
    """How often each verdict occurs, for one or several numbers of runs next to each other.

    Attributes:
        runs: numbers of runs in each arm, the largest first.
        head: headings of the columns before the shares.
        rows: cells of each row: one per heading, then three shares for each number of runs.
        marked: for each row, whether its spread is the nearest to the measured one.
        data_sets: how many were simulated for a cell.
    """

    runs: tuple[int, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: tuple[bool, ...]
    data_sets: str


def by_world(claim: ClaimResult) -> SideBySide:
    """Make one row for each world: at the spread nearest to the measured one, else least and most over all spreads."""
    near = nearest(claim.characteristics, measured_spread(claim))
    shown = [row for row in claim.characteristics if not near or row.spread in near]
    return _table(shown, ("world", "the claim is"), lambda row: (row.world, row.truth.value), set())


def by_spread(claim: ClaimResult) -> SideBySide:
    """Make one row for each world and spread; those of the nearest spread are marked."""
    near = nearest(claim.characteristics, measured_spread(claim))
    head = ("world", "the claim is", "spread of runs")
    rows = claim.characteristics
    return _table(rows, head, lambda row: (row.world, row.truth.value, row.spread), near)


def _table(
    worlds: Sequence[Characteristic],
    head: tuple[str, ...],
    key: Callable[[Characteristic], tuple[str, ...]],
    near: set[str],
) -> SideBySide:
    runs = tuple(many for many, _ in by_runs(worlds))
    rows: dict[tuple[str, ...], dict[int, list[Characteristic]]] = {}
    for row in worlds:
        rows.setdefault(key(row), {}).setdefault(row.runs, []).append(row)
    return SideBySide(
        runs,
        head,
        tuple(
            (*names, *(cell for many in runs for cell in _cells(cells.get(many, []))))
            for names, cells in rows.items()
        ),
        tuple(
            any(one.spread in near for of in cells.values() for one in of)
            for cells in rows.values()
        ),
        " or ".join(str(many) for many in sorted({row.replications for row in worlds})),
    )


def _cells(rows: Sequence[Characteristic]) -> tuple[str, ...]:
    """Format the three shares, as a range over the rows; dashes without rows."""
    if not rows:
        return (NONE,) * len(SHARES)
    return tuple(_range(shares) for shares in zip(*(row.shares for row in rows), strict=True))


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
