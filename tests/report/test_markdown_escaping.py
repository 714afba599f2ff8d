"""No text of a claim becomes markup in report.md."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from repro.report.markdown import LONGEST, code, escape
from repro.verdicts import (
    Control,
    Cost,
    LeftOut,
    Measured,
    ShippedComparison,
)
from tests.report.example import (
    NOT,
    NOT_RUN,
    REPRODUCED,
    claim,
    run,
)
from tests.report.test_markdown import PARSER, Reader, read
from tests.support.results import changed

NASTY = (
    "# `a` *b* __c__ ~~d~~ [e](f) <b>g</b> | &amp; \\| @alice #12 GH-3 :tada: $x$ https://h.org "
    "www.i.org <!-- j --> ![k](l)"
)


def cell(text: str) -> Reader:
    return Reader(f"| a | b |\n| --- | --- |\n| {escape(text)} | {code(text)} |")


@given(st.text(max_size=40) | st.text(st.sampled_from("\\`*_[]()<>&|~!#@:-+.1 aw\n"), max_size=12))
@example(NASTY)
@example("a\\|b")
@example("_a_ b_c __d__")
@example("\\")
def test_any_text_is_shown_literally(text: str) -> None:
    plain = re.sub(r"\s+", " ", "".join(c for c in text if c.isprintable() or c.isspace())).strip()
    shown = cell(text)
    if plain:
        assert shown.all("td") == [plain] * 2
    assert set(shown.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "code", "span"}
    paragraph = Reader(f"- X: {escape(text)}\n\n**X {escape(text)}**")
    assert paragraph.all("li") == [f"X: {plain}".strip()]
    assert set(paragraph.tags) <= {"ul", "li", "p", "strong", "span"}


@given(st.text(st.sampled_from("@#ab1:/w.-GH$ "), max_size=20))
@example(NASTY)
@example("https://a.b www.c.d GH-1 :a-b+1: @a #1 a@b.c $x$ HTTP://a WWW.c gh-1")
def test_github_links_and_mentions_nothing(text: str) -> None:
    """Between two tags, nothing is left that GitHub turns into a link, a mention or a formula."""
    for between in re.split(r"<[^>]*>", PARSER.renderInline(escape(text))):
        assert not re.search(r"[@#$]\w|\w://|www\.|\bGH-\d|:[\w+-]+:", between, re.IGNORECASE)


def test_ordinary_text_is_hardly_escaped() -> None:
    assert escape("finding.bids_value, x86_64: 1.5 (of 2), high-level; a: b") == (
        "finding.bids_value, x86_64: 1.5 (of 2), high-level; a: b"
    )
    assert escape("a < b & c > d | e_") == r"a &lt; b &amp; c &gt; d &#124; e\_"


def test_hidden_characters_and_long_texts_are_cut() -> None:
    assert escape("a\u202eb\u200bc\x00\x1b[1m") == r"abc\[1m"
    assert escape("y" * (LONGEST + 1)) == "y" * LONGEST + " …"
    assert escape("y" * LONGEST) == "y" * LONGEST


def test_hostile_claims_do_not_break_the_page() -> None:
    hostile = claim(
        NOT,
        id=NASTY,
        expected=NASTY,
        explanation=f"{NASTY}\n\n# {NASTY}",
        measured=Measured(1.0, None, None, NASTY),
        controls=(Control(NASTY, (NOT,), REPRODUCED),),
    )
    result = replace(
        run(hostile, replace(hostile, verdict=NOT_RUN), changed(hostile, recorded=NOT)),
        about=NASTY,
        commit=NASTY,
        environment={NASTY: NASTY},
        left_out=(LeftOut(NASTY, NASTY, NASTY),),
        comparison=ShippedComparison(NASTY, fault=NASTY),
        cost=Cost(None, {}, NASTY),
    )
    shown = read(result)
    assert len(shown.all("td")) == 3 * 7 + 3
    assert len(shown.all("h2")) == 1
    assert len(shown.all("h3")) == 4
    assert not {"a", "img", "em", "del", "b"} & set(shown.tags)
