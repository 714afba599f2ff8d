"""The table of verdicts and the lines around it, as printed on the terminal."""

from __future__ import annotations

from io import StringIO
from itertools import compress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from repro import algorithms
from repro.console import UNLIMITED, plain
from repro.report.claim_groups import apart_counts, exceptions, statement_counts
from repro.report.numbers import duration, size
from repro.report.recorded_outcome import (
    claim_status,
    controls_held,
    count_not_reproduced,
    deviations,
    figure,
    outcome_note,
    sample_size,
    symbol,
)
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from repro.verdicts import ClaimResult, LeftOut, RunResult

HEADINGS = (
    "measured [95 % interval]",
    "n (censored, of all arms' runs)",
    "controls held",
    "against the recorded outcome",
)
COLOURS = {"good": "green", "bad": "red", "no": "yellow", "fair": "yellow", "idle": "yellow"}
EXPLAIN = "how a claim is judged, and what would make it fail: python -m repro explain CLAIM"
VERDICT_WIDTH = max(map(len, Verdict)) + len("✓ ")


def colour(claim: ClaimResult) -> str:
    """Return a claim's colour: green only if it is reproduced, as recorded, and no control failed."""
    return COLOURS[claim_status(claim)]


def summary(run: RunResult, *, width: int | None, markup: bool) -> list[str]:
    """Return the lines of the summary: the table, deviations, claims left out, and the counts."""
    return [
        *render(run.claims, width=width, markup=markup).splitlines(),
        "",
        *deviations(run.claims),
        *recorded_exceptions(run.claims),
        *left_out(run.left_out),
        statement_counts(run),
        *([apart] if (apart := apart_counts(run)) else []),
        f"claims: {tally(run)}",
    ]


def recorded_exceptions(claims: Sequence[ClaimResult]) -> list[str]:
    """Name the claims that are not reproduced or inconclusive and recorded as such, in a line."""
    ids = [claim.id for claim in exceptions(claims) if claim.verdict is claim.recorded]
    return [f"not reproduced or inconclusive, as recorded: {', '.join(ids)}"] if ids else []


def unpublished(claims: Sequence[ClaimResult], published: Collection[str]) -> list[str]:
    """Name the claims whose recorded outcome no published run has found yet, in a line."""
    ids = [claim.id for claim in claims if claim.id not in published]
    return (
        [f"not yet published, so recorded by their own files only: {', '.join(ids)}"] if ids else []
    )


def harmless_failures(claims: Sequence[ClaimResult]) -> list[str]:
    """Name the claims with a failed control that do not change the exit code, in a line."""
    ids = [
        claim.id
        for claim in claims
        if not claim.required and not all(control.holds for control in claim.controls)
    ]
    why = "not required, so the exit code does not tell"
    return [f"warning: a negative control failed; {why}: {', '.join(ids)}"] if ids else []


def left_out(claims: Sequence[LeftOut]) -> list[str]:
    """Name the claims that the tier does not judge, one line per reason."""
    whys = dict.fromkeys(claim.why for claim in claims)
    names = {why: ", ".join(claim.id for claim in claims if claim.why == why) for why in whys}
    return [f"left out ({why}): {ids}" for why, ids in names.items()]


def foot(run: RunResult, published: Collection[str]) -> list[str]:
    """Describe the tier, the runs, the cost, and the comparison with the shipped runs.

    Args:
        run: the results.
        published: ids of the claims that have a published verdict.
    """
    took = [duration(run.seconds)]
    if run.cost.peak_memory is not None:
        took.append(f"peak memory {size(run.cost.peak_memory)}")
    took += [
        f"{algorithms.display_name(name)} {speed / 1e6:.2g} M transitions per second and core"
        for name, speed in run.cost.speeds.items()
    ]
    lines = [
        *unpublished(run.claims, published),
        *harmless_failures(run.claims),
        EXPLAIN,
        run.about,
        *([run.cost.blocks] if run.cost.blocks else []),
        f"took {', '.join(took)}",
    ]
    if run.comparison is not None:
        mark = "! " if run.comparison.failed else ""
        lines.append(f"{mark}shipped runs: {run.comparison.summary}")
    return lines


def render(claims: Sequence[ClaimResult], *, width: int | None, markup: bool) -> str:
    """Draw the table of verdicts, without empty columns.

    Args:
        claims: one row each.
        width: columns of the terminal; None: as wide as the table, as for a pipe. If the table is
            wider, the figures of a claim are placed below its id. Verdicts and ids are never cut.
        markup: whether to use colours.
    """
    console = Console(file=StringIO(), color_system="standard" if markup else None, width=UNLIMITED)
    table = _table(claims, stacked=False)
    natural = console.measure(table).maximum
    if width is None or natural <= width:
        width = natural
    else:
        table = _table(claims, stacked=True)
        width = max(width, VERDICT_WIDTH + len("  ") + _id_width(claims))
    with console.capture() as capture:
        console.print(table, width=width)
    return plain(capture.get())


def _table(claims: Sequence[ClaimResult], *, stacked: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("verdict", no_wrap=True, min_width=VERDICT_WIDTH)
    table.add_column("claim", min_width=_id_width(claims))
    rows = [_cells(claim) for claim in claims]
    used = [any(column) for column in zip(*rows, strict=True)]
    headings = list(compress(HEADINGS, used))
    if not stacked:
        for heading in headings:
            table.add_column(heading, no_wrap=True)
    for claim, row in zip(claims, rows, strict=True):
        cells = list(compress(row, used))
        word = Text(f"{symbol(claim)} {claim.verdict}", style=colour(claim))
        if stacked:
            named = (f"{name}: {cell}" for name, cell in zip(headings, cells, strict=True) if cell)
            table.add_row(word, Text("\n".join([claim.id, *named])))
        else:
            table.add_row(word, *map(Text, (claim.id, *cells)))
    return table


def _cells(claim: ClaimResult) -> tuple[str, ...]:
    """Return the cells under `HEADINGS`."""
    return figure(claim), sample_size(claim), controls_held(claim), outcome_note(claim)


def tally(run: RunResult) -> str:
    """Count the claims by verdict, each once, with the number of claims that flipped or drifted."""
    reproduced = run.totals[Verdict.REPRODUCED]
    return ", ".join(
        [*([f"{reproduced} reproduced"] if reproduced else []), *count_not_reproduced(run)]
    )


def _id_width(claims: Sequence[ClaimResult]) -> int:
    return max((len(claim.id) for claim in claims), default=0)
