"""One self-contained page from verdicts, paraphrases and figures."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from repro.report.interval_svg import interval_bar, margin_words, sparkline
from repro.report.numbers import count, duration, interval, number, size
from repro.report.objections import OBJECTIONS
from repro.report.operating_characteristics import (
    SPREAD_HEAD,
    WORLD_HEAD,
    not_simulated,
    spread_rows,
    world_rows,
)
from repro.report.outline import groups, summary
from repro.report.recorded_outcome import claim_status, outcome_note
from repro.report.seed_panels import csv_file, seed_panels
from repro.report.svg_axis import short
from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.report.section import Section
    from repro.report.sources import Sources
    from repro.verdicts.results import Cell, ClaimResult, RunResult

HERE = Path(__file__).parent
THEORY = "theory"


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

    def of(self, claims: Sequence[ClaimResult]) -> list[str]:
        """Names of the pictures that these claims show and that could be drawn, each once."""
        names = dict.fromkeys(name for claim in claims for name in claim.figures)
        return [name for name in names if name in self._drawn and self._drawn[name].svg]

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
    script = (HERE / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
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
        seeds=str(result.environment.get("seeds", "")),
        script=Markup(script),  # noqa: S704 - a file of this package
        digest=digest,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cases": _cases,
        "cell": _cell,
        "spread_rows": spread_rows,
        "count": count,
        "duration": duration,
        "figure": _figure,
        "linked": linked,
        "margin": margin_words,
        "numeric": numeric,
        "short": short,
        "world_rows": world_rows,
        "size": size,
        "claim_status": claim_status,
        "outcome_note": outcome_note,
        "units": _units,
    }
    environment.tests["not_simulated"] = not_simulated
    environment.globals |= {
        "characteristics_head": {"spreads": SPREAD_HEAD, "worlds": WORLD_HEAD},
        "csv_file": csv_file,
        "interval": interval,
        "interval_bar": interval_bar,
        "seed_panels": seed_panels,
        "sparkline": sparkline,
        "verdicts": tuple(Verdict),
    }
    return environment.get_template("report.html.j2")


def numeric(rows: Sequence[Sequence[Cell]]) -> tuple[bool, ...]:
    """Tell which columns hold numbers alone, to be set flush right; the first names the rows."""
    columns = zip(*rows, strict=True)
    return tuple(
        place > 0 and not any(isinstance(cell, str) for cell in column)
        for place, column in enumerate(columns)
    )


def _cell(value: Cell) -> str:
    return value if isinstance(value, str) else number(value)


def _cases(checked: int) -> str:
    return count(checked, "case")


def linked(text: str, claims: Sequence[ClaimResult]) -> Markup:
    """Make each id of a claim that stands in a text a link to it."""
    ids = "|".join(re.escape(claim.id) for claim in claims)
    if not ids:
        return escape(text)
    # Every other piece is an id; one within a longer name is none.
    pieces = re.split(rf"(?<![\w.])({ids})(?![\w]|\.\w)", text)
    link = Markup('<a href="#{}">{}</a>')
    return Markup().join(
        link.format(quote(piece), piece) if place % 2 else piece
        for place, piece in enumerate(pieces)
    )


def _figure(claim: ClaimResult) -> str:
    """The figure that a claim is sorted by: what it measured, or else its cases; "" for neither."""
    value = claim.measured.value if claim.measured else claim.checked
    return "" if value is None or math.isnan(value) else repr(float(value))


def _units(text: str) -> str:
    """Keep "95 %" on one line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")
