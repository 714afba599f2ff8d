"""The first screen of the page: the question, the algorithms, the result, one picture, and what failed."""

from __future__ import annotations

import pytest

from repro.report.first_screen import picture
from tests.report.example import (
    CLAIM,
    INCONCLUSIVE,
    NOT,
    NOT_RUN,
    REPRODUCED,
    claim,
    page,
)


def test_claims_that_are_not_reproduced_are_listed_at_the_top_with_links() -> None:
    shown = page(
        CLAIM,
        claim(NOT, NOT, id="finding.x", title="Ours", kind="finding", required=False),
        claim(INCONCLUSIVE, INCONCLUSIVE, id="why", title="Why", kind="explanation"),
        claim(INCONCLUSIVE, INCONCLUSIVE, id="b", title="Not sure"),
        claim(NOT_RUN, id="c", title="Absent"),
    )
    head = shown.text.partition("All claims")[0]
    _, _, listed = head.partition(
        "What the talk says and this run did not reproduce, or could not decide. “As recorded”: the last published run "
        "found the same. "
    )
    talk, _, others = listed.partition(
        "Explanations and findings that are not reproduced, or inconclusive: 2 "
    )
    assert talk.startswith("Not sure inconclusive as recorded Counted separately: ")
    assert others.startswith("Why inconclusive as recorded Ours not reproduced as recorded")
    assert "Absent" not in head
    assert [a["href"] for a in shown.all("a")][:3] == ["#b", "#why", "#finding.x"]
    alone = page(CLAIM).text
    assert "did not reproduce" not in alone
    assert "Explanations and findings that are not" not in alone


def test_the_first_screen_says_what_was_asked_who_is_compared_and_what_came_out() -> None:
    number = claim(INCONCLUSIVE, INCONCLUSIVE, id="transfer.headline")
    first = page(number).text.partition("What the talk says")[0]
    asked, _, rest = first.partition("PPO proximal policy optimisation: ")
    assert "The talk calls a reinforcement learner modular" in asked
    for name in ("PPO", "PPOF", "CVS"):
        assert name not in asked  # explained before it is used
    assert rest.index("PPOF PPO, factorised: ") < rest.index("CVS cloned Vickrey society: ")
    assert (
        "The number When the last decision of the chain changes, PPO takes 11.5 [4.02,\N{NO-BREAK SPACE}30.0] times as "
        "long as CVS; the claim that this is near the talk's 13.9, up to a factor of 1.5, is inconclusive."
        in rest
    )
    other = page(claim(REPRODUCED, id="theory.acyclic")).text.partition("All claims")[0]
    assert "The number" not in other


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [
        (("ratios.ppo", "ladder.ppo"), "ladder.ppo"),
        (("ratios.ppo", "other"), "ratios.ppo"),
        (("other",), ""),
    ],
)
def test_one_picture_stands_on_the_first_screen(drawn: tuple[str, ...], shown: str) -> None:
    assert picture(drawn) == shown
