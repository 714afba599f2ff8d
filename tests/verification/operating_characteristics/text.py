"""Make the text of data/characteristics.md from the table."""

from __future__ import annotations

import textwrap
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from repro.report.numbers import percent
from repro.report.operating_characteristics import WORLD_HEAD, by_runs, world_rows
from repro.verdicts import Truth, Verdict
from tests.verification.operating_characteristics.design import SIZES
from tests.verification.tables import markdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.verdicts import Characteristic

    Table = Mapping[str, Sequence[Characteristic]]

TEMPLATE = Path(__file__).with_name("text.txt")
VERDICTS = (Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE)
NOMINAL = 0.05
"""The share of data sets that judging by 95 % intervals may get wrong."""
WIDTH = 108
WRONG = {
    Truth.TRUE: (Verdict.NOT_REPRODUCED,),
    Truth.EDGE: (Verdict.REPRODUCED, Verdict.NOT_REPRODUCED),
    Truth.FALSE: (Verdict.REPRODUCED,),
}
"""The verdicts that are wrong, or too strong, by the truth of a claim."""


class _Shares(dict[str, str]):
    """Shares by "claim | world | spread | verdict", the placeholders of the template.

    They are those with as many runs as the paper tier has, or, with " | 10" at the end, with ten. A star
    matches all claims or spreads, and a truth all worlds in which it holds. Several shares are
    given as minimum and maximum; with "most" before the claim, only the maximum.
    """

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    def __missing__(self, name: str) -> str:
        """Look up a share."""
        key, world, spread, verdict, *size = (part.strip() for part in name.split("|"))
        runs = int(size[0]) if size else SIZES[0]
        claim = key.removeprefix("most ")
        place = VERDICTS.index(Verdict(verdict))
        found = [
            row.shares[place]
            for id_, rows in self._table.items()
            for row in rows
            if claim in {"*", id_}
            and world in {row.world, row.truth}
            and spread in {"*", row.spread}
            and row.runs == runs
        ]
        least, most = percent(min(found)), percent(max(found))
        alone = claim != key or least == most
        return _plain(most if alone else f"{least[:-2]} to {most}")


class _Text(Template):
    """A template with placeholders ${claim | world | spread | verdict}."""

    braceidpattern = r"[^{}]+"


def text(table: Table) -> str:
    """Write the text."""
    blanks = _Shares(table)
    blanks["beyond"] = "\n\n".join(_beyond(table, truth) for truth in WRONG)
    blanks["worlds"] = "\n\n".join(_worlds(claim, rows) for claim, rows in sorted(table.items()))
    filled = _Text(TEMPLATE.read_text(encoding="utf-8")).substitute(blanks)
    return "\n".join(map(_wrapped, filled.splitlines())) + "\n"


def beyond(table: Table, truth: Truth) -> list[tuple[str, Characteristic, Verdict, float]]:
    """List where a wrong verdict occurs in more than 5 % of data sets, the most frequent first."""
    found = [
        (claim, row, verdict, row.shares[VERDICTS.index(verdict)])
        for claim, rows in sorted(table.items())
        for row in rows
        if row.truth is truth
        for verdict in WRONG[truth]
    ]
    return sorted((one for one in found if one[-1] > NOMINAL), key=lambda one: -one[-1])


def _beyond(table: Table, truth: Truth) -> str:
    found = beyond(table, truth)
    words = " or ".join(WRONG[truth])
    case = f"Where the claim is {truth}, and {words} in more than {_plain(percent(NOMINAL))}"
    if not found:
        return f"{case}: nowhere."
    rows = [
        (f"`{claim}`", row.world, row.spread, str(row.runs), verdict, _plain(percent(share)))
        for claim, row, verdict, share in found
    ]
    head = ("claim", "world", "spread of runs", "runs per arm", "verdict", "share")
    return f"{case}:\n\n{markdown(head, rows)}".rstrip()


def _worlds(claim: str, rows: Sequence[Characteristic]) -> str:
    parts = [f"### `{claim}`"]
    for runs, worlds in by_runs(rows):
        parts.append(
            f"With {runs} runs per arm:\n\n{markdown(WORLD_HEAD, world_rows(worlds))}".rstrip()
        )
    return "\n\n".join(parts)


def _wrapped(line: str) -> str:
    """Wrap a paragraph or a list item; headings and table rows stay on one line."""
    if line.startswith(("|", "#")):
        return line
    indent = "  " if line.startswith("- ") else ""
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _plain(words: str) -> str:
    return words.replace("\N{NO-BREAK SPACE}", " ")
