"""A small result, and a reader of the pages that tests render from it."""

from __future__ import annotations

import math
from html.parser import HTMLParser
from pathlib import Path

from matplotlib.figure import Figure

from repro.figures import Picture
from repro.report import Section, Sources
from repro.report.html import Drawn, render
from repro.verdicts import (
    ClaimDeclaration,
    ClaimResult,
    Control,
    Detail,
    Margin,
    Measured,
    PerSeedValues,
    RawData,
    RunResult,
    Subsample,
    Verdict,
)
from tests.support.results import changed

REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN = Verdict
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
VOID = {"meta", "img", "br", "link", "input", "hr", "col"}

SOURCES = Sources(
    {"title": "The talk", "authors": "A. Author", "venue": "ICML", "note": "Counted from 1."},
    {"talk:43": "PPO is slow.", "talk:44": "13.9 times as slow."},
    Path("data/sources.json"),
)
CLAIM = ClaimResult(
    declaration=ClaimDeclaration(
        id="transfer.headline",
        title="Slower by far",
        statement="PPO takes longer.",
        source=("talk:44",),
        kind="empirical",
        required=True,
        recorded=REPRODUCED,
        expected="within 1.5 of 13.9",
        differences="We continue from the last epoch.",
        margin=Margin(9.25, 20.75, 13.9),
        controls={},
    ),
    verdict=REPRODUCED,
    measured=Measured(11.54, 4.02, 30.0, "times"),
    details=(Detail("mean epochs, CVS", 412.5), Detail("of PPOF", 2.0, 1.5, 3.0, INCONCLUSIVE)),
    n=10,
    censored=2,
    runs=20,
    controls=(Control("arms swapped", (NOT, INCONCLUSIVE), NOT),),
    command="nox -s verify_claims -- --claim transfer.headline",
    seconds=0.5,
    points=(
        PerSeedValues("CVS", "epochs", (40.0, 45.0, 50.5), (False, False, False)),
        PerSeedValues("PPO", "epochs", (500.0, None, 12000.0), (False, False, True)),
    ),
    raw=(RawData("ppo/linear_chain.last", "0123456789abcdef" * 4, "trained"),),
)
SUBSAMPLES = (
    Subsample("0-9", REPRODUCED, Measured(12.5, 5.0, 31.0, "times"), 10, 0, 20),
    Subsample("10-19", INCONCLUSIVE, Measured(14.5, 4.0, math.inf, "times"), 10, 1, 20),
    Subsample("20-29", REPRODUCED, None, 10, None),
)


def claim(verdict: Verdict, recorded: Verdict = REPRODUCED, **changes: object) -> ClaimResult:
    """Return CLAIM with another outcome."""
    return changed(CLAIM, verdict=verdict, recorded=recorded, **changes)


def run(*claims: ClaimResult) -> RunResult:
    """Make a run of these claims."""
    environment = {"python": "3.11.9", "machine": "Linux x86_64", "cores": 2}
    return RunResult("paper", "abc123", True, environment, 725.0, claims)


def picture(name: str, alt: str = "a line going up") -> Picture:
    """Make a small figure."""
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([1, 2])
    return Picture(name, alt, figure)


class Page(HTMLParser):
    """Tags and texts of a page; all tags must be closed."""

    def __init__(self, html: str) -> None:
        """Read `html`."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record a tag."""
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record a self-closing tag."""
        self.tags.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Check that it closes the innermost open tag."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Record a text with its enclosing tag."""
        if data.strip():
            inside = "svg" if "svg" in self._open else self._open[-1] if self._open else ""
            self.texts.append((inside, " ".join(data.split(" ")).strip()))

    @property
    def text(self) -> str:
        """The visible text of the page."""
        return " ".join(text for tag, text in self.texts if tag not in {"style", "script"})

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def claims(self) -> list[str]:
        """Ids of the claims, in order."""
        return [a["id"] for a in self.classed("claim")]

    def classed(self, word: str) -> list[dict[str, str]]:
        """Return the attributes of every tag with this class."""
        return [a for _, a in self.tags if word in a.get("class", "").split()]


def page(
    *claims: ClaimResult, drawn: tuple[Drawn, ...] = (), sections: tuple[Section, ...] = ()
) -> Page:
    """Render the page of these claims and parse it."""
    return Page(render(run(*claims), SOURCES, drawn, sections))
