"""report.md, read by a Markdown parser: its content."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from repro.report.claim_groups import EXIT_CODE
from repro.report.markdown import to_markdown
from repro.verdicts import (
    Agreement,
    Compared,
    Control,
    Cost,
    LeftOut,
    Measured,
    RunResult,
    ShippedComparison,
)
from tests.report.example import (
    CLAIM,
    INCONCLUSIVE,
    NOT,
    NOT_RUN,
    REPRODUCED,
    SUBSAMPLES,
    claim,
    run,
)
from tests.support.results import changed

BLOCKS = {"h2", "h3", "p", "li", "th", "td", "pre"}
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
FAILED = Control("halves", (NOT,), REPRODUCED)
OUT = LeftOut("theory.x", "X | Y", "no runs")


class Reader(HTMLParser):
    """Tags, cells, list items and texts of rendered Markdown."""

    def __init__(self, markdown: str) -> None:
        """Render and parse Markdown."""
        super().__init__()
        self.tags: list[str] = []
        self.read: list[tuple[str, str]] = []
        self._inside = False
        self.feed(PARSER.render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base class names them
        """Record a tag, and start a block."""
        self.tags.append(tag)
        if tag in BLOCKS:
            self._inside = True
            self.read.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        """End a block."""
        self._inside = self._inside and tag not in BLOCKS

    def handle_data(self, data: str) -> None:
        """Add a text to its block."""
        if self._inside:
            block, text = self.read.pop()
            self.read.append((block, text + data))

    def all(self, block: str) -> list[str]:
        """Return the text of every such block."""
        return [text for tag, text in self.read if tag == block]


def read(result: RunResult) -> Reader:
    return Reader(to_markdown(result))


def test_the_head_summarises_the_run() -> None:
    result = replace(
        run(CLAIM, claim(INCONCLUSIVE, id="a.drifted")),
        dirty=False,
        known=2,
        known_statements={"transfer.headline": 1, "a.drifted": 1},
        about="every claim",
        cost=Cost(2**30, {}, "3 blocks: 3 trained"),
    )
    shown = read(result)
    assert shown.all("h2") == [
        "Claims: 1/2 statements reproduced · 1 inconclusive · 1 claim drifted · paper tier"
    ]
    assert shown.all("p")[:2] == [
        (
            "1 of 2 statements of the talk reproduced, 1 inconclusive. No required claim contradicts its recorded "
            "outcome; 1 drifted."
        ),
        f"{EXIT_CODE} Not reproduced or inconclusive in this run:",
    ]
    assert shown.all("li")[:5] == [
        "Slower by far (a.drifted): inconclusive",
        "Judged: every claim",
        "Commit: abc123, no uncommitted changes",
        "Took: 12 min 5 s · 1.0 GiB peak memory · 3 blocks: 3 trained",
        "Machine: python 3.11.9 · machine Linux x86_64 · cores 2",
    ]


def test_explanations_and_findings_are_counted_beside_the_statements() -> None:
    beside = [claim(NOT, NOT, id=f"{kind}.x", kind=kind) for kind in ("finding", "explanation")]
    shown = read(run(CLAIM, *beside))
    assert shown.all("p")[0].startswith(
        "1 of 1 statement of the talk reproduced. Counted separately: 0 of 1 explanation, 0 of 1 finding "
        "reproduced. No required claim"
    )
    assert shown.all("li")[:2] == [
        "Slower by far (explanation.x, an explanation, not a statement of the talk): not reproduced",
        "Slower by far (finding.x, a finding, not in the talk): not reproduced",
    ]


def test_outside_a_clone_there_is_no_commit() -> None:
    shown = read(replace(run(CLAIM), commit=None, dirty=None))
    assert shown.all("li")[:3] == ["Judged: paper tier", "Commit: none", "Took: 12 min 5 s"]
    assert read(run(CLAIM)).all("li")[1] == "Commit: abc123, uncommitted changes"


def test_each_claim_has_a_row() -> None:
    shown = read(
        run(
            changed(CLAIM, subsamples=SUBSAMPLES),
            claim(NOT, NOT, id="theory.x", measured=None, n=None, checked=1500, controls=()),
            claim(NOT, controls=(FAILED,), measured=Measured(None, None, None), censored=0),
        )
    )
    assert shown.all("th") == [
        "verdict",
        "claim",
        "measured [95 %]",
        "n (censored, of all arms' runs)",
        "with ten seeds",
        "controls held",
        "against the recorded outcome",
    ]
    cells = [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in shown.all("td")]
    assert [cells[i : i + 7] for i in range(0, len(cells), 7)] == [
        [
            "✓ reproduced",
            "transfer.headline",
            "11.5 [4.02, 30.0] times",
            "10 (2 of 20)",
            "2 reproduced, 1 inconclusive",
            "1/1",
            "",
        ],
        ["✗ not reproduced", "theory.x", "1,500 cases", "", "", "", "as recorded"],
        [
            "! not reproduced",
            "transfer.headline",
            "",
            "10 (0 of 20)",
            "",
            "0/1",
            "flipped, recorded reproduced; a control failed",
        ],
    ]


def test_expected_and_recorded_outcomes_are_collapsed() -> None:
    text = to_markdown(run(CLAIM, claim(NOT, NOT, id="b", expected="more than 1")))
    shown = Reader(text)
    assert {"details", "summary"} <= set(shown.tags)
    assert shown.all("li")[5:7] == [
        "transfer.headline, recorded outcome reproduced. Expected: within 1.5 of 13.9",
        "b, recorded outcome not reproduced. Expected: more than 1",
    ]
    folded = text.partition("<summary>")[2].partition("</details>")[0]
    assert folded.startswith("Recorded outcome and expected figure of each claim</summary>\n\n- ")
    assert folded.count("\n- ") == 2
    assert "<details>" not in to_markdown(run())


def test_deviations_are_listed_with_reasons_and_commands() -> None:
    shown = read(
        run(
            CLAIM,
            claim(NOT_RUN, id="a", explanation="no room", command="judge a"),
            claim(
                NOT,
                INCONCLUSIVE,
                id="b",
                explanation="Ten seeds.",
                expected="any",
                command="judge\n b",
            ),
            claim(REPRODUCED, id="c", controls=(FAILED,), command="judge c"),
        )
    )
    assert shown.all("h3") == ["Not as recorded, or not run"]
    assert shown.all("li")[9:] == [
        "a was not run: no room",
        "b drifted: recorded inconclusive, now not reproduced; expected: any. Ten seeds.",
        "c: control 'halves' is reproduced, declared not reproduced",
    ]
    assert shown.all("pre") == ["judge a\njudge b\njudge c\n"]


def test_a_command_cannot_leave_its_fence() -> None:
    result = run(claim(NOT, command="x ```` y"), claim(NOT, command="````\n"), claim(NOT))
    assert read(result).all("pre") == [f"x ```` y\n````\n{CLAIM.command}\n"]


def test_other_recorded_outcomes_have_their_own_section() -> None:
    shown = read(run(claim(INCONCLUSIVE, INCONCLUSIVE, id="a", explanation="Ten seeds.")))
    assert shown.all("h3") == ["Recorded as not reproduced or inconclusive"]
    assert shown.all("li")[6:] == ["a, inconclusive: Ten seeds."]
    assert shown.all("pre") == []


def test_claims_left_out_are_named() -> None:
    shown = read(replace(run(CLAIM), left_out=(OUT,)))
    assert shown.all("h3") == ["Left out by this tier"]
    assert shown.all("td")[7:] == ["theory.x", "X | Y", "no runs"]


@pytest.mark.parametrize("likeness", [Agreement.BROKEN, Agreement.DIFFERENT])
def test_the_comparison_with_shipped_runs(likeness: Agreement) -> None:
    unlike = Compared("cvs/*x*", likeness, "other code", 1.5, 1.25, 2.0)
    comparison = ShippedComparison("def456", (unlike, Compared("cvs/y", Agreement.SAME)))
    shown = read(replace(run(CLAIM), comparison=comparison))
    assert shown.all("h3") == ["Comparison with the shipped runs"]
    assert comparison.summary in shown.all("p")
    assert shown.all("li")[5:] == [
        f"cvs/*x*: {likeness}, ratio of mean times to theirs 1.50 [1.25, 2.00]"
    ]
    assert shown.tags.count("strong") == 1 + (likeness is Agreement.BROKEN)


def test_empty_sections_are_omitted() -> None:
    shown = read(run(CLAIM))
    assert shown.all("h3") == []
    assert "`index.html`" in to_markdown(run(CLAIM))


def test_verdicts_say_how_far_they_reach() -> None:
    found = to_markdown(run(claim(REPRODUCED, scope="in <b>one</b> setting")))
    assert "### How far verdicts reach" in found
    assert "<code>transfer.headline</code>, reproduced: in &lt;b&gt;one&lt;/b&gt; setting" in found
    assert "How far verdicts reach" not in to_markdown(run(CLAIM))
