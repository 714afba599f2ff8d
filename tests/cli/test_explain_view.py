"""The layout of an explanation."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from repro.cli.explain_view import explained, judged, span
from repro.verdicts import Characteristic, Margin, Truth
from tests.cli.example import AUDIT, CLAIM, INCONCLUSIVE, NOT, PAPER, listed

if TYPE_CHECKING:
    from repro.plugin.listing import ListedClaim

CITED = (("talk:44", "What a line [red]says[/red]."), ("talk:45", "What another says."))
LAST = {
    "verdict": "not reproduced",
    "measured": {"value": 0.5, "low": 0.4, "high": 0.6, "unit": ""},
    "n": 10,
    "censored": 2,
    "runs": 20,
    "drift": False,
    "flipped": True,
    "controls": [
        {"what": "a", "expected": "not reproduced or inconclusive", "verdict": "inconclusive"},
        {"what": "b", "expected": "not reproduced", "verdict": "reproduced"},
    ],
    "tier_label": "paper tier",
    "commit": "0123456789abcdef",
    "dirty": True,
    "report": "build/claims/claims.json",
}


WORLDS = (
    Characteristic("a ratio of [2]", Truth.TRUE, "narrow", 10, 400, 380, 0, 20),
    Characteristic("a ratio of [2]", Truth.TRUE, "wide", 10, 400, 100, 10, 290),
    Characteristic("no effect", Truth.FALSE, "wide", 8, 400, 0, 400, 0),
)


def shown(
    claim: ListedClaim,
    last: dict[str, object] | str = "there is none",
    width: int = 90,
    worlds: tuple[Characteristic, ...] = (),
    spreads: tuple[str, ...] = (),
) -> str:
    console = Console(file=StringIO(), width=width)
    with console.capture() as capture:
        console.print(explained(claim, CITED, worlds, last, spreads))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def rows(text: str) -> list[list[str]]:
    return [re.split("  +", line.strip()) for line in text.splitlines()]


def test_everything_that_a_claim_declares_is_shown() -> None:
    text = shown(CLAIM)
    assert text.startswith("A [bold]title[/bold]\na.claim, empirical, required\n\nA statement.\n")
    table = rows(text)
    for row in (
        ["talk:44", "What a line [red]says[/red]."],
        ["talk:45", "What another says."],
        ["expected", "above 1"],
        ["margin", "above 1.00"],
        ["not reproduced", "arms swapped"],
        ["not reproduced or inconclusive", "halves"],
        ["At the quick tier any of them may also be inconclusive."],
        ["recorded outcome", "reproduced"],
        ["Expected: what the talk says. Recorded outcome: what the last published run found."],
        ["reproduced", "as recorded", "0"],
        ["not reproduced", "flipped: contradicts the recorded outcome", "1"],
        ["inconclusive", "drifted: changed to or from inconclusive", "0"],
        ["not run", "could not be judged", "3"],
        ["as recorded, a control failed", "flipped: contradicts the recorded outcome", "1"],
        ["paper tier", "20 runs in 2 blocks, trained unless finished already"],
        ["quick tier", "6 runs in 2 blocks, trained unless finished already"],
        ["audit tier", "leaves it out: it needs a pencil"],
        ["ppo/linear_chain.training, ppo/linear_chain.last"],
        ["there is none"],
        ["nox -s verify_claims -- --claim a.claim"],
    ):
        assert row in table
    assert "differences from the paper" not in text
    assert "not required" not in text


def test_another_recorded_outcome_has_its_reason() -> None:
    text = shown(listed(recorded=NOT, reason="it is slow", differences="a shortcut"))
    assert ["recorded outcome", "not reproduced: it is slow"] in rows(text)
    assert ["differences from the paper", "a shortcut"] in rows(text)


def test_a_claim_that_is_not_required_fails_nothing() -> None:
    text = shown(listed(required=False))
    assert "a.claim, empirical, not required" in text
    assert "It is not required: no verdict makes a run fail." in text


def test_a_claim_of_theory_needs_no_runs() -> None:
    bare = replace(PAPER, blocks=(), runs=0)
    text = shown(listed(margin=None, needs=(bare, AUDIT)))
    assert ["paper tier", "no runs"] in rows(text)
    assert "margin" not in text
    assert "also be inconclusive" not in text


def test_a_claim_of_the_study_names_its_tier_in_its_command() -> None:
    assert ["nox -s verify_claims -- --claim a.claim --tier study"] in rows(
        shown(listed(study=True))
    )


def test_simulated_worlds_have_one_row_each() -> None:
    """From least to most over the spreads; by hand: 100 and 380 of 400 are 25 % and 95 %."""
    text = shown(CLAIM, worlds=WORLDS).replace("\N{NO-BREAK SPACE}", " ")
    table = rows(text)
    for row in (
        ["10", "a ratio of [2]", "true", "25.0 to 95.0 %", "0.0 to 2.5 %", "5.0 to 72.5 %"],
        ["8", "no effect", "false", "0.0 %", "100.0 %", "0.0 %"],
        ["n: runs per arm. From the least to the most over the simulated spreads of runs."],
    ):
        assert row in table
    assert "simulated" not in shown(CLAIM)


def test_worlds_are_shown_at_the_spread_that_is_nearest_to_the_measured_one() -> None:
    text = shown(CLAIM, worlds=WORLDS, spreads=("narrow",), width=200).replace("\xa0", " ")
    table = rows(text)
    assert ["10", "a ratio of [2]", "true", "95.0 %", "0.0 %", "5.0 %"] in table
    assert "no effect" not in text
    note = (
        "n: runs per arm. At the simulated spread of runs that is nearest to that of the published runs (narrow); "
        "data/characteristics.md has the others."
    )
    assert [note] in table
    everything = shown(CLAIM, worlds=WORLDS, spreads=("of another version",), width=200)
    assert "From the least to the most over the simulated spreads" in everything


def test_how_far_a_verdict_reaches() -> None:
    assert ["how far it reaches", "one setting"] in rows(shown(listed(scope="one setting")))
    assert "how far it reaches" not in shown(CLAIM)


def test_shipped_runs_are_not_trained() -> None:
    audit = replace(AUDIT, left_out="", blocks=("a/b",), runs=1, shipped=1)
    text = shown(listed(needs=(audit,)))
    assert ["audit tier", "1 run in 1 block, shipped with the project"] in rows(text)
    assert ["a/b"] in rows(text)


def test_runs_that_are_not_shipped_are_counted() -> None:
    audit = replace(AUDIT, left_out="", blocks=("a/b", "a/c"), runs=60, shipped=0)
    text = " ".join(shown(listed(needs=(audit,))).split())
    assert "60 runs in 2 blocks, 0 of them shipped with the project: it cannot be judged" in text


@pytest.mark.parametrize(
    ("margin", "words"),
    [
        (Margin(low=1.0), "above 1.00"),
        (Margin(high=0.5), "below 0.500"),
        (Margin(low=-0.05, high=0.05), "−0.0500 to 0.0500"),
        (Margin(low=9.27, high=20.85, target=13.9), "9.27 to 20.9; the talk gives 13.9"),
    ],
)
def test_margins(margin: Margin, words: str) -> None:
    assert span(margin) == words


def test_the_result_in_the_last_report() -> None:
    text = judged(LAST).replace("\N{NO-BREAK SPACE}", " ")
    assert text == (
        "not reproduced, flipped, 0.500 [0.400, 0.600], 10 runs per arm, 2 of 20 censored, "
        "1 of 2 controls passed; paper tier, commit 0123456789 with uncommitted changes\n"
        "build/claims/claims.json"
    )
    bare = {**LAST, "measured": None, "n": None, "controls": [], "commit": None, "dirty": None}
    assert judged({**bare, "verdict": INCONCLUSIVE, "flipped": False, "drift": True}) == (
        "inconclusive, drift; paper tier, no commit\nbuild/claims/claims.json"
    )
    assert "0.500" in shown(CLAIM, LAST)


@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_text_is_cut(width: int) -> None:
    text = shown(listed(expected="word " * 60), width=width)
    assert "…" not in text
    assert text.split().count("word") == 60
    assert max(map(len, text.splitlines())) <= width
