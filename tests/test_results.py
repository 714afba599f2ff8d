"""What a run found: counted, judged against its registration, written as JSON."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.results import ClaimResult, Control, Detail, Measured, RunResult
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path

REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN = Verdict
CLAIM = ClaimResult(
    id="transfer.headline",
    title="13.9 times",
    statement="PPO takes 13.9 times as long.",
    source=("talk:43", "talk:44"),
    kind="empirical",
    required=True,
    verdict=INCONCLUSIVE,
    registered=REPRODUCED,
    expected="13.9 within a factor 1.5",
    measured=Measured(11.5, 4.0, math.inf, "times"),
    details=(Detail("mean epochs, CVS", 412.5), Detail("ratio", 2.0, 1.5, 3.0, NOT)),
    n=10,
    censored=1,
    controls=(Control("arms swapped", (NOT,), NOT), Control("halves", (NOT, INCONCLUSIVE), NOT)),
    differences="Convergence rule: ours – 30 epochs.",
    figures=("headline_ratio",),
    command="nox -s verify_claims -- --claim transfer.headline",
    seconds=0.5,
)
RUN = RunResult(
    tier="paper",
    commit="abc123",
    dirty=False,
    environment={"python": "3.11.9", "cores": 2},
    seconds=61.5,
    claims=(CLAIM,),
)
JSON = """{
  "schema": 1,
  "tier": "paper",
  "commit": "abc123",
  "dirty": false,
  "environment": {
    "python": "3.11.9",
    "cores": 2
  },
  "seconds": 61.5,
  "totals": {
    "reproduced": 0,
    "not reproduced": 0,
    "inconclusive": 1,
    "not run": 0
  },
  "claims": [
    {
      "id": "transfer.headline",
      "title": "13.9 times",
      "statement": "PPO takes 13.9 times as long.",
      "source": [
        "talk:43",
        "talk:44"
      ],
      "kind": "empirical",
      "required": true,
      "verdict": "inconclusive",
      "registered": "reproduced",
      "expected": "13.9 within a factor 1.5",
      "measured": {
        "value": 11.5,
        "low": 4.0,
        "high": null,
        "unit": "times"
      },
      "details": [
        {
          "label": "mean epochs, CVS",
          "value": 412.5,
          "low": null,
          "high": null,
          "verdict": null
        },
        {
          "label": "ratio",
          "value": 2.0,
          "low": 1.5,
          "high": 3.0,
          "verdict": "not reproduced"
        }
      ],
      "n": 10,
      "censored": 1,
      "controls": [
        {
          "what": "arms swapped",
          "expected": "not reproduced",
          "verdict": "not reproduced"
        },
        {
          "what": "halves",
          "expected": "not reproduced or inconclusive",
          "verdict": "not reproduced"
        }
      ],
      "differences": "Convergence rule: ours – 30 epochs.",
      "figures": [
        "headline_ratio"
      ],
      "command": "nox -s verify_claims -- --claim transfer.headline",
      "seconds": 0.5,
      "explanation": "",
      "machine_independent": false,
      "drift": true,
      "flipped": false
    }
  ]
}
"""


def claim(verdict: Verdict, registered: Verdict = REPRODUCED, **changes: object) -> ClaimResult:
    """CLAIM with another outcome."""
    return replace(CLAIM, verdict=verdict, registered=registered, **changes)  # type: ignore[arg-type]  # any field


def run(*claims: ClaimResult) -> RunResult:
    return replace(RUN, claims=claims)


def test_the_json_is_pinned(tmp_path: Path) -> None:
    assert RUN.to_json() == JSON
    RUN.write(tmp_path / "claims.json")
    assert (tmp_path / "claims.json").read_bytes() == JSON.encode("utf-8")


def test_what_does_not_apply_is_null() -> None:
    bare = claim(NOT_RUN, measured=None, n=None, censored=None, details=(), controls=())
    body = json.loads(replace(run(bare), commit=None, dirty=None).to_json())
    (only,) = body["claims"]
    assert [only[key] for key in ("measured", "n", "censored")] == [None] * 3
    assert (body["commit"], body["dirty"]) == (None, None)
    assert (only["details"], only["controls"]) == ([], [])


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_figures_that_json_cannot_say_become_null(value: float) -> None:
    odd = claim(NOT, measured=Measured(value, 1.0, value), details=(Detail("x", value),))
    text = replace(run(odd), environment={"load": value}, seconds=1.0).to_json()
    body = json.loads(text, parse_constant=pytest.fail)
    assert body["claims"][0]["measured"] == {"value": None, "low": 1.0, "high": None, "unit": ""}
    assert body["claims"][0]["details"][0]["value"] is None
    assert body["environment"] == {"load": None}


# verdict, registered: how they stand to each other, worked out by hand.
STANDINGS = {
    (REPRODUCED, REPRODUCED): "reproduced",
    (NOT, REPRODUCED): "flipped",
    (INCONCLUSIVE, REPRODUCED): "drift",
    (NOT_RUN, REPRODUCED): "",
    (REPRODUCED, NOT): "flipped",
    (NOT, NOT): "",
    (INCONCLUSIVE, NOT): "drift",
    (NOT_RUN, NOT): "",
    (REPRODUCED, INCONCLUSIVE): "drift",
    (NOT, INCONCLUSIVE): "drift",
    (INCONCLUSIVE, INCONCLUSIVE): "",
    (NOT_RUN, INCONCLUSIVE): "",
}


@pytest.mark.parametrize(("pair", "standing"), STANDINGS.items())
def test_how_a_verdict_stands_to_its_registration(
    pair: tuple[Verdict, Verdict], standing: str
) -> None:
    told = claim(*pair)
    said = {"reproduced": told.reproduced, "flipped": told.flipped, "drift": told.drift}
    assert [word for word, holds in said.items() if holds] == ([standing] if standing else [])


@pytest.mark.parametrize(("pair", "standing"), STANDINGS.items())
def test_only_a_flip_fails_unless_the_machine_cannot_matter(
    pair: tuple[Verdict, Verdict], standing: str
) -> None:
    assert claim(*pair).failed == (standing == "flipped")
    assert claim(*pair, machine_independent=True).failed == (standing in {"flipped", "drift"})
    assert not claim(*pair, machine_independent=True, required=False).failed


@pytest.mark.parametrize(("pair", "standing"), STANDINGS.items())
def test_a_claim_registered_otherwise_is_never_counted_as_reproduced(
    pair: tuple[Verdict, Verdict], standing: str
) -> None:
    totals = run(claim(*pair)).totals
    assert list(totals) == ["reproduced", "not reproduced", "inconclusive", "not run"]
    assert totals["reproduced"] == (standing == "reproduced")
    counted = {} if pair[0] is REPRODUCED and standing != "reproduced" else {pair[0].value: 1}
    assert {word: n for word, n in totals.items() if n} == counted


def test_a_control_that_does_not_come_out_as_declared_flips_the_claim() -> None:
    broken = Control("halves", (NOT, INCONCLUSIVE), REPRODUCED)
    assert not broken.holds
    told = claim(REPRODUCED, controls=(CLAIM.controls[0], broken))
    assert told.flipped
    assert told.failed
    assert not told.reproduced
    assert not claim(REPRODUCED).flipped


def test_a_claim_that_was_not_run_has_not_flipped_on_its_controls() -> None:
    assert not claim(NOT_RUN, controls=(Control("halves", (NOT,), NOT_RUN),)).flipped


def test_totals_count_every_claim_under_its_verdict() -> None:
    told = run(*map(claim, (REPRODUCED, REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN)))
    assert list(told.totals.values()) == [2, 1, 1, 1]


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([], 0),
        ([claim(REPRODUCED), claim(NOT, NOT), claim(INCONCLUSIVE)], 0),
        ([claim(REPRODUCED), claim(NOT)], 1),
        ([claim(REPRODUCED, NOT)], 1),
        ([claim(NOT, required=False), claim(NOT_RUN, required=False)], 0),
        ([claim(NOT_RUN)], 3),
        ([claim(NOT_RUN, NOT)], 3),
    ],
)
def test_exit_codes(claims: list[ClaimResult], code: int) -> None:
    assert run(*claims).exit_code == code


def test_not_run_comes_before_failed() -> None:
    for order in itertools.permutations([claim(NOT), claim(NOT_RUN), claim(REPRODUCED)]):
        assert run(*order).exit_code == 3
