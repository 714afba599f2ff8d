"""The words and colours in which a run's verdicts are shown on the terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from repro.report.numbers import bound_sign, count, duration, size
from repro.report.standing import standing, tone
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.results import ClaimResult, Measured, RunResult

UNLIMITED = 100_000
HEADINGS = (
    "expected",
    "measured [95 % interval]",
    "n (censored)",
    "controls held",
    "against registration",
)
SYMBOLS = {
    Verdict.REPRODUCED: "✓",
    Verdict.NOT_REPRODUCED: "✗",
    Verdict.INCONCLUSIVE: "?",
    Verdict.NOT_RUN: "–",
}
COLOURS = {"good": "green", "bad": "red", "fair": "yellow", "idle": "yellow"}
VERDICT_WIDTH = max(map(len, Verdict)) + len("✓ ")


def category(claim: ClaimResult) -> str:
    """Name what a claim is counted under: its verdict.

    One that came out reproduced against its registration is counted as flipped or drifted.
    """
    if claim.verdict is not Verdict.REPRODUCED or claim.reproduced:
        return claim.verdict.value
    return "flipped" if claim.flipped else "drifted"


def colour(claim: ClaimResult) -> str:
    """Name its colour: green only for reproduced as registered with every control as declared."""
    return COLOURS[tone(claim)]


def summary(run: RunResult, *, width: int | None, markup: bool) -> list[str]:
    """Say how the claims came out: the table, what is remarkable, what was left out, the count."""
    left_out = [f"{claim.id} was left out: {claim.why}" for claim in run.left_out]
    table = render(run.claims, width=width, markup=markup).splitlines()
    return [*table, "", *remarks(run.claims), *left_out, tally(run)]


def foot(run: RunResult) -> list[str]:
    """Say what the verdicts rest on and what they cost."""
    took = [duration(run.seconds)]
    if run.cost.peak_memory is not None:
        took.append(f"{size(run.cost.peak_memory)} of memory at most")
    took += [
        f"{name.upper()} {speed / 1e6:.2g} M transitions a second and core"
        for name, speed in run.cost.speeds.items()
    ]
    lines = [run.about, *([run.cost.blocks] if run.cost.blocks else []), f"took {', '.join(took)}"]
    if run.comparison is not None:
        mark = "! " if run.comparison.failed else ""
        lines.append(f"{mark}shipped runs: {run.comparison.summary}")
    return lines


def render(claims: Sequence[ClaimResult], *, width: int | None, markup: bool) -> str:
    """Draw the table of verdicts.

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
    if not stacked:
        for heading in HEADINGS:
            table.add_column(heading, no_wrap=True)
    for claim in claims:
        held = sum(control.holds for control in claim.controls)
        cells = (
            claim.expected,
            _figure(claim.measured) or _cases(claim.checked),
            "" if claim.n is None else f"{claim.n} ({claim.censored or 0})",
            f"{held}/{len(claim.controls)}" if claim.controls else "",
            standing(claim),
        )
        symbol = "!" if claim.flipped or claim.drift else SYMBOLS[claim.verdict]
        word = Text(f"{symbol} {claim.verdict}", style=colour(claim))
        if stacked:
            named = (f"{name}: {cell}" for name, cell in zip(HEADINGS, cells, strict=True) if cell)
            table.add_row(word, Text("\n".join([claim.id, *named])))
        else:
            table.add_row(word, *map(Text, (claim.id, *cells)))
    return table


def remarks(claims: Sequence[ClaimResult]) -> list[str]:
    """Say, a line each, what keeps a claim from being plainly as registered."""
    lines = []
    for claim in claims:
        if claim.verdict is Verdict.NOT_RUN:
            lines.append(f"{claim.id} was not run: {claim.explanation}")
        elif claim.verdict is not claim.registered:
            word = "drifted" if claim.drift else "flipped"
            lines.append(
                f"{claim.id} {word}: registered {claim.registered}, came out {claim.verdict}"
            )
        lines.extend(
            f"{claim.id}: control {control.what!r} came out {control.verdict}, "
            f"declared {' or '.join(control.expected)}"
            for control in claim.controls
            if not control.holds
        )
    return lines


def tally(run: RunResult) -> str:
    """Count the verdicts, and those that contradict their registration."""
    parts = [f"{count} {word}" for word, count in run.totals.items() if count]
    flipped = sum(claim.flipped for claim in run.claims)
    drifted = sum(claim.drift for claim in run.claims)
    parts += [
        f"{count} {word}"
        for count, word in (
            (flipped, "flipped"),
            (drifted, "drifted"),
            (len(run.left_out), "left out"),
        )
        if count
    ]
    return ", ".join(parts)


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
