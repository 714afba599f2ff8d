"""What the page says about the whole run: tier, claims left out, cost, comparison with shipped runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.report.html import render
from repro.report.run_sections import run_sections
from repro.verdicts import (
    Accounts,
    Agreement,
    BlockAccount,
    Compared,
    Cost,
    LeftOut,
    ShippedComparison,
)
from tests.report.example import CLAIM, SOURCES, Page, run

if TYPE_CHECKING:
    from repro.verdicts import RunResult

QUICK = replace(
    run(CLAIM),
    tier="quick",
    about="quick tier: 3 seeds, 95 % intervals",
    left_out=(LeftOut("theory.x", "X holds", "it needs no runs"),),
    cost=Cost(3 * 2**29, {"cvs": 512_345.0, "ppo": 1_500_000.0}, "7 blocks: 7 trained"),
)
SAME = Compared("cvs/linear_chain.last", Agreement.SAME)
OTHER = Compared("ppo/linear_chain.last", Agreement.ALIKE, "other processor", 1.02, 0.9, 1.125)
NEVER = Compared("ppo/x.last", Agreement.ALIKE, "other seeds", 1.0, 1.0, 1.0, (0.125, 0.25))
BROKEN = Compared("ppof/linear_chain.last", Agreement.BROKEN, "", 1.0, 1.0, 1.0)


def page(result: RunResult) -> Page:
    return Page(render(result, SOURCES, (), run_sections(result)))


def compared(*blocks: Compared) -> RunResult:
    return replace(run(CLAIM), comparison=ShippedComparison("abc123", blocks))


def test_the_tier_is_in_the_title_head_and_banner() -> None:
    shown = page(QUICK)
    (title,) = (text for tag, text in shown.texts if tag == "title")
    assert title.startswith("Claims, quick tier")
    head = shown.text.partition("All claims")[0]
    assert "tier quick" in head
    assert "quick tier: 3 seeds, 95\N{NO-BREAK SPACE}% intervals." in head


def test_claims_left_out_are_listed() -> None:
    rest = page(QUICK).text.partition("Left out by this tier")[2]
    assert "theory.x X holds it needs no runs" in rest
    assert "Left out" not in page(run(CLAIM)).text


def test_the_cost() -> None:
    head = page(QUICK).text.partition("All claims")[0]
    assert "peak memory 1.5 GiB" in head
    assert "7 blocks: 7 trained" in head
    assert "CVS, transitions per second and core 512,000" in head
    assert "PPO, transitions per second and core 1,500,000" in head
    assert "memory" not in page(run(CLAIM)).text


def test_the_comparison_has_a_summary_and_a_table() -> None:
    shown = page(compared(SAME, OTHER))
    rest = shown.text.rpartition("Comparison with the shipped runs")[2]
    assert (
        "Comparison with the shipped runs: 2 blocks: 1 identical, 1 different bytes" in shown.text
    )
    assert "made at commit abc123" in rest
    assert "cvs/linear_chain.last identical – –" in rest
    other = "ppo/linear_chain.last other bytes, no statistical difference other processor"
    assert f"{other} 1.02 [0.900,\N{NO-BREAK SPACE}1.12]" in rest or f"{other} 1.02" in rest
    assert not [a for a in shown.classed("callout") if "bad" in a["class"]]


@pytest.mark.parametrize(
    "result",
    [compared(SAME, BROKEN), replace(run(CLAIM), comparison=ShippedComparison(fault="cut"))],
)
def test_a_failed_comparison_is_highlighted(result: RunResult) -> None:
    shown = page(result)
    assert [a for a in shown.classed("callout") if "bad" in a["class"]]
    assert "SHIPPED" in shown.text or "comparison with the shipped runs failed: cut" in shown.text


def test_without_shipped_runs_there_is_no_comparison() -> None:
    assert "hipped runs" not in page(run(CLAIM)).text


def test_every_run_is_counted() -> None:
    accounts = Accounts(
        (
            BlockAccount("cvs/a", "trained", 10, censored=2, seconds=3.4, digest="ab" * 32),
            BlockAccount("ppo/a", "failed", 4, error="the disk is full"),
        )
    )
    rest = page(replace(run(CLAIM), accounts=accounts)).text.partition("Run accounting")[2]
    assert "Of 14 runs" in rest
    assert "10 finished and 4 failed" in rest
    assert "2 did not converge" in rest
    assert "0 continued from a checkpoint" in rest
    assert f"cvs/a trained 10 2 3 {'ab' * 32}" in rest
    assert "ppo/a failed: the disk is full 4 – – –" in rest
    assert "Run accounting" not in page(run(CLAIM)).text


def test_returns_are_compared_if_no_run_converged() -> None:
    shown = page(compared(SAME, NEVER))
    assert "0.125 / 0.250" in shown.text
    assert "0.125" not in page(compared(SAME)).text
