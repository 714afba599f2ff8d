"""The page shows every field of a run, and names what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.errors import ClaimError
from repro.report import Section
from repro.report.html import Drawn, render
from repro.verdicts import Detail, Measured, Verdict
from tests.report.example import (
    CLAIM,
    INCONCLUSIVE,
    NOT,
    NOT_RUN,
    REPRODUCED,
    SOURCES,
    SVG,
    Page,
    claim,
    page,
    run,
)


def links_below(shown: Page) -> list[str]:
    """Return the links from the table of contents on."""
    links = [a["href"] for a in shown.all("a")]
    return links[links.index("#all-claims") :]


def test_every_field_of_a_claim_is_on_the_page() -> None:
    text = page(CLAIM).text
    for piece in (
        "Slower by far",
        "transfer.headline",
        "PPO takes longer.",
        "talk:44 13.9 times as slow.",
        "within 1.5 of 13.9",
        "11.5 [4.02,\xa030.0] times",
        "mean epochs, CVS 412",
        "of PPOF 2.00 [1.50,\xa03.00] inconclusive",
        "runs per arm 10",
        "censored, of the runs that are judged 2 of 20",
        "Expected within 1.5 of 13.9 Recorded outcome reproduced Measured [95 % interval] 11.5",
        "Verdict of this run reproduced",
        "arms swapped not reproduced or inconclusive not reproduced as declared",
        "We continue from the last epoch.",
        "nox -s verify_claims -- --claim transfer.headline",
        "time to judge 0.5 s",
    ):
        assert piece in text, piece
    assert "talk:43" not in text


def test_the_head_describes_the_run() -> None:
    head = page(CLAIM).text.partition("All claims")[0]
    for piece in (
        "The talk A. Author. ICML.",
        "tier paper",
        "abc123 with uncommitted changes",
        "wall time 12 min 5 s",
        "python 3.11.9",
        "machine Linux x86_64",
        "cores 2",
        "No required claim contradicts its recorded outcome.",
        "Exit code 0 means “as recorded”: no required claim contradicts its recorded outcome",
    ):
        assert piece in head, piece


@pytest.mark.parametrize(
    ("tier", "kind"),
    [("paper", "note"), ("study", "note"), ("quick", "callout"), ("custom", "callout")],
)
def test_a_tier_below_the_papers_scale_stands_out(tier: str, kind: str) -> None:
    result = replace(run(CLAIM), tier=tier, about="what the tier means")
    html = render(result, SOURCES, (), ())
    assert f'<p class="{kind}">what the tier means.</p>' in html


def test_the_sentence_at_the_top_counts_statements() -> None:
    head = page(CLAIM, claim(NOT, NOT, id="b")).text.partition("All claims")[0]
    assert "1 of 2 statements of the talk reproduced, 1 not reproduced." in head
    beside = page(CLAIM, claim(NOT, NOT, id="b", kind="finding")).text.partition("All claims")[0]
    assert "1 of 1 statement of the talk reproduced." in beside
    assert "Counted separately: 0 of 1 finding reproduced. An explanation tests the cause" in beside
    assert (
        beside.count("All other claims do: they are required. No required claim contradicts") == 1
    )
    assert "Counted separately" not in head
    flipped = page(claim(REPRODUCED, NOT)).text
    assert "0 of 1 statement of the talk reproduced, 1 inconclusive." in flipped


def test_terms_are_explained_in_the_glossary() -> None:
    shown = page(CLAIM)
    glossary = shown.text.partition("Glossary problem")[2]
    assert "recorded outcome the verdict that the last published run found" in glossary
    assert [a["href"] for a in shown.all("a")].count("#glossary") == 2


def test_rows_hold_what_they_are_sorted_and_filtered_by() -> None:
    shown = page(
        CLAIM,
        claim(NOT, id="b", measured=None, checked=96, n=None, censored=None),
        claim(NOT_RUN, id="c", measured=Measured(float("nan"), None, None), n=30),
    )
    keys = ("data-claim", "data-verdict", "data-kind")
    assert [tuple(a[key] for key in keys) for a in shown.all("tr") if "data-claim" in a] == [
        ("transfer.headline", "reproduced", "empirical"),
        ("b", "not reproduced", "empirical"),
        ("c", "not run", "empirical"),
    ]
    titles = [a["data-value"] for a in shown.all("th") if "data-value" in a]
    assert titles == ["Slower by far"] * 3
    assert [a["data-value"] for a in shown.classed("measured")] == ["11.54", "96.0", ""]
    assert [a["data-value"] for a in shown.classed("runs")] == ["10", "", "30"]
    columns = [a["data-column"] for a in shown.all("th") if "data-column" in a]
    assert columns == ["claim", "kind", "verdict", "measured", "n"]
    assert [a["value"] for a in shown.all("option")] == ["", *Verdict, "", "empirical"]


def test_without_the_script_buttons_are_hidden() -> None:
    shown = page(CLAIM)
    (form,) = shown.all("form")
    assert "hidden" in form
    assert [a for a in (dict(a) for _, a in shown.tags) if a.get("id") == "folding"] == [
        {"id": "folding", "hidden": ""}
    ]
    assert len(shown.all("button")) == 2


def test_a_claim_named_in_a_section_is_linked() -> None:
    rows = (
        ("talk:44", "transfer.headline: reproduced"),
        ("transfer.headline", "transfer.headline_direction, a.transfer.headline, b"),
        ("1 < 2", "see transfer.headline. And transfer.headline.x"),
    )
    others = (claim(NOT, id="transfer.headline_direction"), claim(NOT, id="b.c"))
    section = Section("Coverage", "", ("line", "by"), rows)
    shown = page(CLAIM, *others, sections=(section,))
    links = links_below(shown)
    assert links.count("#transfer.headline") == 1 + 2
    assert links.count("#transfer.headline_direction") == 1 + 1
    assert links.count("#b.c") == 1
    for cell in ("transfer.headline : reproduced", "1 < 2", ". And transfer.headline.x"):
        assert cell in shown.text


def test_contents_lead_to_every_section() -> None:
    sections = (Section("Run accounting"), Section("What the talk says, & more"))
    shown = page(CLAIM, sections=sections)
    anchors = [a.get("id") for a in shown.all("h2")]
    assert "section:run-accounting" in anchors
    assert [*(one.anchor for one in sections), "glossary"] == anchors[-3:]
    links = [a["href"] for a in shown.all("a")]
    assert [f"#{anchor}" in links for anchor in anchors] == [True] * len(anchors)


def test_a_clean_checkout_and_none() -> None:
    for commit, dirty, expected in (
        ("abc", False, "abc, clean"),
        (None, None, "not a git checkout"),
    ):
        result = replace(run(CLAIM), commit=commit, dirty=dirty)
        text = Page(render(result, SOURCES, (), ())).text
        assert expected in text
        assert "uncommitted" not in text


def test_every_claim_has_a_row_that_leads_to_its_section() -> None:
    shown = page(CLAIM, claim(NOT, id="b", title="Another"))
    assert shown.claims == [a["data-claim"] for a in shown.all("tr") if "data-claim" in a]
    assert shown.claims == ["transfer.headline", "b"]
    links = links_below(shown)
    assert links.index("#transfer.headline") < links.index("#b")
    assert {tag for tag, a in shown.tags if a.get("id") in shown.claims} == {"details"}


def test_all_is_open_until_the_script_closes_it() -> None:
    shown = page(CLAIM, claim(NOT, id="b", title="Another"))
    assert len(shown.all("details")) > 2
    assert all("open" in a for a in shown.all("details"))


def test_an_explanation_has_a_heading() -> None:
    recorded = page(claim(NOT, NOT, explanation="It is 4 at thirty seeds.")).text
    assert "Why this outcome is recorded. It is 4 at thirty seeds." in recorded
    few = page(claim(INCONCLUSIVE, explanation="All times are equal.")).text
    assert "Why it is inconclusive. All times are equal." in few
    absent = page(claim(NOT_RUN, explanation="A loss was not a number.")).text
    assert "Why it was not run. A loss was not a number." in absent


def test_missing_values_are_dashes() -> None:
    bare = claim(NOT_RUN, measured=None, n=None, censored=None, controls=(), details=())
    text = page(bare).text
    assert "Measured [95 % interval] –" in text
    assert "runs per arm – censored, of the runs that are judged –" in text
    assert "Negative controls None." in text
    assert "Further figures" not in text


def test_open_ends() -> None:
    result = claim(
        REPRODUCED,
        measured=Measured(7.0, 2.0, float("inf")),
        details=(Detail("none", 1.0, 0.0, float("inf")),),
    )
    text = page(result).text
    assert "7.00 [2.00,\xa0∞]" in text
    assert "none no bound" in text


def test_a_line_without_paraphrase_is_refused() -> None:
    with pytest.raises(ClaimError, match=r"transfer\.headline cites talk:7"):
        page(claim(NOT, source=("talk:7",)))


def test_the_page_is_valid_and_accessible() -> None:
    shown = page(CLAIM)
    assert shown.all("html") == [{"lang": "en"}]
    assert {"charset": "utf-8"} in shown.all("meta")
    assert any(a.get("name") == "viewport" for a in shown.all("meta"))
    assert len(shown.all("h1")) == 1
    ids = [a["id"] for _, a in shown.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_the_same_run_gives_the_same_page() -> None:
    pages = {render(run(CLAIM), SOURCES, (Drawn("f", "words", SVG),), ()) for _ in range(2)}
    assert len(pages) == 1


def test_how_far_a_verdict_reaches_is_beside_it() -> None:
    text = page(claim(REPRODUCED, scope="In one setting alone.")).text
    place = text.index("How far this verdict reaches. In one setting alone.")
    assert text.index("Verdict of this run") < place < text.index("runs per arm 10")
    assert "How far this verdict reaches" not in page(CLAIM).text
