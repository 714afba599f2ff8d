"""The JSON form of a claim's declaration, and what each tier runs for the claim."""

from __future__ import annotations

import json
import math

import pytest

from repro.plugin.listing import ListedClaim, TierNeeds
from repro.protocol.blocks import Block, transfer
from repro.protocol.tiers import AUDIT, PAPER, QUICK, STUDY, Tier
from repro.verdicts import Margin
from tests.cli.example import CLAIM, INCONCLUSIVE, listed

CHAIN = [transfer(name, "linear_chain.last", (0, 1)) for name in ("cvs", "ppo")]
TREE = transfer("cvs", "common_ancestor.ancestor", (0, 1, 2))


@pytest.mark.parametrize(
    "margin",
    [None, Margin(low=1.0), Margin(high=0.5), Margin(low=9.0, high=21.0, target=13.9)],
)
def test_reading_returns_what_was_written(margin: Margin | None) -> None:
    claim = listed(margin=margin, recorded=INCONCLUSIVE, reason="because")
    text = json.dumps(claim.to_dict(), allow_nan=False)
    assert ListedClaim.from_dict(json.loads(text)) == claim


def test_open_ends_are_null() -> None:
    assert CLAIM.to_dict()["margin"] == {"low": 1.0, "high": None, "target": None, "estimate": None}
    margin = ListedClaim.from_dict(CLAIM.to_dict()).declaration.margin
    assert margin is not None
    assert margin.high == math.inf


def test_trained_tiers_count_a_shared_parent_once() -> None:
    needed = TierNeeds.at(PAPER, [*CHAIN, CHAIN[0], TREE])
    assert needed.blocks == (
        "cvs/linear_chain.training",
        "cvs/linear_chain.last",
        "ppo/linear_chain.training",
        "ppo/linear_chain.last",
        "cvs/common_ancestor.training",
        "cvs/common_ancestor.ancestor",
    )
    assert needed.runs == 4 * 2 + 2 * 3
    assert (needed.tier, needed.trained, needed.cautious, needed.left_out) == (
        *("paper", True, False),
        "",
    )


def test_an_audit_reads_only_the_judged_blocks() -> None:
    needed = TierNeeds.at(AUDIT, CHAIN)
    assert needed.blocks == ("cvs/linear_chain.last", "ppo/linear_chain.last")
    assert (needed.runs, needed.trained, needed.shipped) == (4, False, 2)
    assert TierNeeds.at(AUDIT, CHAIN, is_shipped=lambda one: one == CHAIN[0]).shipped == 1
    assert TierNeeds.at(PAPER, CHAIN).shipped is None


def test_a_tier_that_leaves_a_claim_out_runs_nothing() -> None:
    needed = TierNeeds.at(QUICK, [*CHAIN, TREE])
    assert needed.left_out == "it needs runs on common_ancestor"
    assert (needed.blocks, needed.runs, needed.cautious) == ((), 0, False)
    assert "no training runs" in TierNeeds.at(AUDIT, []).left_out


@pytest.mark.parametrize(("tier", "runs"), [(PAPER, 0), (STUDY, 8), (QUICK, 0), (AUDIT, 4)])
def test_the_study_needs_runs_at_its_tier_and_at_the_audit(tier: Tier, runs: int) -> None:
    needed = TierNeeds.at(tier, CHAIN, study=True)
    assert needed.runs == runs
    assert needed.left_out == ("" if runs else "it belongs to the explanation study: --tier study")


@pytest.mark.parametrize(("wanted", "cautious"), [(CHAIN, True), ([], False)])
def test_only_few_seeds_excuse_an_inconclusive_control(
    wanted: list[Block], *, cautious: bool
) -> None:
    assert TierNeeds.at(QUICK, wanted).cautious is cautious
