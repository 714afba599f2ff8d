"""One self-contained page from verdicts, paraphrases and figures."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from repro.report.numbers import count, duration, interval, number, size
from repro.report.objections import OBJECTIONS
from repro.report.standing import standing, tone
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.report.sources import Sources
    from repro.results import Cell, ClaimResult, RunResult

KINDS = {
    "theory": "Theory, judged from the code without training",
    "empirical": "Experiments, judged from training runs",
    "finding": "Findings, which the talk does not state",
}
THEORY = "theory"


@dataclass(frozen=True)
class Section:
    """Context beside the claims: a sanity figure, a table of further figures.

    Attributes:
        title: heading, unique in the report.
        text: what is shown, in a paragraph.
        head: the table's headings; empty: no table.
        rows: its cells. Text stands as it is, an int with all digits, a float with three.
        figures: names of pictures.
    """

    title: str
    text: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    figures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A picture as it came out: `svg` is None where it could not be drawn, and `why` says so."""

    name: str
    alt: str
    svg: bytes | None
    why: str = ""

    @property
    def uri(self) -> str | None:
        """The picture as an address that holds it."""
        if self.svg is None:
            return None
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg).decode("ascii")


class _Gallery:
    """Hands out pictures by name; each is shown where it is first asked for and linked after."""

    def __init__(self, drawn: Sequence[Drawn]) -> None:
        self._drawn = {picture.name: picture for picture in drawn}
        self._shown: set[str] = set()

    def show(self, name: str) -> tuple[Drawn, bool]:
        """Get picture `name`, and whether it stands further up already."""
        missing = Drawn(name, "", None, "this run has no such figure")
        again = name in self._shown
        self._shown.add(name)
        return self._drawn.get(name, missing), again

    def rest(self) -> list[str]:
        """Names that nothing has asked for so far."""
        return [name for name in self._drawn if name not in self._shown]


def render(
    result: RunResult, sources: Sources, drawn: Sequence[Drawn], sections: Sequence[Section]
) -> str:
    """Write the page.

    Raises:
        ClaimError: if a claim cites a line without a paraphrase.
    """
    return _template().render(
        run=result,
        about=sources.about,
        cited={claim.id: sources.cite(claim.id, claim.source) for claim in result.claims},
        summary=summary(result),
        drifted=sum(claim.drift for claim in result.claims),
        flipped=sum(claim.flipped for claim in result.claims),
        groups=groups(result.claims),
        gallery=_Gallery(drawn),
        objections=OBJECTIONS if any(c.kind == THEORY for c in result.claims) else (),
        sections=sections,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cases": _cases,
        "cell": _cell,
        "duration": duration,
        "numeric": numeric,
        "size": size,
        "tone": tone,
        "standing": standing,
        "units": _units,
    }
    environment.globals |= {"interval": interval}
    return environment.get_template("report.html.j2")


def groups(claims: Sequence[ClaimResult]) -> list[tuple[str, list[ClaimResult]]]:
    """Gather claims by kind, in the order in which kinds and claims come; one kind needs no heading."""
    gathered: dict[str, list[ClaimResult]] = {}
    for claim in claims:
        gathered.setdefault(claim.kind, []).append(claim)
    if len(gathered) == 1:
        return [("", list(claims))]
    return [(KINDS.get(kind, kind), members) for kind, members in gathered.items()]


def numeric(rows: Sequence[Sequence[Cell]]) -> tuple[bool, ...]:
    """Tell which columns hold numbers alone, to be set flush right; the first names the rows."""
    columns = zip(*rows, strict=True)
    return tuple(
        place > 0 and not any(isinstance(cell, str) for cell in column)
        for place, column in enumerate(columns)
    )


def summary(result: RunResult) -> str:
    """Say in a sentence or two how the run came out."""
    required = [claim for claim in result.claims if claim.required]
    absent = sum(claim.verdict is Verdict.NOT_RUN for claim in required)
    failed = sum(claim.failed for claim in required)
    otherwise = sum(claim.registered is not Verdict.REPRODUCED for claim in result.claims)
    told = []
    if absent:
        told.append(f"{_claims(absent, 'required')} could not be run.")
    if failed:
        told.append(f"{_claims(failed, 'required')} came out otherwise, or with a failed control.")
    drifted = sum(claim.drift for claim in required)
    if required and not told:
        told.append(
            f"No required claim contradicts its registration; {drifted} drifted."
            if drifted
            else "Every required claim came out as registered."
        )
    if otherwise:
        told.append(
            f"{_claims(otherwise)} {'is' if otherwise == 1 else 'are'} registered with an outcome "
            "other than reproduced; the reason stands with each."
        )
    return " ".join(told) or "No required claim was judged."


def _claims(count: int, kind: str = "") -> str:
    words = f"{kind} claim" if kind else "claim"
    return f"1 {words}" if count == 1 else f"{count} {words}s"


def _cell(value: Cell) -> str:
    return value if isinstance(value, str) else number(value)


def _cases(checked: int) -> str:
    return count(checked, "case")


def _units(text: str) -> str:
    """Keep "95 %" on one line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")
