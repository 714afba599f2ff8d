"""A claim's explanation as people read it on a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from repro.cli.explain_last_report import figure
from repro.cli.explain_outcomes import DRIFTED, FLIPPED, control_outcomes, outcomes
from repro.report.numbers import count, number
from repro.report.operating_characteristics import WORLD_HEAD, world_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import RenderableType

    from repro.plugin.declared import Declared, Needed
    from repro.verdicts import Characteristic, Margin

HASH = 10
"""Digits of a commit that are shown."""
MEANS = {
    FLIPPED: "contradicts what is recorded",
    DRIFTED: "moved to or from inconclusive",
}


def explained(
    claim: Declared,
    cited: Iterable[tuple[str, str]],
    worlds: Sequence[Characteristic],
    last: Mapping[str, Any] | str,
) -> Group:
    """Lay an explanation out.

    Args:
        claim: what it declares.
        cited: lines of the talk, each with its paraphrase.
        worlds: in which it was simulated; empty if it was not.
        last: how it came out last, or why that is not known.
    """
    demanded = "required" if claim.required else "not required"
    facts = {"expected": claim.expected}
    if claim.margin:
        facts["margin"] = span(claim.margin)
    facts |= {"otherwise than in the paper": claim.differences} if claim.differences else {}
    return Group(
        Text(claim.title, style="bold"),
        Text(f"{claim.id}, {claim.kind}, {demanded}"),
        Text(),
        Text(claim.statement),
        *_part("The talk", _rows(cited)),
        *_part("How it is judged", _rows(facts.items())),
        *_part("Negative controls, which must come out as", _controls(claim)),
        *_part("What would make it fail", _failing(claim)),
        *_part("What it needs", _needs(claim)),
        *(
            _part("How often each verdict comes out in simulated worlds", _chances(worlds))
            if worlds
            else []
        ),
        *_part("Last judged", Text(last if isinstance(last, str) else judged(last))),
        *_part("To judge it alone", Text(claim.command)),
    )


def span(margin: Margin) -> str:
    """Say in figures where a claim's own must lie."""
    if math.isinf(margin.high):
        ends = f"above {number(margin.low)}"
    elif math.isinf(margin.low):
        ends = f"below {number(margin.high)}"
    else:
        ends = f"{number(margin.low)} to {number(margin.high)}"
    return ends if margin.target is None else f"{ends}; the talk gives {number(margin.target)}"


def judged(last: Mapping[str, Any]) -> str:
    """Say how a claim came out in a report."""
    parts = [last["verdict"]]
    parts += [word for word in ("flipped", "drift") if last[word]]
    if shown := figure(last["measured"]):
        parts.append(shown)
    if last["n"] is not None:
        parts.append(f"{last['n']} runs an arm, {last['censored'] or 0} censored")
    held = [one for one in last["controls"] if one["verdict"] in one["expected"].split(" or ")]
    if last["controls"]:
        parts.append(f"{len(held)} of {len(last['controls'])} controls as declared")
    made = f"commit {last['commit'][:HASH]}" if last["commit"] else "no commit"
    made += " with uncommitted changes" if last["dirty"] else ""
    return f"{', '.join(parts)}; {last['tier']} tier, {made}\n{last['report']}"


def _part(heading: str, *body: RenderableType) -> list[RenderableType]:
    indented = [Padding(part, (0, 0, 0, 2), expand=False) for part in body]
    return [Text(), Text(heading, style="bold"), *indented]


def _rows(rows: Iterable[tuple[str, str]]) -> Table:
    """Set texts beside their names."""
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for name, told in rows:
        table.add_row(Text(name), Text(told))
    return table


def _headed(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in headings:
        table.add_column(heading, header_style="none", overflow="fold")
    return table


def _controls(claim: Declared) -> RenderableType:
    table = _rows((" or ".join(words), what) for what, words in claim.controls.items())
    cautious = [needed.tier for needed in claim.needs if needed.cautious]
    if not cautious:
        return table
    note = f"At the {' and '.join(cautious)} tier any of them may be inconclusive as well."
    return Group(table, Text(note))


def _failing(claim: Declared) -> RenderableType:
    """Show what follows from each verdict, and from controls that come out otherwise."""
    reason = f": {claim.reason}" if claim.reason else ""
    table = _headed("comes out", "counts as", "exit code")
    rows = [(one.case, one.then, one.exit_code) for one in outcomes(claim)]
    otherwise = {(one.then, one.exit_code) for one in control_outcomes(claim)}
    rows += [("as recorded, a control not", then, code) for then, code in sorted(otherwise)]
    for case, then, code in rows:
        means = f"{then}: {MEANS[then]}" if then in MEANS else then
        table.add_row(Text(case), Text(means), Text(str(code), style="red" if code else ""))
    harmless = not any(code for _, _, code in rows)
    note = [Text("It is not required: however it comes out, it fails nothing.")] if harmless else []
    return Group(Text(f"recorded {claim.recorded}{reason}"), Text(), table, *note)


def _needs(claim: Declared) -> RenderableType:
    rows = [(f"{needed.tier} tier", _needed(needed)) for needed in claim.needs]
    blocks = next((needed.blocks for needed in claim.needs if needed.blocks), ())
    return Group(_rows(rows), *([Text(", ".join(blocks))] if blocks else []))


def _needed(needed: Needed) -> str:
    if needed.left_out:
        return f"leaves it out: {needed.left_out}"
    if not needed.blocks:
        return "no runs"
    how = ", trained unless finished already" if needed.trained else " that came with the project"
    return f"{count(needed.runs, 'run')} in {count(len(needed.blocks), 'block')}{how}"


def _chances(worlds: Sequence[Characteristic]) -> RenderableType:
    table = _headed(*WORLD_HEAD)
    for row in world_rows(worlds):
        table.add_row(*map(Text, row))
    runs = ", ".join(map(str, sorted({world.runs for world in worlds})))
    note = f"{runs} runs an arm; from least to most over the spreads of runs that were simulated."
    return Group(table, Text(note))
