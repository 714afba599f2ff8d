"""The page loads nothing, and no text on it is executed."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any

import pytest

from repro.report import Section
from repro.report.html import Drawn, render
from repro.verdicts import (
    Agreement,
    Compared,
    Control,
    Cost,
    Detail,
    Measured,
    PerSeedValues,
    RawData,
    ShippedComparison,
    Table,
)
from tests.report.example import CLAIM, NOT, REPRODUCED, SOURCES, SVG, Page, claim, run

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"
LOADING = {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}
HARMLESS = ("#", "data:image/svg+xml;base64,", "data:text/csv;charset=utf-8,")
FILES = ("figures/", "runs.csv")
"""Files next to the page, which open only if a reader follows the link."""


def hostile(rows: int) -> str:
    """Render a run in which every text is hostile."""
    fields = ("title", "statement", "expected", "differences", "command", "explanation", "kind")
    texts: dict[str, Any] = dict.fromkeys(fields, EVIL)
    evil = claim(
        NOT,
        id="../" + EVIL,
        measured=Measured(2.0, 1.0, 3.0, EVIL),
        figures=(EVIL, "f", "f"),
        details=(Detail(EVIL, 1.0),),
        tables=(Table(EVIL, (EVIL,), ((EVIL,),) * rows),),
        controls=(Control(EVIL, (NOT,), NOT),),
        points=(PerSeedValues(EVIL, EVIL, (1.0, 20.0), (False, True)),),
        raw=(RawData("raw " + EVIL, "digest " + EVIL, "came " + EVIL),) * rows,
        **texts,
    )
    result = replace(
        run(evil),
        tier=EVIL,
        commit=EVIL,
        about=EVIL,
        cost=Cost(1, {EVIL: 1.0}, EVIL),
        comparison=ShippedComparison(EVIL, (Compared(EVIL, Agreement.ALIKE, EVIL),), EVIL),
    )
    result.environment.update({EVIL: EVIL, "seeds": EVIL})
    section = Section(EVIL, EVIL, (EVIL,), ((EVIL,), (f"{EVIL} ../{EVIL}",)), (EVIL,))
    drawn = (Drawn("f", EVIL, SVG), Drawn("g", EVIL, None, EVIL))
    return render(result, SOURCES, drawn, (section,))


def test_nothing_is_loaded() -> None:
    plain = claim(REPRODUCED, figures=("f",))
    section = Section("S", "see http://example.org", ("a",), (("b",),))
    html = render(run(plain), SOURCES, (Drawn("f", "words", SVG),), (section,))
    shown = Page(html)
    for tag, attributes in shown.tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "use", "image"}
        for key, value in attributes.items():
            assert not key.startswith("on")
            harmless = (*HARMLESS, *FILES) if tag == "a" else HARMLESS
            assert key not in LOADING or value.startswith(harmless)
            assert "url(" not in value
            assert "//" not in value or value.startswith("data:image/svg+xml;base64,")
    (style,) = [text for tag, text in shown.texts if tag == "style"]
    assert "url(" not in style
    assert "@import" not in style
    assert re.findall(r"https?://[^\s<]+", html) == ["http://example.org"]
    assert "http://example.org" in shown.text


def test_only_our_script_may_run_and_it_loads_nothing() -> None:
    html = render(run(CLAIM), SOURCES, (), ())
    shown = Page(html)
    assert shown.all("script") == [{}]
    (script,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = [a["content"] for a in shown.all("meta") if "http-equiv" in a]
    assert [one.split("; ") for one in policy] == [
        [
            "default-src 'none'",
            "img-src data:",
            "style-src 'unsafe-inline'",
            f"script-src 'sha256-{digest}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    ]
    for reach in ("fetch", "XMLHttp", "import", "innerHTML", "eval", "Function(", "storage"):
        assert reach not in script


@pytest.mark.parametrize("rows", [1, 13])
def test_html_in_any_text_is_escaped(rows: int) -> None:
    html = hostile(rows)
    shown = Page(html)
    assert shown.all("script") == [{}]
    assert html.count("<script") == 1
    assert "49" not in shown.text
    (image,) = shown.all("img")
    assert image["alt"] == EVIL
    assert set(image) == {"src", "alt"}
    assert shown.claims == ["../" + EVIL]
    for tag, attributes in shown.tags:
        assert not any(key.startswith("on") for key in attributes), tag
    ids = {a["id"] for _, a in shown.tags if "id" in a}
    assert {one for one in ids if EVIL in one} == {"../" + EVIL, "figure:" + EVIL, "kind:" + EVIL}
    names = {"title", "statement", "expected", "differences", "command", "explanation", "kind"}
    assert shown.text.count(EVIL) >= len(names) + 20 + rows
    for piece in ("raw", "digest", "came"):
        assert shown.text.count(f"{piece} {EVIL}") == rows
    drawings = [a["aria-label"] for a in shown.all("svg") if "aria-label" in a]
    assert [EVIL in label for label in drawings] == [True, True]


def test_a_path_in_an_id_is_not_in_a_file_name() -> None:
    for name, expected in (("../../etc/passwd", "etc.passwd.csv"), ("a.b_c-d", "a.b_c-d.csv")):
        shown = Page(render(run(claim(NOT, id=name)), SOURCES, (), ()))
        assert [a["download"] for a in shown.all("a") if "download" in a] == [expected]
    (link,) = [a for a in Page(hostile(1)).all("a") if "download" in a]
    assert re.fullmatch(r"[\w.-]+\.csv", link["download"])
    assert not set("<>\"' ") & set(link["href"])
