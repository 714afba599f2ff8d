"""Parts of the page for theory claims: tables, counts of cases, groups, objections."""

from __future__ import annotations

import re
from typing import Any

import pytest

from repro.report.html import Drawn, numeric, render
from repro.report.objections import OBJECTIONS
from repro.verdicts import ClaimResult, Control, Table, Verdict
from tests.report.example import CLAIM, NOT, REPRODUCED, SOURCES, SVG, claim, page, run

RULES = Table(
    "Rules by answer",
    ("rule", "answer", "cases", "share"),
    (("sarsa", "modular", 1234, 0.5), ("ppo", "not modular", None, 0.123456)),
)


def theory(claim_id: str = "theory.criterion", **changes: object) -> ClaimResult:
    """A claim that is checked on cases."""
    fields: dict[str, Any] = {"measured": None, "n": None, "censored": None, "details": ()}
    fields |= {"verdict": REPRODUCED, "kind": "theory", "checked": 135, "points": (), "raw": ()}
    fields |= {"margin": None, **changes}
    return claim(**fields, id=claim_id)


def finding(claim_id: str = "finding.n_step_coding") -> ClaimResult:
    return theory(claim_id, kind="finding", required=False)


def long(rows: int) -> Table:
    return Table("All shapes", ("shape", "verdict"), tuple((f"s{i}", "x") for i in range(rows)))


def test_a_table_is_shown_after_the_figures_and_before_the_controls() -> None:
    text = page(theory(tables=(RULES,))).text
    expected = (
        "Rules by answer rule answer cases share "
        "sarsa modular 1,234 0.500 ppo not modular – 0.123 Negative controls"
    )
    assert expected in text
    with_details = page(claim(NOT, tables=(RULES,))).text
    assert with_details.index("Further figures") < with_details.index("Rules by answer")


def test_only_columns_of_numbers_are_right_aligned() -> None:
    assert numeric(RULES.rows) == (False, False, True, True)
    assert numeric(((1, 2.0, None), (3, "x", 4))) == (False, False, True)
    html = render(run(theory(tables=(RULES,))), SOURCES, (), ())
    assert '<th scope="row">sarsa</th><td>modular</td><td class="num">1,234</td>' in html


@pytest.mark.parametrize(("rows", "folded"), [(1, False), (6, False), (7, True), (1500, True)])
def test_long_tables_are_collapsed(rows: int, folded: bool) -> None:
    shown = page(theory(tables=(long(rows),)))
    assert len(shown.classed("fold")) == 1 + folded
    assert (f"All shapes {rows:,} rows shape verdict" in shown.text) is folded
    assert f"s{rows - 1} x" in shown.text


def test_a_wide_table_scrolls_and_takes_keyboard_focus() -> None:
    wide = Table("Wide", tuple(f"column {i}" for i in range(40)), (tuple("x" * 40),))
    html = render(run(theory(tables=(wide, long(20)))), SOURCES, (), ())
    plain = re.findall(r"(.*)\n<table>", html)
    assert len(plain) == 2
    assert all(line.startswith('<div class="scroll" tabindex="0" role="group"') for line in plain)
    assert [a["aria-label"] for a in page(theory(tables=(wide,))).classed("scroll")] == ["Wide"]


def test_a_claim_without_runs_shows_its_number_of_cases() -> None:
    text = page(theory()).text
    overview, _, article = text.partition("theory.criterion · theory")
    assert "135 cases" in overview
    assert "Checked on 135 cases" in article
    assert "cases checked" not in article
    assert "runs per arm" not in article
    assert "Measured [95 % interval]" not in article
    assert "1 case " in page(theory(checked=1)).text


def test_an_estimate_comes_before_the_count_of_cases() -> None:
    text = page(claim(NOT, checked=135)).text
    assert "Measured [95 % interval] 11.5 [4.02,\xa030.0] times" in text
    assert "cases checked 135" in text
    assert "runs per arm 10" in text
    assert "135 cases" not in text


def test_claims_are_grouped_by_kind() -> None:
    shown = page(CLAIM, finding("finding.b"), theory("theory.c"), theory("theory.a", kind="other"))
    order = (
        "Theory, judged",
        "theory.c · theory",
        "Experiments, judged",
        "transfer.headline · empirical",
        "Findings, which",
        "finding.b · finding · not required",
        "theory.a · other",
    )
    body = shown.text.partition("All claims")[2].partition("All claims")[2]
    places = [body.index(piece) for piece in order]
    assert places == sorted(places)
    assert shown.claims == ["theory.c", "transfer.headline", "finding.b", "theory.a"]
    assert [a["data-kind"] for a in shown.all("tr") if "data-kind" in a] == [
        "theory",
        "empirical",
        "finding",
        "other",
    ]
    headings = [a["id"] for a in shown.all("h2") if a.get("id", "").startswith("kind:")]
    assert headings == ["kind:theory", "kind:empirical", "kind:finding", "kind:other"]
    links = [a["href"] for a in shown.all("a")]
    links = links[links.index("#all-claims") :]
    assert links[:5] == ["#all-claims", *("#" + heading for heading in headings)]


def test_theory_graphs_have_thumbnails_that_link_to_the_figures() -> None:
    drawn = tuple(Drawn(name, "words", SVG) for name in ("theory.a", "b_c", "training"))
    broken = Drawn("broken", "words", None, "why")
    one = theory("theory.one", figures=("theory.a", "broken", "lost"))
    two = theory("theory.two", figures=("b_c", "theory.a"))
    shown = page(one, two, claim(REPRODUCED, figures=("training",)), drawn=(*drawn, broken))
    small = [a["data-figure"] for a in shown.classed("thumb")]
    assert small == ["theory.a", "b_c", "training"]
    assert len(shown.all("img")) == 3
    links = [a["href"] for a in shown.all("a")]
    assert [f"#figure:{name}" in links for name in small] == [True] * 3
    assert "witness" not in page(CLAIM).text.rpartition("Glossary")[0]
    assert page(theory("theory.one")).classed("graphs") == []


def test_objections_are_answered_if_theory_claims_were_judged() -> None:
    shown = page(theory(), CLAIM)
    for number, objection in enumerate(OBJECTIONS, 1):
        assert f"{number}. {objection.says} {objection.answer}" in shown.text
    assert {"href": "#objections"} in shown.all("a")
    assert "objections" in [a.get("id") for a in shown.all("h2")]


@pytest.mark.parametrize("others", [(CLAIM,), (finding(),), ()])
def test_there_are_no_objections_without_theory_claims(others: tuple[ClaimResult, ...]) -> None:
    shown = page(*others)
    assert "Objections to the theory" not in shown.text
    assert "objections" not in [a.get("id") for _, a in shown.tags]


def test_an_objection_links_claims_of_this_run_with_their_verdicts() -> None:
    broken = Control("halves", (NOT,), REPRODUCED)
    shown = page(
        theory(),
        theory("theory.acyclic", verdict=NOT),
        theory("theory.no_training", controls=(broken,)),
    )
    answers = shown.text.partition("Objections to the theory Objections")[2]
    assert "theory.criterion reproduced" in answers
    assert "theory.acyclic not reproduced flipped, recorded reproduced" in answers
    assert "theory.no_training reproduced a control failed" in answers
    assert "theory.policy_gradient not among the claims of this run" in answers
    links = [a["href"] for a in shown.all("a")]
    assert links.count("#theory.acyclic") == 3  # exceptions, table, objection
    assert "#theory.policy_gradient" not in links


def test_objections_name_claims() -> None:
    assert len(OBJECTIONS) == len({one.says for one in OBJECTIONS}) == 6
    for one in OBJECTIONS:
        assert one.claims
        assert all(re.fullmatch(r"(theory|finding)\.[a-z_]+", name) for name in one.claims)


def test_no_answer_states_an_outcome() -> None:
    """The answers are fixed text and must not state what the claims test."""
    words = {verdict.value for verdict in Verdict}
    for one in OBJECTIONS:
        assert not any(word in one.answer for word in words)
        assert re.findall(r"\d", one.answer) == []
