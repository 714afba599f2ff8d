"""Tables in README and ARTIFACT: made only from a complete report of the study tier."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repro.errors import UserError
from repro.report.documents import VERDICTS, keep, load_spreads, tabled
from tests.report.documents_example import BODY, HEADLINE, MARKS, SECONDS, THEORY

if TYPE_CHECKING:
    from pathlib import Path


def test_minutes_are_the_longest_chain_or_the_total_over_two_cores() -> None:
    minutes = [claim["minutes"] for claim in keep(BODY, SECONDS)["claims"]]
    assert minutes == [2, 4, 1]  # 46 + 15 s; 200 + 5 + 15 s; 44 + 15 s
    even = dict.fromkeys(SECONDS, (120.0, 130.0))
    assert keep(BODY, even)["claims"][1]["minutes"] == 5  # 4 · 120 / 2 + 5 + 15 s


def test_the_tables_give_verdicts_and_figures() -> None:
    text = tabled(MARKS, keep(BODY, SECONDS))
    assert text.startswith("before\n<!-- table: claims -->\n| claim | talk lines |")
    lines = text.splitlines()
    assert "old" not in lines
    assert (
        "| 13.9 &#124; times | 43–44, 103 | **inconclusive**, recorded reproduced "
        "| ≥ 13.1 [8.90,\N{NO-BREAK SPACE}∞] | 1 reproduced, 2 inconclusive | `--claim transfer.headline` | 4 |"
    ) in lines
    assert "| X | 9 | **reproduced** | 1,500 cases | – | `--claim theory.x` | 2 |" in lines
    assert "| X | 9 | **reproduced** | – | – | `--claim finding.y` | 1 |" in lines
    assert (
        "| X | `nox -s verify_claims -- --claim theory.x` | **reproduced**: 1,500 cases; "
        "exit code 0 | 2 |"
    ) in lines
    assert any(line.endswith("; exit code 0 | 4 |") for line in lines)


def test_the_tables_name_the_tier_that_judges_a_claim_of_the_study() -> None:
    why = THEORY | {"id": "explanation.x", "title": "Why", "kind": "explanation", "study": True}
    kept = keep(BODY | {"claims": [THEORY, why], "known": 2}, SECONDS)
    found = [line for line in tabled(MARKS, kept).splitlines() if "explanation.x" in line]
    assert found == [
        "| Why | 9 | **reproduced** | 1,500 cases | – | `--claim explanation.x --tier study` | 2 |",
        (
            "| Why | `nox -s verify_claims -- --claim explanation.x --tier study` "
            "| **reproduced**: 1,500 cases; exit code 0 | 2 |"
        ),
    ]


def test_exceptions_of_the_talk_and_others_are_apart() -> None:
    order = ("finding", "explanation", "consistency", "theory")
    claims = [
        THEORY
        | {"title": kind, "kind": kind, "verdict": "inconclusive", "recorded": "inconclusive"}
        for kind in order
    ]
    kept = keep(BODY | {"claims": [HEADLINE, *claims], "known": 5}, SECONDS)
    text = tabled("<!-- table: exceptions -->\n<!-- end -->\n", kept)
    assert text.splitlines()[1:-1] == [
        "- theory (talk 9): **inconclusive**, 1,500 cases.",
        (
            "- 13.9 | times (talk 43–44, 103): **inconclusive**, recorded reproduced, "
            "≥ 13.1 [8.90,\N{NO-BREAK SPACE}∞]."
        ),
        "- consistency (talk 9): **inconclusive**, 1,500 cases.",
    ]
    others = tabled("<!-- table: exceptions_apart -->\n<!-- end -->\n", kept)
    assert others.splitlines()[1:-1] == [
        "Explanations that were not reproduced or are inconclusive; they are not counted as statements of the talk:",
        "",
        "- explanation (talk 9): **inconclusive**, 1,500 cases.",
        "",
        "Findings that were not reproduced or are inconclusive; the talk does not state them:",
        "",
        "- finding (talk 9): **inconclusive**, 1,500 cases.",
    ]


def test_the_memory_is_said_once() -> None:
    mark = "<!-- table: memory -->\n<!-- end -->\n"
    said = tabled(mark, keep(BODY, SECONDS)).splitlines()[1]
    assert said == "Memory at the peak of a run of all claims, two blocks at a time: 1.5 GiB."
    body = BODY | {"cost": {"peak_memory": None}}
    assert "was not measured" in tabled(mark, keep(body, SECONDS))


def test_the_nearest_simulated_spread_is_kept() -> None:
    worlds = [
        {"world": "w", "truth": "true", "runs": 30, "replications": 1, "reproduced": 1}
        | {"not_reproduced": 0, "inconclusive": 0, "spread": f"log-sd {sd}"}
        for sd in (0.3, 0.9)
    ]
    times = {"label": "PPO", "quantity": "epochs", "censored": [False] * 4}
    # The logarithms are 0, 1, 2 and 3: their standard deviation is the square root of 5/3, 1.29.
    points = [times | {"values": [1.0, 2.718281828, 7.389056099, 20.08553692]}]
    simulated = HEADLINE | {"points": points, "characteristics": worlds}
    kept = keep(BODY | {"claims": [simulated, THEORY], "known": 2}, SECONDS)
    assert {one["id"]: one["spreads"] for one in kept["claims"]} == {
        "transfer.headline": ["log-sd 0.9"],
        "theory.x": [],
    }


def test_the_published_spreads_of_a_claim_are_found(tmp_path: Path) -> None:
    assert load_spreads("transfer.headline")
    assert load_spreads("an.other") == ()
    (tmp_path / "data").mkdir()
    (tmp_path / VERDICTS).write_text('{"claims": [{"id": "a.b"}]}', encoding="utf-8")
    with pytest.raises(UserError, match=r"verdicts.json is not of this version .*restore it"):
        load_spreads("a.b", tmp_path)


def test_making_tables_twice_changes_nothing() -> None:
    kept = keep(BODY, SECONDS)
    once = tabled(MARKS, kept)
    assert tabled(once, json.loads(json.dumps(kept))) == once


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"tier": "paper"}, "at the paper tier, .*expected all claims .*--tier study`"),
        ({"tier": "quick"}, "at the quick tier"),
        ({"tier": "custom"}, "at the custom tier"),
        ({"dirty": True}, "uncommitted changes: True"),
        ({"dirty": None}, "uncommitted changes: None"),
        ({"known": 4}, "of 3 of 4 claims"),
        ({"known": 0}, "expected all claims"),
        ({"claims": [], "known": 0}, "of 0 of 0 claims"),
    ],
)
def test_only_a_complete_study_tier_is_accepted(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        keep(BODY | changes, SECONDS)


def test_blocks_of_unknown_duration_are_named() -> None:
    with pytest.raises(UserError, match=r"how long a/last, b/last took; ship the runs"):
        keep(BODY, {name: SECONDS[name] for name in ("a/training", "b/training")})


@pytest.mark.parametrize("text", ["no marks", "<!-- table: others -->\n<!-- end -->"])
def test_unknown_marks_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="expected some of claims, artifact"):
        tabled(text, keep(BODY, SECONDS))


def test_what_came_out_and_the_ladder_are_tables() -> None:
    ratio = {"value": 6.5, "low": 5.25, "high": 8.0, "verdict": None}
    length = HEADLINE | {
        "id": "explanation.pretraining_length",
        "title": "It is constant",
        "kind": "explanation",
        "study": True,
        "details": [
            {"label": "PPO over CVS, from epoch 950", **ratio},
            {"label": "PPOF over CVS, from epoch 2450", **ratio, "high": None},
        ],
    }
    kept = keep(
        BODY | {"claims": [*BODY["claims"], length], "known": len(BODY["claims"]) + 1}, SECONDS
    )
    made = tabled(
        "<!-- table: outcome -->\n<!-- end -->\n<!-- table: ladder -->\n<!-- end -->\n", kept
    ).replace("\N{NO-BREAK SPACE}", " ")
    number = (
        "- The number: when the last decision of the chain changes, PPO takes ≥ 13.1 [8.90, ∞] times as long as CVS; the "
        "claim that this is near the talk's 13.9, up to a factor of 1.5, is inconclusive. (`transfer.headline`)"
    )
    assert made.splitlines() == [
        "<!-- table: outcome -->",
        number,
        "<!-- end -->",
        "<!-- table: ladder -->",
        "| what is compared | PPOF over CVS [95 %] | PPO over CVS [95 %] | claim |",
        "| --- | --- | --- | --- |",
        "| the whole transfer, from epoch 2450 | ≥ 6.50 [5.25, ∞] | – | `explanation.pretraining_length` |",
        "| the whole transfer, from epoch 950 | – | 6.50 [5.25, 8.00] | `explanation.pretraining_length` |",
        "<!-- end -->",
    ]
