"""The report as GitHub Markdown, for a job summary or a comment on a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repro.report.badge import CHECKOUT, DIVIDER, badge
from repro.report.claim_groups import (
    APART,
    EXIT_CODE,
    apart_counts,
    exceptions,
    statement_counts,
    summary,
)
from repro.report.numbers import duration, interval, size
from repro.report.operating_characteristics import WORLD_HEAD, by_runs, not_simulated, world_rows
from repro.report.recorded_outcome import (
    controls_held,
    deviations,
    figure,
    outcome_note,
    sample_size,
    small_samples,
    symbol,
)
from repro.verdicts import Agreement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repro.verdicts import ClaimResult, RunResult, ShippedComparison

HEAD = (
    "verdict",
    "claim",
    "measured [95 %]",
    "n (censored, of all arms' runs)",
    "with ten seeds",
    "controls held",
    "against the recorded outcome",
)
LONGEST = 2000
"""Maximum length of one text, in characters; a comment on GitHub holds 65,536 in all."""
SPECIAL = re.compile(
    r"[\\`*\[\]~|&<>@#$]"
    r"|_(?![^\W_])"  # before a letter or digit it has no effect
    r"|:(?=//|[\w+-]+:)|(?<=www)\.|(?<=\bGH)-(?=\d)",  # addresses, emoji, issues
    re.IGNORECASE,
)
# GitHub also processes these after Markdown, where a backslash has no effect but a tag does.
HARMLESS = {"|": "&#124;", "&": "&amp;", "<": "&lt;", ">": "&gt;"} | {
    sign: f"<span>{sign}</span>" for sign in "@#$:.-"
}


def to_markdown(run: RunResult) -> str:
    """Render report.md."""
    blocks = [
        f"## Claims: {escape(badge(run).message)}",
        f"**{escape('. '.join(_outcome(run)))}**",
        *_exceptions(run.claims),
        table(HEAD, map(_row, run.claims)),
        _facts(run),
        *_expected(run.claims),
        *_characteristics(run.claims),
        *_section("Not as recorded, or not run", _deviations(run.claims)),
        *_section("Recorded as not reproduced or inconclusive", _reasons(run.claims)),
        *_section("How far verdicts reach", _scopes(run.claims)),
    ]
    if run.left_out:
        rows = [(code(claim.id), escape(claim.title), escape(claim.why)) for claim in run.left_out]
        blocks += _section("Left out by this tier", [table(("claim", "title", "why"), rows)])
    if run.comparison is not None:
        blocks += _section("Comparison with the shipped runs", _comparison(run.comparison))
    blocks.append("The report, `index.html`, has every seed, figure and graph, and a glossary.")
    return "\n\n".join(blocks) + "\n"


def _outcome(run: RunResult) -> list[str]:
    """Return the sentences on the verdicts of a run, without the point at their end."""
    apart = apart_counts(run)
    more = [f"{apart[0].upper()}{apart[1:]}"] if apart else []
    return [statement_counts(run), *more, summary(run)]


def escape(text: str) -> str:
    """Escape a text for a paragraph or a table cell, so that it is shown literally.

    Line ends become spaces and unprintable characters are dropped. Nothing becomes markup, a link or a
    mention.
    """
    shown = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    plain = " ".join(shown.split())
    if len(plain) > LONGEST:
        plain = plain[:LONGEST] + " …"
    return SPECIAL.sub(lambda found: HARMLESS.get(found[0], "\\" + found[0]), plain)


def code(text: str) -> str:
    """Format a name as code."""
    return f"<code>{escape(text)}</code>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make a table; cells may hold Markdown, except that a "|" is escaped."""
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(
        f"| {' | '.join(c.replace('|', '&#124;') for c in cells)} |" for cells in lines
    )


def _exceptions(claims: Sequence[ClaimResult]) -> list[str]:
    """Explain exit code 0, and list the claims that are not reproduced or inconclusive."""
    lines = [
        f"- {escape(claim.title)} "
        f"({', '.join(filter(None, (code(claim.id), APART.get(claim.kind))))}): {claim.verdict}"
        for claim in exceptions(claims)
    ]
    if not lines:
        return [EXIT_CODE]
    return [f"{EXIT_CODE} Not reproduced or inconclusive in this run:", "\n".join(lines)]


def _facts(run: RunResult) -> str:
    """List what was judged, the commit, the cost and the machine."""
    took = [duration(run.seconds)]
    if run.cost.peak_memory is not None:
        took.append(f"{size(run.cost.peak_memory)} peak memory")
    if run.cost.blocks:
        took.append(escape(run.cost.blocks))
    changes = CHECKOUT[run.dirty] or "no uncommitted changes"
    machine = (f"{escape(name)} {escape(str(value))}" for name, value in run.environment.items())
    return "\n".join(
        [
            f"- Judged: {escape(run.about or run.tier_label)}",
            f"- Commit: {f'{code(run.commit)}, {changes}' if run.commit else 'none'}",
            f"- Took: {DIVIDER.join(took)}",
            f"- Machine: {DIVIDER.join(machine)}",
        ]
    )


def _row(claim: ClaimResult) -> tuple[str, ...]:
    return (
        f"{symbol(claim)} {claim.verdict}".replace(" ", "\N{NO-BREAK SPACE}"),
        code(claim.id),
        escape(figure(claim)),
        sample_size(claim),
        small_samples(claim),
        controls_held(claim),
        outcome_note(claim),
    )


def _expected(claims: Iterable[ClaimResult]) -> list[str]:
    """List what was expected and recorded, collapsed because these are sentences."""
    lines = [
        f"- {code(claim.id)}, recorded outcome {claim.recorded}. Expected: {escape(claim.expected)}"
        for claim in claims
    ]
    head = "<details>\n<summary>Recorded outcome and expected figure of each claim</summary>"
    return [head, "\n".join(lines), "</details>"] if lines else []


def _characteristics(claims: Sequence[ClaimResult]) -> list[str]:
    """Tabulate how often each verdict occurs in simulated worlds, collapsed."""
    rows = [
        (code(claim.id), str(runs), *map(escape, row))
        for claim in claims
        for runs, worlds in by_runs(claim.characteristics)
        for row in world_rows(worlds)
    ]
    missing = ", ".join(code(claim.id) for claim in claims if not_simulated(claim))
    note = [f"Not simulated: {missing}."] if missing else []
    if not rows:
        return note
    return [
        "<details>\n<summary>How often each verdict occurs in simulated worlds</summary>",
        "Ranges are over the simulated spreads of runs; `index.html` has each of them.",
        table(("claim", "n", *WORLD_HEAD), rows),
        *note,
        "</details>",
    ]


def _section(title: str, blocks: list[str]) -> list[str]:
    return [f"### {title}", *blocks] if blocks else []


def _deviations(claims: Iterable[ClaimResult]) -> list[str]:
    """List claims that deviate from their record or were not run, and the commands to rerun them."""
    lines, again = [], []
    for claim in claims:
        parts = deviations([claim])
        if not parts:
            continue
        if (
            claim.explanation and claim.verdict is not Verdict.NOT_RUN
        ):  # there it is included already
            parts.append(claim.explanation)
        lines.append(f"- {'. '.join(map(escape, parts))}")
        again.append(claim.command)
    return ["\n".join(lines), _console(again)] if lines else []


def _reasons(claims: Iterable[ClaimResult]) -> list[str]:
    """List why a recorded outcome is not "reproduced"; claims that deviate from it are in `_deviations`."""
    reasons = [
        f"- {code(claim.id)}, {claim.verdict}: {escape(claim.explanation)}"
        for claim in claims
        if claim.verdict is claim.recorded is not Verdict.REPRODUCED
    ]
    return ["\n".join(reasons)] if reasons else []


def _scopes(claims: Iterable[ClaimResult]) -> list[str]:
    """List how far verdicts reach, of the claims that say so."""
    lines = [
        f"- {code(claim.id)}, {claim.verdict}: {escape(claim.scope)}"
        for claim in claims
        if claim.scope
    ]
    return ["\n".join(lines)] if lines else []


def _console(commands: Sequence[str]) -> str:
    """Put commands in a fenced block, one per line."""
    lines = [" ".join(command.split()) for command in commands if command]
    longest = max((len(ticks) for line in lines for ticks in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}console", *lines, fence])


def _comparison(comparison: ShippedComparison) -> list[str]:
    text = escape(comparison.summary)
    unlike = [
        f"- {code(block.block)}: {block.likeness}, ratio of mean times to theirs "
        f"{escape(interval(block.ratio, block.low, block.high))}"
        for block in comparison.blocks
        if block.likeness in {Agreement.BROKEN, Agreement.DIFFERENT}
    ]
    return [f"**{text}**" if comparison.failed else text, *(["\n".join(unlike)] if unlike else [])]
