"""A report shows records, errors, the talk and names only as text, whatever they contain.

tests/report has the same tests for the texts of claims (test_html_safe, test_markdown, test_badge_svg).
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from repro.figures import Picture, save
from repro.report import Section, Sources, write_report
from repro.report.html import Drawn, render
from repro.report.markdown import to_markdown
from repro.report.run_sections import run_sections
from repro.verdicts import Accounts, Agreement, BlockAccount, Compared, LeftOut, ShippedComparison
from tests.report.example import NOT_RUN, SOURCES, SVG, Page, claim, run

if TYPE_CHECKING:
    from repro.verdicts import RunResult

EVIL = (
    "</script><script>alert(1)</script></style></title></textarea>--><!-- ]]><svg onload=alert(1)>"
    "\"'` onerror=alert(1) x=<a href=javascript:alert(1)>{{7*7}}{% raw %}&lt;b&gt;"
)
LOADING = {"src", "href", "srcset", "action", "formaction", "data", "poster", "xlink:href"}
TAGS = {"h2", "h3", "p", "strong", "ul", "li", "pre", "code", "span", "details", "summary"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
HARMLESS = ("#", "data:image/svg+xml;base64,", "data:text/csv;charset=utf-8,")


def hostile() -> RunResult:
    """A run with hostile texts everywhere except in the claims."""
    failed = BlockAccount(EVIL, EVIL, 3, digest=EVIL, error=EVIL)
    done = BlockAccount("b " + EVIL, "c " + EVIL, 3, 1, resumed=True, digest="d " + EVIL)
    return replace(
        run(claim(NOT_RUN, explanation=EVIL, measured=None)),
        accounts=Accounts((failed, done)),
        left_out=(LeftOut(EVIL, EVIL, EVIL),),
        comparison=ShippedComparison(
            EVIL, tuple(Compared(EVIL, likeness, EVIL) for likeness in Agreement)
        ),
    )


def talk() -> Sources:
    """A talk with hostile texts and a hostile name."""
    about = dict.fromkeys(SOURCES.about, EVIL)
    return Sources(about, dict.fromkeys(SOURCES.lines, EVIL), Path(EVIL[:20].replace("/", "")))


def test_the_page_executes_nothing() -> None:
    result = hostile()
    sections = [*run_sections(result), Section(EVIL, EVIL, (EVIL,), ((EVIL,),))]
    html = render(result, talk(), (Drawn("f", EVIL, SVG), Drawn("g", EVIL, None, EVIL)), sections)
    shown = Page(html)
    assert shown.all("script") == [{}]
    assert html.count("<script") == html.count("</script") == 1
    assert len(shown.all("style")) == html.count("</style") == 1
    assert "49" not in shown.text
    for tag, attributes in shown.tags:
        assert tag not in {"iframe", "object", "embed", "base", "textarea"}
        for key, value in attributes.items():
            assert not key.startswith("on"), tag
            harmless = (*HARMLESS, "figures/", "runs.csv", "https://") if tag == "a" else HARMLESS
            assert key not in LOADING or value.startswith(harmless), (tag, key)
    # Errors, digests, the talk and the claims left out are shown unchanged.
    assert shown.text.count(EVIL) >= 15
    for piece in ("b ", "c ", "d "):
        assert piece + EVIL in shown.text


def test_the_markdown_executes_nothing() -> None:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(to_markdown(hostile()))
    tags = {tag.lower() for tag in re.findall(r"<\s*([a-zA-Z!]\w*)", html)}
    assert tags <= TAGS
    assert not re.search(r"<[^>]*\b(on\w+|href|src)\s*=", html)


def test_texts_in_pictures_are_only_text(tmp_path: Path) -> None:
    figure = Figure(figsize=(2, 2))
    axes = figure.subplots()
    words = EVIL.replace("$", "")
    axes.set_title(words)
    axes.plot([0, 1], label=words)
    axes.legend()
    save(Picture("evil", words, figure), tmp_path)
    root = ET.fromstring((tmp_path / "evil.svg").read_bytes())  # noqa: S314 - the file under test
    for element in root.iter():
        assert element.tag.rpartition("}")[2] not in {"script", "a", "foreignObject", "image"}
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert name.rpartition("}")[2] != "href" or value.startswith("#")


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\x1b[2J", "\u202eabc", "\ufffe"])
def test_text_that_cannot_be_written_does_not_affect_other_files(tmp_path: Path, text: str) -> None:
    """Every file exists and can be read, or is named in the error."""
    result = replace(hostile(), left_out=(LeftOut("an.id", text, text),))
    faults = ""
    try:
        write_report(result, tmp_path, sources=SOURCES)
    except Exception as error:  # noqa: BLE001 - its message is checked
        faults = str(error)
    for name in ("claims.json", "runs.csv", "badge.json", "badge.svg", "report.md", "index.html"):
        path = tmp_path / name
        assert path.exists() != (f"{name}: " in faults), faults
        if path.exists():
            path.read_text(encoding="utf-8")
