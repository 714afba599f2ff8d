"""The report in a page of GitHub's Markdown, for a job summary or a comment on a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repro.report import operating_characteristics
from repro.report.badge import CHECKOUT, DIVIDER, badge
from repro.report.numbers import count, duration, interval, size
from repro.report.outline import summary
from repro.report.recorded_outcome import (
    controls_held,
    deviations,
    outcome_note,
    sample_size,
    symbol,
)
from repro.verdicts.run_facts import Agreement
from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repro.verdicts.results import ClaimResult, RunResult
    from repro.verdicts.run_facts import ShippedComparison

HEAD = (
    "verdict",
    "claim",
    "measured [95 %]",
    "n (censored)",
    "controls held",
    "against the recorded outcome",
)
LONGEST = 2000
"""Characters of one text; a comment holds 65,536 in all."""
SPECIAL = re.compile(
    r"[\\`*\[\]~|&<>@#$]"
    r"|_(?![^\W_])"  # before a letter it ends nothing
    r"|:(?=//|[\w+-]+:)|(?<=www)\.|(?<=\bGH)-(?=\d)",  # addresses, emoji, issues
    re.IGNORECASE,
)
# What GitHub reads after Markdown is done with it no backslash keeps it from: a tag has to.
HARMLESS = {"|": "&#124;", "&": "&amp;", "<": "&lt;", ">": "&gt;"} | {
    sign: f"<span>{sign}</span>" for sign in "@#$:.-"
}


def to_markdown(run: RunResult) -> str:
    """Write report.md."""
    blocks = [
        f"## Claims: {escape(badge(run).message)}",
        f"**{escape(summary(run))}**",
        _facts(run),
        _table(HEAD, map(_row, run.claims)),
        *_expected(run.claims),
        *_chances(run.claims),
        *_section("Not as recorded, or not run", _contradictions(run.claims)),
        *_section("Recorded with another outcome than reproduced", _reasons(run.claims)),
    ]
    if run.left_out:
        rows = [(code(claim.id), escape(claim.title), escape(claim.why)) for claim in run.left_out]
        blocks += _section("Left out by this tier", [_table(("claim", "title", "why"), rows)])
    if run.comparison is not None:
        blocks += _section("Beside the shipped runs", _compared(run.comparison))
    blocks.append("Every seed, figure and graph stands in the report, `index.html`.")
    return "\n\n".join(blocks) + "\n"


def escape(text: str) -> str:
    """Write a text so that it is read as it stands, in a paragraph as in a table's cell.

    Line ends become spaces, what cannot be printed is dropped, nothing is marked up or linked, and
    nobody is mentioned.
    """
    shown = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    plain = " ".join(shown.split())
    if len(plain) > LONGEST:
        plain = plain[:LONGEST] + " …"
    return SPECIAL.sub(lambda found: HARMLESS.get(found[0], "\\" + found[0]), plain)


def code(text: str) -> str:
    """Write a name, set as code."""
    return f"<code>{escape(text)}</code>"


def _facts(run: RunResult) -> str:
    """Say what was judged, of which code, at which cost, where."""
    took = [duration(run.seconds)]
    if run.cost.peak_memory is not None:
        took.append(f"{size(run.cost.peak_memory)} of memory at most")
    if run.cost.blocks:
        took.append(escape(run.cost.blocks))
    changes = CHECKOUT[run.dirty] or "no uncommitted changes"
    machine = (f"{escape(name)} {escape(str(value))}" for name, value in run.environment.items())
    return "\n".join(
        [
            f"- Judged: {escape(run.about or f'{run.tier} tier')}",
            f"- Commit: {f'{code(run.commit)}, {changes}' if run.commit else 'none'}",
            f"- Took: {DIVIDER.join(took)}",
            f"- Machine: {DIVIDER.join(machine)}",
        ]
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def _row(claim: ClaimResult) -> tuple[str, ...]:
    figure = ""
    if claim.measured is not None and claim.measured.value is not None:
        one = claim.measured
        figure = interval(one.value, one.low, one.high, one.unit)
    elif claim.checked is not None:
        figure = count(claim.checked, "case")
    return (
        f"{symbol(claim)} {claim.verdict}".replace(" ", "\N{NO-BREAK SPACE}"),
        code(claim.id),
        escape(figure),
        sample_size(claim),
        controls_held(claim),
        outcome_note(claim),
    )


def _expected(claims: Iterable[ClaimResult]) -> list[str]:
    """Fold what was expected away: it takes sentences, which no column is wide enough for."""
    lines = [f"- {code(claim.id)}: {escape(claim.expected)}" for claim in claims]
    head = "<details>\n<summary>What was expected of each claim</summary>"
    return [head, "\n".join(lines), "</details>"] if lines else []


def _chances(claims: Sequence[ClaimResult]) -> list[str]:
    """Fold away how often each verdict comes out in simulated worlds."""
    rows = [
        (code(claim.id), *map(escape, row))
        for claim in claims
        for row in operating_characteristics.world_rows(claim.characteristics)
    ]
    without = ", ".join(
        code(claim.id) for claim in claims if operating_characteristics.not_simulated(claim)
    )
    told = [f"Not simulated: {without}."] if without else []
    if not rows:
        return told
    runs = {row.runs for claim in claims for row in claim.characteristics}
    many = ", ".join(map(str, sorted(runs)))
    title = f"How often each verdict comes out at n = {many} in simulated worlds"
    return [
        f"<details>\n<summary>{title}</summary>",
        "Least to most over the spreads of runs that were simulated; `index.html` has them all.",
        _table(("claim", *operating_characteristics.WORLD_HEAD), rows),
        *told,
        "</details>",
    ]


def _section(title: str, blocks: list[str]) -> list[str]:
    return [f"### {title}", *blocks] if blocks else []


def _contradictions(claims: Iterable[ClaimResult]) -> list[str]:
    """List what drifted, flipped, was not run or has a failed control, and how to judge it again."""
    lines, again = [], []
    for claim in claims:
        said = deviations([claim])
        if not said:
            continue
        if claim.explanation and claim.verdict is not Verdict.NOT_RUN:  # else it is said already
            said.append(claim.explanation)
        lines.append(f"- {'. '.join(map(escape, said))}")
        again.append(claim.command)
    return ["\n".join(lines), _console(again)] if lines else []


def _reasons(claims: Iterable[ClaimResult]) -> list[str]:
    """List why claims are recorded otherwise, those that came out so; the others stand above."""
    otherwise = [
        f"- {code(claim.id)}, {claim.verdict}: {escape(claim.explanation)}"
        for claim in claims
        if claim.verdict is claim.recorded is not Verdict.REPRODUCED
    ]
    return ["\n".join(otherwise)] if otherwise else []


def _console(commands: Sequence[str]) -> str:
    """Fence commands, a line each, so that they can be copied."""
    lines = [" ".join(command.split()) for command in commands if command]
    longest = max((len(ticks) for line in lines for ticks in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}console", *lines, fence])


def _compared(comparison: ShippedComparison) -> list[str]:
    said = escape(comparison.summary)
    unlike = [
        f"- {code(block.block)}: {block.likeness}, mean time over theirs "
        f"{escape(interval(block.ratio, block.low, block.high))}"
        for block in comparison.blocks
        if block.likeness in {Agreement.BROKEN, Agreement.DIFFERENT}
    ]
    return [f"**{said}**" if comparison.failed else said, *(["\n".join(unlike)] if unlike else [])]
