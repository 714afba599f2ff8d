"""The badge as SVG is well-formed, self-contained, readable and wide enough."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from repro.report.badge import Badge
from repro.report.badge_svg import LEFT, RIGHT, text_width, to_svg

SVG = "{http://www.w3.org/2000/svg}"
MESSAGE = "13/17 statements reproduced · 2 inconclusive · 1 claim drifted · paper tier"
COLORS = ("brightgreen", "yellow", "red")


def drawn(message: str = MESSAGE, color: str = "yellow") -> ET.Element:
    return ET.fromstring(to_svg(Badge(message, color)))  # noqa: S314 - written by this project


def test_the_text_alternative_is_the_message() -> None:
    root = drawn()
    assert root.get("role") == "img"
    assert root.get("aria-label") == f"claims: {MESSAGE}"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == f"claims: {MESSAGE}"
    assert [text.text for text in root.iter(f"{SVG}text")] == ["claims", "claims", MESSAGE, MESSAGE]


def test_texts_are_inside_their_fields() -> None:
    root = drawn()
    width = int(root.attrib["width"])
    left, right, shade = (rect.attrib for rect in root.findall(f"{SVG}g/{SVG}rect"))
    assert int(left["width"]) == int(right["x"])
    assert int(right["x"]) + int(right["width"]) == int(shade["width"]) == width
    places = [
        (int(t.attrib["x"]), int(t.attrib["x"]) + int(t.attrib["textLength"]))
        for t in root.iter(f"{SVG}text")
    ]
    seam = int(right["x"])
    assert places[:2] == [(6, seam - 6)] * 2
    assert places[2:] == [(seam + 6, width - 6)] * 2


@pytest.mark.parametrize("color", COLORS)
def test_nothing_is_loaded(color: str) -> None:
    text = to_svg(Badge("1/1 reproduced", color)).replace("http://www.w3.org/2000/svg", "", 1)
    assert not re.search(r"https?:|href|src|@import|<style|<script|<image", text)
    assert set(re.findall(r"url\((.*?)\)", text)) == {"#shade", "#round"}


@given(st.text(st.characters(exclude_categories=["C"])), st.sampled_from(COLORS))
def test_any_message_is_drawn_literally(message: str, color: str) -> None:
    root = drawn(message, color)
    assert root.get("aria-label") == f"claims: {message}"
    assert [text.text or "" for text in root.iter(f"{SVG}text")][2:] == [message] * 2
    assert to_svg(Badge(message, color)) == to_svg(Badge(message, color))


def test_markup_in_a_message_is_escaped() -> None:
    text = to_svg(Badge('"/><script>alert(1)</script>&', "red"))
    assert "<script" not in text
    assert "claims: &quot;/&gt;&lt;script&gt;" in text


@pytest.mark.parametrize(
    "text",
    [
        "claims",
        MESSAGE,
        "not reproduced",
        "0123456789/",
        "number of statements unknown, uncommitted changes",
        "runs differ from shipped · 12 not chosen · quick tier",
        "custom",
        "sphinx of black quartz, judge my vow",
    ],
)
def test_widths_are_those_of_the_letters(text: str) -> None:
    """Compare with the outlines of DejaVu Sans, up to bearings and rounding."""
    face = FontProperties(family="DejaVu Sans")
    box = TextPath((0, 0), text, size=11, prop=face).get_extents()
    assert text_width(text) == pytest.approx(box.width, abs=3, rel=0.01)


def test_an_unknown_letter_has_the_maximum_width() -> None:
    assert text_width("漢漢") == 22


def _luminance(red: float, green: float, blue: float) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> list[float]:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    return [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]


@pytest.mark.parametrize("over", [0.733, 0.0])
@pytest.mark.parametrize("colours", [LEFT, *RIGHT.values()])
def test_letters_have_contrast_at_both_ends_of_the_shade(
    colours: tuple[str, str, str], over: float
) -> None:
    """WCAG AA requires 4.5 for small text; the shade covers the fill by a tenth."""
    fill = _luminance(*(0.9 * part + 0.1 * over for part in _parts(colours[0])))
    letters = _luminance(*_parts(colours[1]))
    light, dark = max(fill, letters), min(fill, letters)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
