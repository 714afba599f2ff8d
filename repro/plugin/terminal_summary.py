"""The words and colours in which a run's verdicts are shown on the terminal."""

from __future__ import annotations

from io import StringIO
from itertools import compress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from repro.report.numbers import bound_sign, count, duration, size
from repro.report.recorded_outcome import (
    claim_status,
    controls_held,
    count_not_reproduced,
    deviations,
    outcome_note,
    sample_size,
    symbol,
)
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.verdicts import ClaimResult, LeftOut, Measured, RunResult

UNLIMITED = 100_000
HEADINGS = (
    "measured [95 % interval]",
    "n (censored)",
    "controls held",
    "against the recorded outcome",
)
COLOURS = {"good": "green", "bad": "red", "fair": "yellow", "idle": "yellow"}
EXPLAIN = "how a claim is judged, and what would make it fail: python -m repro explain CLAIM"
VERDICT_WIDTH = max(map(len, Verdict)) + len("✓ ")


def colour(claim: ClaimResult) -> str:
    """Name its colour: green only for reproduced as recorded with every control as declared."""
    return COLOURS[claim_status(claim)]


def summary(run: RunResult, *, width: int | None, markup: bool) -> list[str]:
    """Say how the claims came out: the table, what is remarkable, what was left out, the count."""
    table = render(run.claims, width=width, markup=markup).splitlines()
    return [*table, "", *deviations(run.claims), *left_out(run.left_out), tally(run)]


def left_out(claims: Sequence[LeftOut]) -> list[str]:
    """Name the claims that the tier does not judge, a line for each reason."""
    whys = dict.fromkeys(claim.why for claim in claims)
    names = {why: ", ".join(claim.id for claim in claims if claim.why == why) for why in whys}
    return [f"left out ({why}): {ids}" for why, ids in names.items()]


def foot(run: RunResult) -> list[str]:
    """Say what the verdicts rest on and what they cost."""
    took = [duration(run.seconds)]
    if run.cost.peak_memory is not None:
        took.append(f"{size(run.cost.peak_memory)} of memory at most")
    took += [
        f"{name.upper()} {speed / 1e6:.2g} M transitions a second and core"
        for name, speed in run.cost.speeds.items()
    ]
    lines = [
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
    """Draw the table of verdicts, without columns that are empty.

    What was expected takes sentences: remarks quote it where it matters, and the report has it.

    Args:
        claims: one row each.
        width: columns of the terminal; None: as wide as the text, as for a pipe. Where the text is
            wider, a claim's figures stand below its id. Verdicts and ids are never cut.
        markup: whether to colour.
    """
    console = Console(
        file=StringIO(),
        color_system="standard" if markup else None,
        width=UNLIMITED,
    )
    table = _table(claims, stacked=False)
    natural = console.measure(table).maximum
    if width is None or natural <= width:
        width = natural
    else:
        table = _table(claims, stacked=True)
        width = max(width, VERDICT_WIDTH + len("  ") + _id_width(claims))
    with console.capture() as capture:
        console.print(table, width=width)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


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
    """What stands under `HEADINGS`."""
    return (
        _figure(claim.measured) or _cases(claim.checked),
        sample_size(claim),
        controls_held(claim),
        outcome_note(claim),
    )


def tally(run: RunResult) -> str:
    """Count the claims, each once, and say how many contradict their recorded outcome."""
    reproduced = run.totals[Verdict.REPRODUCED]
    return ", ".join(
        [*([f"{reproduced} reproduced"] if reproduced else []), *count_not_reproduced(run)]
    )


def _id_width(claims: Sequence[ClaimResult]) -> int:
    return max((len(claim.id) for claim in claims), default=0)


def _figure(measured: Measured | None) -> str:
    if measured is None or measured.value is None:
        return ""
    text = _number(measured.value)
    if measured.low is not None and measured.high is not None:
        text = bound_sign(measured.low, measured.high) + text
        text += f" [{_number(measured.low)}, {_number(measured.high)}]"
    return f"{text} {measured.unit}".strip()


def _cases(checked: int | None) -> str:
    """Say on how many cases a claim without runs was checked."""
    return "" if checked is None else count(checked, "case")


def _number(value: float) -> str:
    return f"{value:.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.3g}"
