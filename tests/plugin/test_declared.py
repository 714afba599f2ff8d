"""What claims declare, on its way to the commands and at each tier."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from repro.plugin.declared import Declared, Needed
from repro.protocol.blocks import Block, transfer
from repro.protocol.tiers import AUDIT, PAPER, QUICK
from repro.verdicts import Margin
from tests.cli.example import CLAIM, INCONCLUSIVE

CHAIN = [transfer(name, "linear_chain.last", (0, 1)) for name in ("cvs", "ppo")]
TREE = transfer("cvs", "common_ancestor.ancestor", (0, 1, 2))


@pytest.mark.parametrize(
    "margin",
    [None, Margin(low=1.0), Margin(high=0.5), Margin(low=9.0, high=21.0, target=13.9)],
)
def test_it_comes_back_as_it_was_sent(margin: Margin | None) -> None:
    claim = replace(CLAIM, margin=margin, recorded=INCONCLUSIVE, reason="because")
    sent = json.dumps(claim.to_dict(), allow_nan=False)
    assert Declared.from_dict(json.loads(sent)) == claim


def test_open_ends_are_null() -> None:
    assert CLAIM.to_dict()["margin"] == {"low": 1.0, "high": None, "target": None}
    back = Declared.from_dict(CLAIM.to_dict()).margin
    assert back is not None
    assert back.high == math.inf


def test_trained_tiers_count_what_runs_start_from_once() -> None:
    needed = Needed.at(PAPER, [*CHAIN, CHAIN[0], TREE])
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


def test_an_audit_reads_only_what_is_judged() -> None:
    needed = Needed.at(AUDIT, CHAIN)
    assert needed.blocks == ("cvs/linear_chain.last", "ppo/linear_chain.last")
    assert (needed.runs, needed.trained) == (4, False)


def test_a_tier_that_leaves_it_out_runs_nothing() -> None:
    needed = Needed.at(QUICK, [*CHAIN, TREE])
    assert needed.left_out == "it needs runs on common_ancestor"
    assert (needed.blocks, needed.runs, needed.cautious) == ((), 0, False)
    assert "no runs" in Needed.at(AUDIT, []).left_out


@pytest.mark.parametrize(("wanted", "cautious"), [(CHAIN, True), ([], False)])
def test_only_runs_make_controls_uncertain(wanted: list[Block], *, cautious: bool) -> None:
    assert Needed.at(QUICK, wanted).cautious is cautious
