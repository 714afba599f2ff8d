"""Which blocks each tier runs instead of the paper's, and which claims it leaves out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.plugin.options import parse_seeds
from repro.protocol.blocks import Block, pretraining, transfer
from repro.protocol.tiers import AUDIT, FULL, PAPER, QUICK, STUDY, TIERS, Tier, written

CHAIN = transfer("ppo", "linear_chain.last", (0, 1, 2))
ANCESTOR = transfer("ppo", "common_ancestor.ancestor", (0, 1, 2))
DESCENDANT = pretraining("cvs", "common_descendant", (0, 1, 2))


def test_the_tiers_are_found_by_name() -> None:
    assert {"paper": PAPER, "study": STUDY, "quick": QUICK, "audit": AUDIT} == TIERS
    assert [tier.seeds for tier in (PAPER, STUDY, QUICK, AUDIT)] == [
        tuple(range(10, 40)),
        tuple(range(10, 40)),
        (10, 11, 12),
        tuple(range(10, 40)),
    ]
    assert FULL == (PAPER, STUDY)


def test_quick_shortens_only_transfers() -> None:
    assert QUICK.block(CHAIN) == replace(CHAIN, epochs=3000)
    assert CHAIN.parent is not None
    assert QUICK.block(CHAIN.parent) == CHAIN.parent
    slow = Block("ppo", "linear_chain.training", (0, 1), 9000, extra_epochs=0)
    assert QUICK.block(slow) == slow
    short = replace(CHAIN, epochs=40)
    assert QUICK.block(short) == short


def test_a_transfer_from_a_transfer_starts_from_the_shorter_one() -> None:
    second = Block("ppo", "linear_chain.first", (0, 1, 2), 5000, parent=CHAIN)
    assert QUICK.block(second) == replace(second, epochs=3000, parent=replace(CHAIN, epochs=3000))


@pytest.mark.parametrize("tier", [PAPER, STUDY, AUDIT])
def test_other_tiers_run_the_papers_blocks(tier: Tier) -> None:
    assert tier.block(CHAIN) == CHAIN


@pytest.mark.parametrize(
    ("tier", "needs", "why"),
    [
        (PAPER, [], ""),
        (PAPER, [CHAIN, ANCESTOR], ""),
        (STUDY, [], ""),
        (STUDY, [CHAIN, ANCESTOR], ""),
        (QUICK, [], ""),
        (QUICK, [CHAIN], ""),
        (QUICK, [CHAIN, ANCESTOR], "it needs runs on common_ancestor"),
        (
            QUICK,
            [ANCESTOR, ANCESTOR.parent, DESCENDANT],
            "it needs runs on common_ancestor and common_descendant",
        ),
        (AUDIT, [], "it needs no training runs, so there is nothing to audit"),
        (AUDIT, [CHAIN, ANCESTOR], ""),
    ],
)
def test_why_a_claim_is_left_out(tier: Tier, needs: list[Block], why: str) -> None:
    assert tier.leaves_out(needs) == why


BEYOND = "it belongs to the explanation study: --tier study"


@pytest.mark.parametrize(
    ("tier", "needs", "why"),
    [
        (PAPER, [CHAIN], BEYOND),
        (PAPER, [], BEYOND),
        (STUDY, [CHAIN, ANCESTOR], ""),
        (STUDY, [], ""),
        (QUICK, [CHAIN], BEYOND),
        # The study is the first reason: no other topology would make the tier judge the claim.
        (QUICK, [ANCESTOR], BEYOND),
        (AUDIT, [CHAIN, ANCESTOR], ""),
        (AUDIT, [], "it needs no training runs, so there is nothing to audit"),
    ],
)
def test_which_tiers_judge_a_claim_of_the_study(tier: Tier, needs: list[Block], why: str) -> None:
    assert tier.leaves_out(needs, study=True) == why


@pytest.mark.parametrize("text", ["0-9", "0-2", "0-4,7", "3,7", "0-1,3-4", "1,3,5", "2,4-9"])
def test_written_seeds_can_be_parsed(text: str) -> None:
    assert written(parse_seeds(text)) == text


def test_each_tier_describes_itself() -> None:
    assert "seeds 10-12" in QUICK.sentence()
    assert "seeds 4,6 instead of 10-12" in replace(QUICK, seeds=(4, 6)).sentence()
    assert QUICK.sentence().startswith("quick tier, not the paper's scale")
    assert "at most 3,000 epochs" in QUICK.sentence()
    assert AUDIT.sentence().startswith("audit of shipped runs, nothing was trained")
    assert PAPER.sentence().startswith("paper tier: the claims on what the talk says")
    assert PAPER.sentence().endswith("seeds 10-39, on runs trained here")
    assert STUDY.sentence().startswith("study tier: every claim, with the explanation study")
    two = replace(STUDY, seeds=(0, 1))
    assert two.sentence(runs=False).endswith(
        "seeds 0-1 instead of 10-39; the chosen claims need no runs"
    )
    assert [tier.words for tier in TIERS.values()] == [
        "",
        " --tier study",
        " --tier quick",
        " --tier audit",
    ]


def test_a_tier_with_another_cap_says_so() -> None:
    short, quick = replace(PAPER, cap=12_000), replace(QUICK, cap=200)
    assert (short.words, quick.words) == (" --cap 12000", " --tier quick --cap 200")
    assert replace(STUDY, cap=12_000).words == " --tier study --cap 12000"
    says = "with transfers of at most 12,000 instead of 50,000 epochs, seeds 10-39, on runs trained here"
    assert short.sentence().endswith(says)
    assert "the paper's scale" not in short.sentence()
    assert "at most 200 instead of 3,000 epochs" in quick.sentence()
    assert "transfers of at most 700 instead of 50,000" in replace(AUDIT, cap=700).sentence()
    assert short.label == "paper tier with another cap (12,000 epochs)"
    assert quick.sentence().count("epochs") == 1


def test_a_tier_with_other_seeds_says_so() -> None:
    """Otherwise a claim's command would judge it on other runs."""
    few = replace(PAPER, seeds=(40, 41, 43))
    assert few.words == " --seeds 40-41,43"
    assert few.label == "paper tier with other seeds (40-41,43)"
    assert "with fewer seeds than the paper's 10, seeds 40-41,43 instead of 10-39" in few.sentence()
    ten = replace(STUDY, seeds=tuple(range(10)), cap=700)
    assert ten.label == "study tier with other seeds (0-9) and another cap (700 epochs)"
    assert "fewer" not in ten.sentence()
    assert [tier.label for tier in TIERS.values()] == [f"{name} tier" for name in TIERS]
    assert replace(AUDIT, seeds=(3, 4), cap=700).words == " --tier audit --seeds 3-4 --cap 700"
