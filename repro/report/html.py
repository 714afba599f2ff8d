"""Render verdicts, paraphrases and figures as one self-contained page."""

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

from repro.paths import PROJECT
from repro.protocol.tiers import FULL
from repro.report.claim_groups import (
    APART,
    EXIT_CODE,
    FINDING,
    apart_counts,
    groups,
    statement_counts,
    summary,
)
from repro.report.first_screen import ASKED, COMPARED, failed, in_short, picture
from repro.report.found import control_note, found_number, found_sentence, parts_held, parts_of
from repro.report.glossary import GLOSSARY
from repro.report.interval_svg import (
    estimate_words,
    interval_bar,
    is_bound,
    margin_words,
    sparkline,
)
from repro.report.measured_spread import measured_spread
from repro.report.numbers import count, duration, interval, number, short, size
from repro.report.objections import OBJECTIONS
from repro.report.operating_characteristics import SHARES, by_spread, by_world, not_simulated
from repro.report.recorded_outcome import (
    censored_of,
    claim_status,
    figure,
    outcome_note,
    small_samples,
)
from repro.report.seed_panels import csv_file, seed_panels
from repro.report.shared_axis import control_axis, on_shared, ratio_axis, rerun, ruler
from repro.report.talk_coverage import TITLE as COVERAGE
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.report.section import Section
    from repro.report.sources import Sources
    from repro.verdicts import Cell, ClaimResult, RunResult

HERE = Path(__file__).parent
THEORY = "theory"


@dataclass(frozen=True)
class Drawn:
    """A picture as drawn, the content of its two files; if that failed, `why` says why and `svg` is None."""

    name: str
    alt: str
    svg: bytes | None
    why: str = ""
    png: bytes | None = None
    caption: str = ""

    @property
    def uri(self) -> str | None:
        """The picture as a data URI."""
        if self.svg is None:
            return None
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg).decode("ascii")


@dataclass(frozen=True)
class _Thumbnail:
    """A small picture that links to the picture itself: what it shows, and which of a claim's pictures it is."""

    name: str
    title: str
    which: str


def _thumbnail(name: str, claims: Sequence[ClaimResult]) -> _Thumbnail:
    """Name a picture by the titles of the claims that show it, and by its own name if that tells it apart."""
    several = any(claim.kind == THEORY or len(claim.figures) > 1 for claim in claims)
    title = "; ".join(claim.title for claim in claims)
    return _Thumbnail(name, title, figure_words(name) if several else "")


class _Gallery:
    """Pictures by name. Each is embedded once, at its first use; later uses link to it."""

    def __init__(self, drawn: Sequence[Drawn]) -> None:
        self._drawn = {picture.name: picture for picture in drawn}
        self._shown: set[str] = set()

    def show(self, name: str) -> tuple[Drawn, bool]:
        """Return picture `name`, and whether it is shown earlier on the page."""
        missing = Drawn(name, "", None, "this run has no such figure")
        again = name in self._shown
        self._shown.add(name)
        return self._drawn.get(name, missing), again

    def of(self, claims: Sequence[ClaimResult]) -> list[_Thumbnail]:
        """Return thumbnails of the drawn pictures of some claims, each once."""
        found: dict[str, list[ClaimResult]] = {}
        for claim in claims:
            for name in claim.figures:
                if name in self._drawn and self._drawn[name].svg:
                    found.setdefault(name, []).append(claim)
        return [_thumbnail(name, users) for name, users in found.items()]

    def rest(self) -> list[str]:
        """Return the names of the pictures not shown so far."""
        return [name for name in self._drawn if name not in self._shown]


def render(
    result: RunResult, sources: Sources, drawn: Sequence[Drawn], sections: Sequence[Section]
) -> str:
    """Render the page.

    Raises:
        ClaimError: if a claim cites a line without a paraphrase.
    """
    script = (HERE / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return _template().render(
        run=result,
        about=sources.about,
        links=sources.links,
        lines={row[0] for one in sections if one.title == COVERAGE for row in one.rows},
        anchors={one.anchor for one in sections},
        cited={claim.id: sources.cite(claim.id, claim.source) for claim in result.claims},
        summary=summary(result),
        statements=statement_counts(result),
        apart=apart_counts(result),
        exit_code=EXIT_CODE,
        asked=ASKED,
        compared=COMPARED,
        front=picture({one.name for one in drawn if one.svg}),
        in_short=in_short(result),
        failed=failed(result.claims),
        drifted=sum(claim.drift for claim in result.claims),
        flipped=sum(claim.flipped for claim in result.claims),
        groups=groups(result.claims),
        gallery=_Gallery(drawn),
        ratios=ratio_axis(result.claims),
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
    from repro.algorithms import display_name  # noqa: PLC0415 - imports torch and numba

    environment.filters |= {
        "by_spread": by_spread,
        "by_world": by_world,
        "cell": _cell,
        "censored_of": censored_of,
        "claim_status": claim_status,
        "control_axis": control_axis,
        "control_note": control_note,
        "count": count,
        "display_name": display_name,
        "duration": duration,
        "estimate_words": estimate_words,
        "figure": figure,
        "found_number": found_number,
        "found_sentence": found_sentence,
        "is_bound": is_bound,
        "linked": linked,
        "margin": margin_words,
        "measured_spread": measured_spread,
        "numeric": numeric,
        "on_shared": on_shared,
        "outcome_note": outcome_note,
        "parts_held": parts_held,
        "parts_of": parts_of,
        "rerun": rerun,
        "ruler": ruler,
        "short": short,
        "size": size,
        "sort_key": _sort_key,
        "small_samples": small_samples,
        "source_code": source_code,
        "units": _units,
    }
    environment.tests["not_simulated"] = not_simulated
    environment.globals |= {
        "csv_file": csv_file,
        "full_tiers": tuple(tier.name for tier in FULL),
        "glossary": GLOSSARY,
        "interval": interval,
        "interval_bar": interval_bar,
        "notes": APART,
        "seed_panels": seed_panels,
        "sparkline": sparkline,
        "shares_head": SHARES,
        "verdicts": tuple(Verdict),
    }
    return environment.get_template("report.html.j2")


def numeric(rows: Sequence[Sequence[Cell]]) -> tuple[bool, ...]:
    """Return which columns hold only numbers and are right-aligned; the first names the rows."""
    columns = zip(*rows, strict=True)
    return tuple(
        place > 0 and not any(isinstance(cell, str) for cell in column)
        for place, column in enumerate(columns)
    )


def figure_words(name: str) -> str:
    """Name a figure in words: "theory.sarsa_two" is "sarsa two", "ratios.seen_states.ppo" is "ratios, seen states, PPO"."""
    graph = name.startswith((f"{THEORY}.", f"{FINDING}."))
    parts = [name.rpartition(".")[2]] if graph else name.split(".")
    return ", ".join(p.upper() if p.upper() in COMPARED else p.replace("_", " ") for p in parts)


def source_code(claim: ClaimResult) -> str:
    """Read the file that declares and judges a claim; "" if it is not in this checkout."""
    path = PROJECT / claim.file
    return path.read_text(encoding="utf-8") if claim.file and path.is_file() else ""


def linked(text: str, claims: Sequence[ClaimResult]) -> Markup:
    """Turn each claim id in a text into a link to that claim."""
    ids = "|".join(re.escape(claim.id) for claim in claims)
    if not ids:
        return escape(text)
    # Every second piece is an id. An id inside a longer dotted name does not match.
    pieces = re.split(rf"(?<![\w.])({ids})(?![\w]|\.\w)", text)
    link = Markup('<a href="#{}">{}</a>')
    return Markup().join(
        link.format(quote(piece), piece) if place % 2 else piece
        for place, piece in enumerate(pieces)
    )


def _cell(value: Cell) -> str:
    return value if isinstance(value, str) else number(value)


def _sort_key(claim: ClaimResult) -> str:
    """Return the number that the "measured" column sorts by: the figure, else the cases, else ""."""
    value = claim.measured.value if claim.measured else claim.checked
    return "" if value is None or math.isnan(value) else repr(float(value))


def _units(text: str) -> str:
    """Keep "95 %" on one line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")
