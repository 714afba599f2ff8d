"""Every statement of the talk has claims that cite it, or a reason why none does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from repro import cli
from repro.report import Sources, load_sources
from repro.report.claim_groups import FINDING
from repro.report.sources import Untested
from repro.report.talk_coverage import TITLE, talk_coverage
from tests.report.example import CLAIM, INCONCLUSIVE, NOT, NOT_RUN, REPRODUCED
from tests.support.results import changed

if TYPE_CHECKING:
    from repro.verdicts import ClaimResult


class Declared(NamedTuple):
    """The fields of a claim's marker that say which lines it cites."""

    id: str
    kind: str
    source: tuple[str, ...]


def sources(**changes: object) -> Sources:
    """Four statements, the last one first."""
    lines = {"talk:10": "ten", "talk:9": "nine", "talk:2": "two", "talk:1": "one"}
    made = Sources({"title": "T"}, lines, Path("s.json"))
    return replace(made, **changes)  # type: ignore[arg-type]  # any field


def judged(claim_id: str, **changes: object) -> ClaimResult:
    """A claim with its recorded outcome."""
    return changed(CLAIM, id=claim_id, controls=(), **changes)


def answers(of: Sources, declared: list[Declared], *results: ClaimResult) -> dict[str, str]:
    """Return the answer of each line."""
    section = talk_coverage(of, declared, results)
    assert section.head == ("line", "what the talk says", "checked by", "also in lines")
    return {str(row[0]): str(row[2]) for row in section.rows}


def test_statements_are_in_the_order_of_the_talk() -> None:
    section = talk_coverage(sources(same={"talk:2": (3, 14)}), [], [])
    assert section.title == TITLE
    assert [(row[0], row[1], row[3]) for row in section.rows] == [
        ("talk:1", "one", ""),
        ("talk:2", "two", "3, 14"),
        ("talk:9", "nine", ""),
        ("talk:10", "ten", ""),
    ]


def test_a_claim_is_listed_at_each_line_that_it_cites() -> None:
    declared = [
        Declared("a.x", "theory", ("talk:1", "talk:9")),
        Declared("a.y", "empirical", ("talk:9", "talk:9")),
    ]
    found = answers(sources(), declared, judged("a.x"), judged("a.y"))
    assert found["talk:1"] == "a.x: reproduced"
    assert found["talk:9"] == "a.x: reproduced; a.y: reproduced"
    assert found["talk:2"] == "Not tested: no collected claim cites it"


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (judged("a.x", verdict=NOT), "a.x: not reproduced (flipped, recorded reproduced)"),
        (judged("a.x", verdict=NOT, recorded=NOT), "a.x: not reproduced (as recorded)"),
        (
            judged("a.x", verdict=INCONCLUSIVE),
            "a.x: inconclusive (drifted, recorded reproduced)",
        ),
        (judged("a.x", verdict=NOT_RUN), "a.x: not run"),
        (
            replace(judged("a.x"), controls=(replace(CLAIM.controls[0], verdict=REPRODUCED),)),
            "a.x: reproduced (a control failed)",
        ),
    ],
)
def test_a_verdict_has_its_note(result: ClaimResult, said: str) -> None:
    assert answers(sources(), [Declared("a.x", "theory", ("talk:1",))], result)["talk:1"] == said


def test_a_claim_that_was_not_judged_is_listed() -> None:
    declared = [Declared("a.x", "theory", ("talk:1",)), Declared("a.y", "theory", ("talk:1",))]
    found = answers(sources(), declared, judged("a.y"))
    assert found["talk:1"] == "a.x, not judged in this run; a.y: reproduced"


def test_what_a_claim_does_not_cover_follows_it() -> None:
    declared = [Declared("a.x", "theory", ("talk:1",))]
    found = answers(sources(partly={"talk:1": "its proof"}), declared, judged("a.x"))
    assert found["talk:1"] == "a.x: reproduced. Not covered: its proof"


def test_a_statement_that_is_not_tested_says_why() -> None:
    found = answers(sources(untested={"talk:2": Untested("aim", "a wish")}), [])
    assert found["talk:2"] == "Not tested (aim): a wish"


def test_a_reason_is_ignored_if_a_claim_checks_the_line() -> None:
    declared = [Declared("a.x", "theory", ("talk:2",))]
    found = answers(sources(untested={"talk:2": Untested("aim", "a wish")}), declared)
    assert found["talk:2"] == "a.x, not judged in this run"


def test_a_finding_is_related_to_a_statement_and_does_not_check_it() -> None:
    declared = [
        Declared("finding.x", "finding", ("talk:1", "talk:2", "talk:9")),
        Declared("a.x", "theory", ("talk:1",)),
    ]
    of = sources(untested={"talk:2": Untested("definition", "by construction")})
    section = talk_coverage(of, declared, [judged("a.x"), judged("finding.x", kind="finding")])
    related = "Related: finding.x: reproduced"
    assert [row[2] for row in section.rows][:3] == [
        f"a.x: reproduced. {related}",
        f"Not tested (definition): by construction. {related}",
        f"Not tested: no collected claim cites it. {related}",
    ]
    assert "Claims check 1 of them, 0 only in part; 1 were checked in this run." in section.text


def test_an_explanation_checks_what_the_talk_says_of_a_cause() -> None:
    declared = [
        Declared("a.why", "explanation", ("talk:2",)),
        Declared("a.x", "theory", ("talk:1",)),
    ]
    found = answers(sources(), declared)
    assert found["talk:1"] == "a.x, not judged in this run"
    assert found["talk:2"] == "a.why, not judged in this run"


def test_the_summary_counts() -> None:
    of = sources(
        length=12,
        lines={f"talk:{n}": "said" for n in range(1, 8)},
        partly={"talk:1": "its proof", "talk:7": "no claim cites this"},
        untested={
            "talk:2": Untested("outlook", "overtaken"),
            "talk:3": Untested("outlook", "later"),
            "talk:4": Untested("aim", "a wish"),
            "talk:5": Untested("aim", "a wish"),
            "talk:6": Untested("aim", "a wish"),
        },
    )
    declared = [
        Declared("a.x", "theory", ("talk:1", "talk:2")),
        Declared("a.y", "theory", ("talk:1",)),
    ]
    text = talk_coverage(of, declared, [judged("a.y")]).text
    assert text.startswith(
        "The talk's 12 lines make 7 assertions, in our count. Claims check 2 of them, 1 only in part; 1 were "
        "checked in this run. Not tested: 5 (3 aim, 1 outlook, 1 without a reason). "
    )
    assert "The other lines of the talk repeat" in text


def test_a_cited_line_without_a_paraphrase_is_ignored() -> None:
    """Only claims that are judged must cite paraphrased lines."""
    section = talk_coverage(sources(), [Declared("a.x", "theory", ("talk:5", "talk:1"))], [])
    assert [row[0] for row in section.rows] == ["talk:1", "talk:2", "talk:9", "talk:10"]


def test_without_a_length_other_lines_are_not_mentioned() -> None:
    declared = [Declared("a.x", "theory", ("talk:1", "talk:2", "talk:9", "talk:10"))]
    text = talk_coverage(sources(), declared, []).text
    assert text.startswith("The talk makes 4 assertions, in our count. Claims check 4 of them")
    assert "Not tested: 0. A verdict" in text
    assert "other lines" not in text


def test_every_statement_is_checked_by_a_claim_or_has_a_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Tests the project's own claims."""
    shipped = load_sources()
    assert cli.main(["list", "claims", "--json"]) == 0
    claims = json.loads(capsys.readouterr().out)
    sources_of = [claim["source"].split() for claim in claims if claim["kind"] != FINDING]
    checked = {line for source in sources_of for line in source}
    assert sorted(checked & set(shipped.untested)) == [], "cited by a claim: delete the reason"
    assert sorted(set(shipped.partly) - checked) == [], "cited by no claim: say why not tested"
    open_ = set(shipped.lines) - checked - set(shipped.untested)
    assert sorted(open_) == [], "let a claim cite it, or say in data/sources.json why none does"
