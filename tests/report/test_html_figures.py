"""Figures on the page: embedded once, with their alt texts; those that are missing are named."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from repro.report import Section
from repro.report.html import Drawn
from tests.report.example import CLAIM, NOT, REPRODUCED, SVG, claim, page

if TYPE_CHECKING:
    from repro.verdicts import ClaimResult


def test_a_figure_is_embedded_with_its_alt_text() -> None:
    result = claim(REPRODUCED, figures=("f",))
    shown = page(result, drawn=(Drawn("f", "a line going up", SVG),))
    (image,) = shown.all("img")
    assert image["alt"] == "a line going up"
    head, _, data = image["src"].partition(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(data) == SVG


def test_a_figure_is_embedded_once_and_linked_afterwards() -> None:
    first, second = claim(NOT, id="a", figures=("f",)), claim(NOT, id="b", figures=("f",))
    shown = page(first, second, drawn=(Drawn("f", "words", SVG),))
    assert len(shown.all("img")) == 1
    (target,) = [a["id"] for a in shown.all("figure")]
    assert [a["href"] for a in shown.all("a")].count("#" + target) == 2  # a thumbnail, and claim b
    assert "is shown above" in shown.text


def with_thumbnails(*claims: ClaimResult) -> str:
    """Return the text of a page on which all figures of some claims are drawn."""
    names = {name for one in claims for name in one.figures}
    return page(*claims, drawn=tuple(Drawn(name, "words", SVG) for name in names)).text


def test_a_thumbnail_has_the_title_of_its_claim() -> None:
    one = claim(NOT, id="a", title="Slower <by far>", figures=("ratio.a",))
    two = claim(NOT, id="b", title="Faster", figures=("ratio.a", "curves.seen_states.ppo"))
    shown = "Slower <by far>; Faster ratio, a Faster curves, seen states, PPO"
    assert shown in with_thumbnails(one, two)
    assert "ratio, a" not in with_thumbnails(one)  # the title alone tells its only figure apart
    graph = claim(NOT, id="c", title="Modular", kind="theory", figures=("theory.sarsa_two",))
    assert "Modular sarsa two" in with_thumbnails(graph)


def test_missing_and_broken_figures_are_reported() -> None:
    result = claim(REPRODUCED, figures=("lost", "broken"))
    shown = page(result, drawn=(Drawn("broken", "words", None, "OSError: disk full"),))
    assert "Figure lost could not be shown: this run has no such figure" in shown.text
    assert "Figure broken could not be shown: OSError: disk full" in shown.text
    assert shown.all("img") == []


def test_unused_figures_are_shown_at_the_end() -> None:
    drawn = (Drawn("f", "first", SVG), Drawn("g", "second", SVG))
    shown = page(claim(NOT, figures=("g",)), drawn=drawn)
    assert [a["alt"] for a in shown.all("img")] == ["second", "first"]
    assert "Other figures" in shown.text
    assert "Other figures" not in page(claim(NOT, figures=("f", "g")), drawn=drawn).text


def test_a_section_shows_its_table_and_figures() -> None:
    rows = (("uniform return", 0.012345, 4096), ("headline", "11.5 [4.0, 30]", None))
    section = Section("Sanity", "What to expect.", ("what", "value", "steps"), rows, ("f",))
    shown = page(CLAIM, drawn=(Drawn("f", "words", SVG),), sections=(section,))
    for piece in ("Sanity What to expect.", "what value steps", "uniform return 0.0123 4,096"):
        assert piece in shown.text
    assert "headline 11.5 [4.0, 30] –" in shown.text
    assert len(shown.all("img")) == 1
