"""Every pair of text and background colours has the contrast that WCAG level AA requires."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import repro.report
from tests.support.pictures import DARK as FIGURES_IN_DARK_MODE
from tests.support.pictures import contrast, darkened

FOLDER = Path(repro.report.__file__).parent
CSS = "".join((FOLDER / name).read_text("utf-8") for name in ("style.css", "claims.css"))
LIGHT, DARK = re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL)
PAIRS = [
    ("ink", "page"),
    ("ink", "panel"),
    ("muted", "page"),
    ("muted", "panel"),
    ("accent", "page"),
    ("accent", "panel"),
    ("bad", "page"),
    ("ink", "fair-bg"),
    *((status, f"{status}-bg") for status in ("good", "no", "fair", "bad", "idle")),
]
DRAWN = [
    *((mark, ground) for mark in ("mark", "edge", "ink") for ground in ("page", "panel", "band")),
    ("field", "page"),
    ("field", "panel"),
    ("accent", "page"),
]
"""Marks, ends of a margin, the talk's figure, axes and fields, each with its background."""


def test_contrast_of_known_pairs() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out(scheme: str, text: str, ground: str) -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", scheme))
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), DRAWN)
def test_drawings_stand_out(scheme: str, mark: str, ground: str) -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", scheme))
    assert contrast(colours[mark], colours[ground]) >= 3


def test_both_schemes_have_every_colour_that_is_used() -> None:
    names = [set(re.findall(r"--([a-z-]+): ", scheme)) for scheme in (LIGHT, DARK)]
    assert names[0] == names[1] == set(re.findall(r"var\(--([a-z-]+)\)", CSS))


def test_no_colour_is_set_outside_the_two_schemes() -> None:
    rules = CSS.replace(LIGHT, "").replace(DARK, "")
    rules = re.sub(r"/\*.*?\*/", "", rules)
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgb|hsl", rules) == []


def test_figures_are_as_dark_as_the_page_in_dark_mode() -> None:
    """The checks of figures compute the same filter as the page has."""
    assert f"filter: {FIGURES_IN_DARK_MODE};" in CSS
    assert f"--page: {darkened('white')};" in DARK
