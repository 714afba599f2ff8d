"""Sessions of claims at every tier: which blocks, claims and verdicts differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.protocol.blocks import transfer
from repro.protocol.tiers import AUDIT, PAPER, QUICK, STUDY, Tier
from repro.verdicts import LeftOut, Verdict
from tests.plugin.conftest import SEEDS, claim, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugin.conftest import Session

IMPORTS = "from repro.protocol.blocks import transfer\n"
CHAIN, ANCESTOR = "linear_chain.last", "common_ancestor.ancestor"
BLOCK = transfer("ppo", CHAIN, SEEDS)


def needing(*problems: str) -> str:
    return f"lambda s: [transfer('ppo', name, s) for name in {problems}]"


CLAIMS = (
    IMPORTS
    + claim(
        "a.chain",
        "assert runs(transfer('ppo', 'linear_chain.last', (3, 5))).startswith('ppo/linear_chain.last')",
        *outcome("REPRODUCED"),
        needs=needing(CHAIN),
    )
    + claim(
        "a.both",
        *outcome("REPRODUCED"),
        name="test_both",
        title="'Two'",
        needs=needing(CHAIN, ANCESTOR),
    )
    + claim("a.none", *outcome("REPRODUCED"), name="test_none", kind="'theory'")
)
WHY = IMPORTS + claim(
    "a.why",
    *outcome("REPRODUCED"),
    kind="'explanation'",
    study="True",
    needs=needing(CHAIN),
)
WHY_BOTH = "it needs runs on common_ancestor"
WHY_NONE = "it needs no training runs, so there is nothing to audit"


@pytest.mark.parametrize(
    ("tier", "judged", "left_out"),
    [
        (PAPER, ["a.chain", "a.both", "a.none"], []),
        (QUICK, ["a.chain", "a.none"], [LeftOut("a.both", "Two", WHY_BOTH, "a.both")]),
        (AUDIT, ["a.chain", "a.both"], [LeftOut("a.none", "A title", WHY_NONE, "a.none")]),
    ],
)
def test_a_tier_leaves_out_what_it_cannot_judge(
    judge: Callable[..., Session], tier: Tier, judged: list[str], left_out: list[LeftOut]
) -> None:
    session = judge(one=CLAIMS, tier=tier)
    assert session.code == 0
    assert [result.id for result in session.plugin.claims] == judged
    assert [declared.id for declared in session.plugin.declarations] == judged
    assert session.plugin.left_out == tuple(left_out)
    for one in left_out:
        assert f"left out ({one.why}): {one.id}" in session.out
    count = f", {len(left_out)} left out" if left_out else ""
    assert session.out.rstrip().endswith(f"{len(judged)} reproduced{count}")


@pytest.mark.parametrize(
    ("tier", "words"), [(PAPER, ""), (STUDY, "study"), (QUICK, ""), (AUDIT, "audit")]
)
def test_the_study_is_judged_by_its_tier_and_by_the_audit(
    judge: Callable[..., Session], tier: Tier, words: str
) -> None:
    session = judge(one=CLAIMS, why=WHY, tier=tier)
    judged = [result for result in session.plugin.claims if result.id == "a.why"]
    command = f"nox -s verify_claims -- --claim a.why --tier {words}"
    assert [result.command for result in judged] == ([command] if words else [])
    out = LeftOut("a.why", "A title", "it belongs to the explanation study: --tier study")
    assert (out in session.plugin.left_out) is not bool(words)
    assert (f"left out ({out.why}): a.why" in session.out) is not bool(words)


def test_quick_requests_its_own_blocks_and_returns_them_for_the_papers(
    judge: Callable[..., Session],
) -> None:
    session = judge(one=CLAIMS, tier=QUICK)
    assert session.asked == [(replace(BLOCK, epochs=3000),)]
    assert session.plugin.blocks == (replace(BLOCK, epochs=3000),)
    assert judge(one=CLAIMS).asked == [(BLOCK, transfer("ppo", ANCESTOR, SEEDS))]


def test_needs_are_the_tiers_blocks_of_each_claim(
    judge: Callable[..., Session],
) -> None:
    twice = IMPORTS + claim(
        "a.twice", *outcome("REPRODUCED"), name="test_twice", needs=needing(CHAIN, CHAIN)
    )
    quick, other = replace(BLOCK, epochs=3000), transfer("ppo", ANCESTOR, SEEDS)
    assert judge(one=CLAIMS).plugin.needs == {
        "a.chain": (BLOCK,),
        "a.both": (BLOCK, other),
        "a.none": (),
    }
    plugin = judge(one=CLAIMS, two=twice, tier=QUICK).plugin
    assert plugin.needs == {"a.chain": (quick,), "a.none": (), "a.twice": (quick,)}
    assert judge("--claim", "a.none", one=CLAIMS).plugin.needs == {"a.none": ()}


def test_a_tier_goes_with_a_choice_of_claims(judge: Callable[..., Session]) -> None:
    session = judge("--claim", "a.chain", "--claim", "a.both", one=CLAIMS, tier=QUICK)
    assert [one.id for one in session.plugin.left_out] == ["a.both"]
    assert [result.id for result in session.plugin.claims] == ["a.chain"]
    session = judge("-k", "a.chain or a.none", one=CLAIMS, tier=QUICK)
    assert session.plugin.left_out == ()
    assert [result.id for result in session.plugin.claims] == ["a.chain", "a.none"]
    assert session.asked == [(replace(BLOCK, epochs=3000),)]
    assert judge("-k", "none", one=CLAIMS, tier=QUICK).asked == []


@pytest.mark.parametrize(
    ("tier", "args", "says"),
    [
        (QUICK, ("--claim", "a.both"), f"a.both: {WHY_BOTH}"),
        (AUDIT, ("-k", "a.none"), f"a.none: {WHY_NONE}"),
    ],
)
def test_a_tier_that_leaves_out_all_chosen_claims_is_bad_input(
    judge: Callable[..., Session], tier: Tier, args: tuple[str, ...], says: str
) -> None:
    session = judge(*args, one=CLAIMS, tier=tier)
    assert session.code == 2
    assert f"the tier {tier.name} leaves out all selected claims ({says})" in session.err
    assert "choose another --tier" in session.err


def test_the_command_of_a_result_names_its_tier(judge: Callable[..., Session]) -> None:
    command = "nox -s verify_claims -- --claim a.chain"
    for tier, words in (
        (PAPER, ""),
        (STUDY, " --tier study"),
        (QUICK, " --tier quick"),
        (AUDIT, " --tier audit"),
    ):
        session = judge("--claim=a.chain", one=CLAIMS, tier=tier)
        assert [result.command for result in session.plugin.claims] == [command + words]
    failing = claim("a.bug", "1 / 0")
    (result,) = judge(one=failing, tier=QUICK).plugin.claims
    assert result.command.endswith("a.bug --tier quick")


OUTCOMES = {
    "REPRODUCED": ("record.outcome(REPRODUCED, Estimate(2.0, 1.5, 2.5))",),
    "INCONCLUSIVE": ("record.outcome(INCONCLUSIVE, None)",),
    "NOT": ("record.outcome(NOT, None)",),
}


@pytest.mark.parametrize(
    ("tier", "needs", "verdict", "control", "code"),
    [
        # With few seeds, a claim and a control may be inconclusive.
        (QUICK, True, "INCONCLUSIVE", "INCONCLUSIVE", 0),
        (QUICK, True, "REPRODUCED", "INCONCLUSIVE", 0),
        # The wrong verdict still fails.
        (QUICK, True, "NOT", "NOT", 1),
        (QUICK, True, "REPRODUCED", "REPRODUCED", 1),
        # A claim without runs is checked on all cases at every tier.
        (QUICK, False, "REPRODUCED", "INCONCLUSIVE", 1),
        (PAPER, True, "REPRODUCED", "INCONCLUSIVE", 1),
        (AUDIT, True, "REPRODUCED", "INCONCLUSIVE", 1),
    ],
)
def test_verdicts_that_few_seeds_excuse(
    judge: Callable[..., Session], tier: Tier, needs: bool, verdict: str, control: str, code: int
) -> None:
    body = (*OUTCOMES[verdict], f"record.control('swapped arms', {control}, why='no figure')")
    words = {"needs": needing(CHAIN)} if needs else {}
    session = judge(one=IMPORTS + claim("a.claim", *body, **words), tier=tier)
    assert session.code == code
    (result,) = session.plugin.claims
    cautious = tier is QUICK and needs
    expected = (Verdict.NOT_REPRODUCED, *((Verdict.INCONCLUSIVE,) if cautious else ()))
    assert result.controls[0].expected == expected


def test_a_control_that_may_be_inconclusive_anyway_is_not_changed(
    judge: Callable[..., Session],
) -> None:
    either = "{'swapped arms': ('inconclusive', 'not reproduced')}"
    code = IMPORTS + claim("a.claim", *outcome("REPRODUCED"), needs=needing(CHAIN), controls=either)
    (result,) = judge(one=code, tier=QUICK).plugin.claims
    assert result.controls[0].expected == (Verdict.INCONCLUSIVE, Verdict.NOT_REPRODUCED)


def test_collecting_at_a_tier_lists_what_it_judges(judge: Callable[..., Session]) -> None:
    session = judge("--collect-only", one=CLAIMS, tier=QUICK)
    assert session.code == 0
    assert [declared.id for declared in session.plugin.declarations] == ["a.chain", "a.none"]
    assert session.asked == []
