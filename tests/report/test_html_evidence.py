"""The evidence for a claim is on the page: the margin, every seed, the raw data."""

from __future__ import annotations

import math

import pytest

from repro.report.html import render
from repro.verdicts import Measured, RawData
from tests.report.example import (
    CLAIM,
    INCONCLUSIVE,
    NOT,
    NOT_RUN,
    REPRODUCED,
    SOURCES,
    SUBSAMPLES,
    Page,
    claim,
    page,
    run,
)


def test_the_margin_is_drawn_and_written_next_to_the_measured_figure() -> None:
    shown = page(CLAIM)
    overview, _, details = shown.text.partition("transfer.headline · empirical")
    assert "11.5 [4.02,\xa030.0] times : all of the interval is within 9.25 to 20.8" in overview
    assert "n = 10 (2 of 20 censored )" in overview
    assert "expected 9.25 to 20.8 the talk: 13.9 ◆ measured, with its 95\xa0% interval" in details
    assert len(shown.classed("sparkline")) == len(shown.classed("interval-bar")) == 1
    bound = page(claim(INCONCLUSIVE, measured=Measured(20.0, 10.0, math.inf)))
    assert "◇ measured, with its 95\xa0% interval; open: only a bound" in bound.text
    assert [a["class"] for a in bound.classed("point")] == ["point open"] * 2
    bare = page(claim(NOT, margin=None))
    overview, _, _ = bare.text.partition("transfer.headline · empirical")
    assert "11.5 [4.02,\xa030.0] times : expected: within 1.5 of 13.9" in overview
    assert "the talk:" not in bare.text
    assert bare.classed("band") == []
    assert len(bare.classed("interval-bar")) == 1
    assert page(claim(NOT_RUN, measured=None)).classed("interval-bar") == []


def test_verdicts_on_ten_seeds_stand_beside_the_claims_own() -> None:
    shown = page(claim(REPRODUCED, subsamples=SUBSAMPLES))
    overview, _, details = shown.text.partition("transfer.headline · empirical")
    assert "reproduced with ten seeds: 2 reproduced, 1 inconclusive 11.5 [4.02" in overview
    text = details.replace("\N{NO-BREAK SPACE}", " ")
    assert "0-9 12.5 [5.00, 31.0] times 0 of 20 reproduced" in text
    assert "10-19 ≥ 14.5 [4.00, ∞] times 1 of 20 inconclusive" in text
    assert "20-29 – – reproduced" in text
    assert "ten seeds" not in page(CLAIM).text


def test_every_seed_is_drawn_and_in_a_table() -> None:
    shown = page(CLAIM)
    assert "Every seed epochs (logarithmic) CVS" in shown.text
    assert "Values run 1 run 2 run 3 CVS 40 45 50.5 PPO 500 – ≥ 12,000" in shown.text
    assert "one run censored: a lower bound" in shown.text
    assert len([a for a in shown.classed("seed") if "key" not in a["class"]]) == 5
    assert page(claim(NOT, points=())).classed("seeds") == []


def test_seeds_are_numbered_as_in_the_run() -> None:
    result = run(CLAIM)
    result.environment["seeds"] = "4-6"
    assert "Values seed 4 seed 5 seed 6 CVS" in Page(render(result, SOURCES, (), ())).text


@pytest.mark.parametrize(("blocks", "folded"), [(1, 0), (6, 0), (7, 1)])
def test_raw_data_is_listed_with_origin_and_digest(blocks: int, folded: int) -> None:
    raw = tuple(RawData(f"ppo/p{i}", f"{i:064x}", "found in the store") for i in range(blocks))
    shown = page(claim(NOT, raw=raw, points=()))
    for i in range(blocks):
        assert f"ppo/p{i} found in the store {i:064x}" in shown.text
    assert len(shown.classed("fold")) == 1 + folded
    assert (f"{blocks} blocks Block" in shown.text) is bool(folded)
    assert [a for a in shown.all("a") if "download" in a] == []
    assert "Raw data" not in page(claim(NOT, raw=(), points=())).text


def test_the_seeds_can_be_downloaded() -> None:
    (link,) = [a for a in page(CLAIM).all("a") if "download" in a]
    assert link["download"] == "transfer.headline.csv"
    assert "12000.0%2CTrue" in link["href"]
