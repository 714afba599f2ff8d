"""A verdict on the terminal: the answer first, then what it is based on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from repro.causal.auditing.findings import REWRITING, Answer
from repro.cli.audit_notes_view import notes
from repro.cli.audit_reads_view import formulas, integers, reads_table, separating_sets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rich.console import RenderableType

    from repro.causal.auditing.findings import Pair, Witness
    from repro.causal.auditing.verdict import Verdict

COLOURS = {
    Answer.MODULAR: "green",
    Answer.NOT_MODULAR: "red",
    Answer.IMPLEMENTATION_DEPENDENT: "yellow",
    Answer.UNDETERMINED: "magenta",
}
SYMBOLS = {
    Answer.MODULAR: "✓",
    Answer.NOT_MODULAR: "✗",
    Answer.IMPLEMENTATION_DEPENDENT: "≈",
    Answer.UNDETERMINED: "?",
}
MOST_IN_TABLE = 12
MOST_WITNESSES = 6
MOST_PATHS = 6
LONGEST = 240
"""Characters of an expression that are shown."""


def render(verdict: Verdict, name: str, *, verified: bool) -> Group:
    """Render a verdict.

    Args:
        verdict: of an audit.
        name: of the rule's file.
        verified: whether the intervention check was made.
    """
    answer = verdict.answer
    big = Text(f"{SYMBOLS[answer]} {answer.upper()}", style=f"bold {COLOURS[answer]}")
    if verdict.factorised is None and answer is Answer.MODULAR:
        big.append("  gradients only, parameters not checked", style="not bold yellow")
    for note in notes(verdict):
        big.append(f"\n{note}", style="not bold yellow")
    parts: list[RenderableType] = [
        Panel(big, box=box.HEAVY, expand=False, padding=(0, 3), border_style=COLOURS[answer]),
        Text(f"{name}: {_meaning(verdict)}"),
    ]
    if any(one.violates for one in verdict.interventions):
        parts.append(
            Text(
                "The intervention check contradicts the graph: do not rely on this verdict.",
                "bold red",
            )
        )
    if verdict.limits:
        parts.append(_heading("What the trace could not follow"))
        parts += [_indented(Text(limit)) for limit in verdict.limits]
    if len(set(verdict.pairs.values())) > 1:
        parts += [_heading("Pairs"), _indented(_pairs(verdict))]
    if verdict.witnesses:
        parts += [_heading("Hidden variables that gradients share"), *_witnesses(verdict)]
    if sets := separating_sets(verdict):
        parts += [_heading("Independent, if these were inputs too")]
        parts += [_indented(Text(line)) for line in sets]
    if verdict.reads:
        parts += [_heading("What each gradient reads"), _indented(reads_table(verdict))]
    if written := formulas(verdict):
        parts += [_heading("Gradients"), *(_indented(Text(line)) for line in written)]
    parts += [
        _heading("What the verdict is based on"),
        _indented(_facts(verdict, verified=verified)),
    ]
    return Group(*parts)


def _meaning(verdict: Verdict) -> str:
    """Explain the answer in one sentence."""
    coded = "none" if verdict.as_coded else "some"
    elsewhere = any(name in verdict.outside_shapes for name in verdict.conditioned)
    given = "its inputs" + " and the data that it reads elsewhere" * elsewhere
    return {
        Answer.MODULAR: f"given {given}, no two gradients share a hidden variable, in whatever order its sums "
        "are added.",
        Answer.NOT_MODULAR: "two mechanisms share parameters."
        if verdict.as_coded and verdict.factorised is False
        else f"given {given}, gradients share a hidden variable, in whatever order its sums are added.",
        Answer.IMPLEMENTATION_DEPENDENT: "whether gradients share a hidden variable depends on the order in "
        f"which its sums are added; as coded, they share {coded}.",
        Answer.UNDETERMINED: "the trace could not follow everything, and gradients may share what it missed.",
    }[verdict.answer]


def _heading(words: str) -> Text:
    return Text(f"\n{words}", style="bold")


def _indented(part: RenderableType, columns: int = 2) -> Padding:
    return Padding(part, (0, 0, 0, columns), expand=False)


def _pairs(verdict: Verdict) -> RenderableType:
    """Tabulate the answers for pairs of mechanisms; if there are many, list the pairs by answer."""
    names = list(dict.fromkeys(name for pair in verdict.pairs for name in pair))
    answers = {frozenset(pair): answer for pair, answer in verdict.pairs.items()}
    if len(names) > MOST_IN_TABLE:
        lines = []
        for answer in Answer:
            pairs = [f"{a}–{b}" for (a, b), found in verdict.pairs.items() if found is answer]
            if pairs:
                line = f"{answer} ({len(pairs)}): {_listed(pairs, MOST_IN_TABLE)}"
                lines.append(Text(line, style=COLOURS[answer]))
        return Group(*lines)
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in names[1:]:
        table.add_column(Text(name), justify="center")
    for number, row in enumerate(names[:-1]):
        cells = [Text("")] * number
        for column in names[number + 1 :]:
            answer = answers[frozenset({row, column})]
            cells.append(Text(SYMBOLS[answer], style=COLOURS[answer]))
        table.add_row(Text(row), *cells)
    present = dict.fromkeys(answer for answer in Answer if answer in answers.values())
    legend = ", ".join(f"{SYMBOLS[answer]} {answer}" for answer in present)
    return Group(table, Text(legend, style="dim"))


def _witnesses(verdict: Verdict) -> list[RenderableType]:
    """Show each shared variable once, with its paths to all gradients that share it."""
    grouped: dict[tuple[str, str, str], list[Witness]] = {}
    for witness in verdict.witnesses:
        start = next((path[0] for path in witness.paths if path), "")
        grouped.setdefault((witness.name, witness.expression, start), []).append(witness)
    parts: list[RenderableType] = []
    for (name, expression, _), members in list(grouped.items())[:MOST_WITNESSES]:
        sharers = dict.fromkeys(mechanism for one in members for mechanism in one.pair)
        first = Text(name, style="bold")
        first.append(f", shared by {_listed(list(sharers), MOST_IN_TABLE)}", style="not bold")
        paths = list(dict.fromkeys(path for one in members for path in one.paths))
        lines = [f"= {_cut(expression)}"]
        lines += [" → ".join(_label(verdict, node) for node in path) for path in paths[:MOST_PATHS]]
        if len(paths) > MOST_PATHS:
            lines.append(f"… and {len(paths) - MOST_PATHS} more paths")
        parts += [_indented(first), _indented(Group(*map(Text, lines)), 6)]
    if len(grouped) > MOST_WITNESSES:
        more = f"… and {len(grouped) - MOST_WITNESSES} more; --json lists all"
        parts.append(_indented(Text(more)))
    return parts


def _label(verdict: Verdict, node: str) -> str:
    """Get the label of a node, as in the figure."""
    known = verdict.graph.nodes.get(node)
    return _cut(known.label if known else node)


def _facts(verdict: Verdict, *, verified: bool) -> Table:
    """List the inputs, the settings of the audit and its intermediate results."""
    strict = verdict.selection == "strict"
    rows = {
        "conditioned on": _all(verdict.conditioned),
        "fixed context": _all(verdict.context),
        "integers": integers(verdict),
        "selection": f"{verdict.selection}: a maximum is "
        + ("a hidden variable" if strict else "the selected element"),
        "hidden variables": f"{verdict.hidden} in the graph",
        "shared as coded": _joined(verdict, verdict.joined_as_coded),
        "shared at most": _joined(verdict, verdict.joined_at_most)
        + ", if all sums are shared that can be",
        "other codings": REWRITING,
        "zero gradients": _all(verdict.zero),
        "parameters": _parameters(verdict),
        "approximated": _all(verdict.approximated),
        "intervention check": _intervention_check(verdict)
        if verified
        else "not made; use --verify",
    }
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column()
    for label, text in rows.items():
        table.add_row(Text(label), Text(text))
    return table


def _joined(verdict: Verdict, joined: Collection[Pair]) -> str:
    """List the pairs whose gradients share a hidden variable."""
    pairs = [f"{a} and {b}" for a, b in verdict.pairs if (a, b) in joined]
    if len(pairs) in {0, len(verdict.pairs)}:
        return f"by {'every' if pairs else 'no'} two gradients"
    return "by " + _listed(pairs, MOST_IN_TABLE)


def _parameters(verdict: Verdict) -> str:
    if verdict.factorised is None:
        return "not checked; define mechanisms() in the file"
    if verdict.factorised:
        return "no two mechanisms share any"
    return "shared by " + _listed([f"{a} and {b}" for a, b in verdict.shared_parameters])


def _intervention_check(verdict: Verdict) -> str:
    """Summarise the interventions; one line for all that missed the same gradients."""
    made = verdict.interventions
    if not made:
        return "no hidden variable to change"
    wrong = [one for one in made if one.violates]
    silent = [one for one in made if one.silent]
    summary = f"{_count(len(made), 'hidden variable')} changed with all inputs held fixed: "
    lines = [
        summary
        + f"{_count(len(wrong), 'violation')} (another gradient changed than the graph says), {len(silent)} "
        "silent (not all of these gradients changed)"
    ]
    for word, some in (("violation", wrong), ("silent", silent)):
        causes = Counter((one.moved, one.predicted) for one in some)
        first = {(one.moved, one.predicted): one for one in reversed(some)}
        for cause, many in causes.most_common(MOST_WITNESSES):
            others = f" (and {_count(many - 1, 'other')} likewise)" if many > 1 else ""
            lines.append(
                f"{word}: {_cut(first[cause].variable)} changed {_all(cause[0])}; the graph predicts "
                f"{_all(cause[1])}{others}"
            )
        if len(causes) > MOST_WITNESSES:
            lines.append(f"… and {len(causes) - MOST_WITNESSES} more combinations of gradients")
    return "\n".join(lines)


def _count(many: int, thing: str) -> str:
    return f"{many} {thing}" if many == 1 else f"{many} {thing}s"


def _all(names: Sequence[str]) -> str:
    return _listed(names) if names else "none"


def _listed(names: Iterable[str], most: int = 24) -> str:
    names = list(names)
    more = len(names) - most
    return ", ".join(names[:most]) + (f" … and {more} more" if more > 0 else "")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
