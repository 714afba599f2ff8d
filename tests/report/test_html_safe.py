"""The page fetches nothing, and no text on it can act."""

from __future__ import annotations

from typing import Any

import pytest

from repro.report import Section
from repro.report.html import Drawn, render
from repro.results import Control, Detail, Table
from tests.report.example import NOT, REPRODUCED, SOURCES, SVG, Page, claim, run

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"


def test_nothing_is_fetched() -> None:
    told = claim(REPRODUCED, figures=("f",))
    section = Section("S", "see http://example.org", ("a",), (("b",),))
    html = render(run(told), SOURCES, (Drawn("f", "words", SVG),), (section,))
    shown = Page(html)
    loading = {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}
    for tag, attributes in shown.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "use"}
        for key, value in attributes.items():
            assert not key.startswith("on")
            assert key not in loading or value.startswith(("#", "data:image/svg+xml;base64,"))
    (style,) = [text for tag, text in shown.texts if tag == "style"]
    assert "url(" not in style
    assert "@import" not in style
    policy = [a["content"] for a in shown.all("meta") if "http-equiv" in a]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


@pytest.mark.parametrize("rows", [1, 13])
def test_html_in_any_text_does_no_harm(rows: int) -> None:
    fields = ("title", "statement", "expected", "differences", "command", "explanation", "kind")
    texts: dict[str, Any] = dict.fromkeys(fields, EVIL)
    told = claim(
        NOT,
        id="../" + EVIL,
        figures=(EVIL, "f", "f"),
        details=(Detail(EVIL, 1.0),),
        tables=(Table(EVIL, (EVIL,), ((EVIL,),) * rows),),
        controls=(Control(EVIL, (NOT,), NOT),),
        **texts,
    )
    section = Section(EVIL, EVIL, (EVIL,), ((EVIL,),), (EVIL,))
    result = run(told)
    result.environment[EVIL] = EVIL
    drawn = (Drawn("f", EVIL, SVG), Drawn("g", EVIL, None, EVIL))
    html = render(result, SOURCES, drawn, (section,))
    shown = Page(html)
    assert shown.all("script") == []
    assert "49" not in shown.text
    (image,) = shown.all("img")
    assert image["alt"] == EVIL
    assert set(image) == {"src", "alt"}
    assert shown.all("article") == [{"id": "../" + EVIL}]
    assert shown.text.count(EVIL) >= len(texts) + 10 + rows
    ids = {a["id"] for _, a in shown.tags if "id" in a}
    assert ids == {"all-claims", "../" + EVIL, "figure:f", "figure:g", "figure:" + EVIL}
