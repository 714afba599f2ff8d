"""The layout of an explanation on the terminal."""

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
from repro.report.operating_characteristics import WORLD_HEAD, by_runs, world_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import RenderableType

    from repro.plugin.listing import ListedClaim, TierNeeds
    from repro.verdicts import Characteristic, ClaimDeclaration, Margin

HASH = 10
"""Number of digits of a commit that are shown."""
MEANS = {
    FLIPPED: "contradicts the recorded outcome",
    DRIFTED: "changed to or from inconclusive",
}
OVER_ALL = "From the least to the most over the simulated spreads of runs."
EXPECTED = "Expected: what the talk says. Recorded outcome:"
WORDS = {
    True: f"{EXPECTED} what the last published run found.",
    False: f"{EXPECTED} what the claim's file says; it is not yet published.",
}
"""By whether a published run has judged the claim."""


def explained(
    listed: ListedClaim,
    cited: Iterable[tuple[str, str]],
    worlds: Sequence[Characteristic],
    last: Mapping[str, Any] | str,
    spreads: Sequence[str] = (),
    *,
    published: bool = True,
) -> Group:
    """Lay out an explanation.

    Args:
        listed: the claim.
        cited: lines of the talk, each with its paraphrase.
        worlds: its operating characteristics; empty if it was not simulated.
        last: its verdict in the last report, or why that is not known.
        spreads: the simulated spreads of runs that are nearest to that of the published runs; empty if not known.
        published: whether a published run has judged it.
    """
    claim = listed.declaration
    required = "required" if claim.required else "not required"
    facts = {"expected": claim.expected}
    if claim.margin:
        facts["margin"] = span(claim.margin)
    reason = f": {claim.reason}" if claim.reason else ""
    facts["recorded outcome"] = (
        f"{claim.recorded}{reason}{'' if published else ' (not yet published)'}"
    )
    facts |= {"how far it reaches": claim.scope} if claim.scope else {}
    facts |= {"differences from the paper": claim.differences} if claim.differences else {}
    return Group(
        Text(claim.title, style="bold"),
        Text(f"{claim.id}, {claim.kind}, {required}"),
        Text(),
        Text(claim.statement),
        *_part("The talk", _rows(cited)),
        *_part("How it is judged", _rows(facts.items()), Text(WORDS[published])),
        *_part("Negative controls, with the verdicts that they may have", _controls(listed)),
        *_part("What would make it fail", _failing(claim)),
        *_part("Runs that it needs", _needs(listed)),
        *(
            _part("How often each verdict results in simulated worlds", _worlds(worlds, spreads))
            if worlds
            else ()
        ),
        *_part("In the last report", Text(last if isinstance(last, str) else judged(last))),
        *_part("To judge it alone", Text(claim.command)),
    )


def span(margin: Margin) -> str:
    """Write the interval in which the claim's figure must lie."""
    if math.isinf(margin.high):
        ends = f"above {number(margin.low)}"
    elif math.isinf(margin.low):
        ends = f"below {number(margin.high)}"
    else:
        ends = f"{number(margin.low)} to {number(margin.high)}"
    return ends if margin.target is None else f"{ends}; the talk gives {number(margin.target)}"


def judged(last: Mapping[str, Any]) -> str:
    """Describe a claim's result in a report."""
    parts = [last["verdict"]]
    parts += [word for word in ("flipped", "drift") if last[word]]
    if shown := figure(last["measured"]):
        parts.append(shown)
    if last["n"] is not None:
        parts.append(f"{last['n']} runs per arm, {_censored(last)} censored")
    held = [one for one in last["controls"] if one["verdict"] in one["expected"].split(" or ")]
    if last["controls"]:
        parts.append(f"{len(held)} of {len(last['controls'])} controls passed")
    made = f"commit {last['commit'][:HASH]}" if last["commit"] else "no commit"
    made += " with uncommitted changes" if last["dirty"] else ""
    return f"{', '.join(parts)}; {last['tier_label']}, {made}\n{last['report']}"


def _censored(last: Mapping[str, Any]) -> str:
    """Say how many of all arms' runs are censored; a report of an earlier version does not tell of how many."""
    of = "" if last["runs"] is None else f" of {last['runs']}"
    return f"{last['censored'] or 0}{of}"


def _part(heading: str, *body: RenderableType) -> list[RenderableType]:
    indented = [Padding(part, (0, 0, 0, 2), expand=False) for part in body]
    return [Text(), Text(heading, style="bold"), *indented]


def _over(spreads: Sequence[str]) -> str:
    """Say which simulated spreads of runs are shown."""
    return (
        f"At the simulated spread of runs that is nearest to that of the published runs ({' or '.join(spreads)}); "
        "data/characteristics.md has the others."
    )


def _rows(rows: Iterable[tuple[str, str]]) -> Table:
    """Return a table of names and texts."""
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(Text(name), Text(text))
    return table


def _headed(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in headings:
        table.add_column(heading, header_style="none", overflow="fold")
    return table


def _controls(listed: ListedClaim) -> RenderableType:
    controls = listed.declaration.controls
    table = _rows((" or ".join(words), what) for what, words in controls.items())
    cautious = [needed.tier for needed in listed.needs if needed.cautious]
    if not cautious:
        return table
    note = f"At the {' and '.join(cautious)} tier any of them may also be inconclusive."
    return Group(table, Text(note))


def _failing(claim: ClaimDeclaration) -> RenderableType:
    """Show what each verdict means, and what a failed control means."""
    table = _headed("verdict", "counts as", "exit code")
    rows = [(one.case, one.then, one.exit_code) for one in outcomes(claim)]
    failed = {(one.then, one.exit_code) for one in control_outcomes(claim)}
    rows += [("as recorded, a control failed", then, code) for then, code in sorted(failed)]
    for case, then, code in rows:
        meaning = f"{then}: {MEANS[then]}" if then in MEANS else then
        table.add_row(Text(case), Text(meaning), Text(str(code), style="red" if code else ""))
    harmless = not any(code for _, _, code in rows)
    note = [Text("It is not required: no verdict makes a run fail.")] if harmless else []
    return Group(table, *note)


def _needs(listed: ListedClaim) -> RenderableType:
    rows = [(f"{needed.tier} tier", _needed(needed)) for needed in listed.needs]
    blocks = next((needed.blocks for needed in listed.needs if needed.blocks), ())
    return Group(_rows(rows), *([Text(", ".join(blocks))] if blocks else []))


def _needed(needed: TierNeeds) -> str:
    if needed.left_out:
        return f"leaves it out: {needed.left_out}"
    if not needed.blocks:
        return "no runs"
    runs = f"{count(needed.runs, 'run')} in {count(len(needed.blocks), 'block')}"
    if needed.shipped is None:
        return f"{runs}, trained unless finished already"
    if needed.shipped == len(needed.blocks):
        return f"{runs}, shipped with the project"
    return f"{runs}, {needed.shipped} of them shipped with the project: it cannot be judged there"


def _worlds(worlds: Sequence[Characteristic], spreads: Sequence[str]) -> RenderableType:
    """Tabulate simulated worlds at the given spreads of runs; without any, over all spreads."""
    table = _headed("n", *WORLD_HEAD)
    near = [row for row in worlds if row.spread in spreads]
    for runs, sized in by_runs(near or worlds):
        for row in world_rows(sized):
            table.add_row(str(runs), *map(Text, row))
    return Group(
        table,
        Text(f"n: runs per arm. {_over(spreads) if near else OVER_ALL}"),
    )
