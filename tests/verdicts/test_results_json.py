"""The JSON file of a run is pinned, because other programs may read it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from repro.verdicts import Detail, Measured, Table
from tests.verdicts.test_results import NOT, NOT_RUN, RUN, claim, run

JSON = """{
  "schema": 1,
  "tier": "paper",
  "tier_label": "paper tier",
  "about": "all of it",
  "commit": "abc123",
  "dirty": false,
  "environment": {
    "python": "3.11.9",
    "cores": 2
  },
  "seconds": 61.5,
  "cost": {
    "peak_memory": 1073741824,
    "speeds": {
      "cvs": 500000
    },
    "blocks": "1 block: 1 trained"
  },
  "accounts": {
    "runs": {
      "expected": 2,
      "finished": 2,
      "censored": 1,
      "unready": 0,
      "failed": 0,
      "resumed": 0
    },
    "blocks": [
      {
        "block": "cvs/linear_chain.last",
        "came": "trained",
        "runs": 2,
        "censored": 1,
        "unready": null,
        "resumed": false,
        "seconds": 2.5,
        "digest": "ab12",
        "error": ""
      }
    ]
  },
  "comparison": {
    "commit": "def456",
    "fault": "",
    "summary": "1 block: 1 identical",
    "failed": false,
    "blocks": [
      {
        "block": "cvs/linear_chain.last",
        "likeness": "identical",
        "why": "other processor",
        "ratio": null,
        "low": null,
        "high": null,
        "levels": null,
        "where": ""
      }
    ]
  },
  "known": 0,
  "known_statements": 0,
  "totals": {
    "reproduced": 0,
    "not reproduced": 0,
    "inconclusive": 1,
    "not run": 0
  },
  "statements": {
    "reproduced": 0,
    "not reproduced": 0,
    "inconclusive": 1,
    "not run": 0
  },
  "left_out": [
    {
      "id": "theory.x",
      "title": "X",
      "why": "no runs",
      "counts_as": "theory.x"
    }
  ],
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
      "group": "",
      "study": false,
      "required": true,
      "verdict": "inconclusive",
      "recorded": "reproduced",
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
          "verdict": null,
          "part": false
        },
        {
          "label": "ratio",
          "value": 2.0,
          "low": 1.5,
          "high": 3.0,
          "verdict": "not reproduced",
          "part": false
        }
      ],
      "tables": [
        {
          "title": "by shape",
          "head": [
            "shape",
            "cases",
            "share"
          ],
          "rows": [
            [
              "A, B",
              3,
              0.5
            ],
            [
              "A",
              null,
              1.0
            ]
          ]
        }
      ],
      "n": 10,
      "censored": 1,
      "runs": 20,
      "checked": 135,
      "controls": [
        {
          "what": "arms swapped",
          "expected": "not reproduced",
          "verdict": "not reproduced",
          "measured": null,
          "why": ""
        },
        {
          "what": "halves",
          "expected": "not reproduced or inconclusive",
          "verdict": "not reproduced",
          "measured": null,
          "why": ""
        }
      ],
      "differences": "Convergence rule: ours – 30 epochs.",
      "figures": [
        "headline_ratio"
      ],
      "command": "nox -s verify_claims -- --claim transfer.headline",
      "seconds": 0.5,
      "explanation": "",
      "scope": "",
      "machine_independent": false,
      "margin": {
        "low": 9.3,
        "high": null,
        "target": 13.9,
        "estimate": null
      },
      "subsamples": [
        {
          "seeds": "10-19",
          "verdict": "inconclusive",
          "measured": {
            "value": 9.5,
            "low": null,
            "high": null,
            "unit": ""
          },
          "n": 10,
          "censored": 1,
          "runs": 20
        }
      ],
      "points": [
        {
          "label": "PPO",
          "quantity": "epochs",
          "values": [
            120.0,
            null
          ],
          "censored": [
            false,
            true
          ]
        }
      ],
      "raw": [
        {
          "block": "ppo/linear_chain.last",
          "digest": "ab12",
          "came": "trained"
        }
      ],
      "characteristics": [],
      "drift": true,
      "flipped": false,
      "file": ""
    }
  ]
}
"""


def test_the_json_is_pinned() -> None:
    assert RUN.to_json() == JSON
    counted = replace(RUN, known=23, known_statements={"a": 1, "b": 3})
    known = JSON.replace('"known": 0,', '"known": 23,')
    assert counted.to_json() == known.replace('"known_statements": 0,', '"known_statements": 2,')


def test_what_does_not_apply_is_null() -> None:
    none: dict[str, Any] = dict.fromkeys(("measured", "n", "censored", "runs", "checked"))
    bare = claim(NOT_RUN, **none, details=(), tables=(), controls=())
    body = json.loads(replace(run(bare), commit=None, dirty=None).to_json())
    (only,) = body["claims"]
    assert [only[key] for key in none] == [None] * 5
    assert (body["commit"], body["dirty"]) == (None, None)
    assert (only["details"], only["tables"], only["controls"]) == ([], [], [])


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_figures_that_json_does_not_have_become_null(value: float) -> None:
    odd = claim(
        NOT,
        measured=Measured(value, 1.0, value),
        details=(Detail("x", value),),
        tables=(Table("t", ("x",), ((value,),)),),
    )
    text = replace(run(odd), environment={"load": value}, seconds=1.0).to_json()
    body = json.loads(text, parse_constant=pytest.fail)
    assert body["claims"][0]["measured"] == {"value": None, "low": 1.0, "high": None, "unit": ""}
    assert body["claims"][0]["details"][0]["value"] is None
    assert body["claims"][0]["tables"][0]["rows"] == [[None]]
    assert body["environment"] == {"load": None}
