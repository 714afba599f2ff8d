"""What the page says of the whole run: its tier, what was left out, what it cost, shipped runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.report.html import render
from repro.report.sections import run_sections
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


def test_the_tier_stands_in_title_head_and_banner() -> None:
    shown = page(QUICK)
    (title,) = (text for tag, text in shown.texts if tag == "title")
    assert title.startswith("Claims, quick tier")
    head = shown.text.partition("All claims")[0]
    assert "tier quick" in head
    assert "quick tier: 3 seeds, 95\N{NO-BREAK SPACE}% intervals." in head


def test_what_was_left_out_is_listed() -> None:
    rest = page(QUICK).text.partition("Left out by this tier")[2]
    assert "theory.x X holds it needs no runs" in rest
    assert "Left out" not in page(run(CLAIM)).text


def test_what_it_cost() -> None:
    head = page(QUICK).text.partition("All claims")[0]
    assert "memory at most 1.5 GiB" in head
    assert "7 blocks: 7 trained" in head
    assert "CVS, learned transitions a second and core 512,000" in head
    assert "PPO, learned transitions a second and core 1,500,000" in head
    assert "memory" not in page(run(CLAIM)).text


def test_the_comparison_is_told_and_tabled() -> None:
    shown = page(compared(SAME, OTHER))
    head, _, rest = shown.text.partition("Beside the shipped runs")
    assert "Shipped runs beside these: 2 blocks: 1 same bytes, 1 other bytes" in head
    assert "made at commit abc123" in rest
    assert "cvs/linear_chain.last same bytes – –" in rest
    other = "ppo/linear_chain.last other bytes, no statistical difference other processor"
    assert f"{other} 1.02 [0.900,\N{NO-BREAK SPACE}1.12]" in rest or f"{other} 1.02" in rest
    assert not [a for a in shown.classed("callout") if "bad" in a["class"]]


@pytest.mark.parametrize(
    "result",
    [compared(SAME, BROKEN), replace(run(CLAIM), comparison=ShippedComparison(fault="cut"))],
)
def test_a_failed_comparison_stands_out(result: RunResult) -> None:
    shown = page(result)
    assert [a for a in shown.classed("callout") if "bad" in a["class"]]
    assert "SHIPPED" in shown.text or "cannot be compared with: cut" in shown.text


def test_without_shipped_runs_nothing_is_said_of_them() -> None:
    assert "hipped runs" not in page(run(CLAIM)).text


def test_every_run_is_accounted_for() -> None:
    accounts = Accounts(
        (
            BlockAccount("cvs/a", "trained", 10, censored=2, seconds=3.4, digest="ab" * 32),
            BlockAccount("ppo/a", "failed", 4, error="the disk is full"),
        )
    )
    rest = page(replace(run(CLAIM), accounts=accounts)).text.partition("Run accounting")[2]
    assert "Of 14 runs" in rest
    assert "10 finished and 4 did not" in rest
    assert "2 never converged" in rest
    assert "0 went on from a checkpoint" in rest
    assert f"cvs/a trained 10 2 3 {'ab' * 32}" in rest
    assert "ppo/a failed: the disk is full 4 – – –" in rest
    assert "Run accounting" not in page(run(CLAIM)).text


def test_where_no_run_converged_returns_are_shown() -> None:
    shown = page(compared(SAME, NEVER))
    assert "0.125 / 0.250" in shown.text
    assert "0.125" not in page(compared(SAME)).text
