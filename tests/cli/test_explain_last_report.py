"""A claim in the last report, which may be missing, without the claim, or corrupt."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from repro.cli.explain_last_report import figure, last_judged
from tests.report.example import CLAIM, run

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, **changes: object) -> dict[str, Any]:
    """Write a report with one claim; return its JSON object."""
    body: dict[str, Any] = json.loads(run(CLAIM).to_json())
    body |= changes
    (folder / "claims.json").write_text(json.dumps(body), encoding="utf-8")
    return body


def test_the_fields_of_the_report(tmp_path: Path) -> None:
    body = written(tmp_path, tier="quick", commit="c0ffee", dirty=True)
    last = last_judged(CLAIM.id, tmp_path)
    assert isinstance(last, dict)
    assert last["verdict"] == "reproduced"
    assert last["measured"] == body["claims"][0]["measured"]
    assert (last["tier"], last["commit"], last["dirty"]) == ("quick", "c0ffee", True)
    assert last["report"] == str(tmp_path / "claims.json")


def test_a_report_of_an_earlier_version_lacks_two_fields(tmp_path: Path) -> None:
    body = written(tmp_path, tier="quick")
    del body["tier_label"], body["claims"][0]["runs"]
    (tmp_path / "claims.json").write_text(json.dumps(body), encoding="utf-8")
    last = last_judged(CLAIM.id, tmp_path)
    assert isinstance(last, dict)
    assert (last["runs"], last["tier_label"]) == (None, "quick tier")


def test_the_report_may_be_missing(tmp_path: Path) -> None:
    assert last_judged("a.b", tmp_path) == f"there is no report in {tmp_path}"


def test_the_report_may_not_have_the_claim(tmp_path: Path) -> None:
    written(
        tmp_path,
        tier_label="quick tier with other seeds (1-2)",
        left_out=[{"id": "a.c", "title": "", "why": "it is long"}],
    )
    text = f"the report in {tmp_path}, of the quick tier with other seeds (1-2),"
    assert last_judged("a.b", tmp_path) == f"{text} does not have it"
    assert last_judged("a.c", tmp_path) == f"{text} left it out: it is long"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "{}", '{"tier": "", "claims": [{}]}', "[" * 100_000]
)
def test_the_report_may_be_corrupt(tmp_path: Path, text: str) -> None:
    (tmp_path / "claims.json").write_text(text, encoding="utf-8")
    last = last_judged("a.b", tmp_path)
    assert isinstance(last, str)
    assert last.startswith(f"{tmp_path / 'claims.json'} cannot be read (")


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("verdict", None, "TypeError: given verdict None"),
        ("verdict", "Reproduced", "ValueError: 'Reproduced' is not a valid Verdict"),
        ("measured", [], "TypeError: given measured []"),
        (
            "measured",
            {"value": "2", "low": 1.0, "high": 3.0, "unit": ""},
            "TypeError: given value '2'",
        ),
        ("measured", {"value": 2.0}, "KeyError: 'low'"),
        ("n", "10", "TypeError: given n '10'"),
        ("drift", None, "TypeError: given drift None"),
        ("controls", {}, "TypeError: given controls {}"),
        ("controls", [{"what": "", "expected": [], "verdict": ""}], "TypeError: given expected []"),
    ],
)
def test_a_claim_with_an_invalid_field_is_not_shown(
    tmp_path: Path, field: str, value: object, why: str
) -> None:
    body = written(tmp_path)
    body["claims"][0][field] = value
    (tmp_path / "claims.json").write_text(json.dumps(body), encoding="utf-8")
    path = tmp_path / "claims.json"
    assert last_judged(CLAIM.id, tmp_path) == f"{path} cannot be read ({why})"


def test_a_folder_that_cannot_be_a_path(tmp_path: Path) -> None:
    text = last_judged(CLAIM.id, tmp_path / ("x" * 300))
    assert isinstance(text, str)
    assert text.endswith("claims.json cannot be read (OSError: File name too long)")


def test_infinity_becomes_null(tmp_path: Path) -> None:
    body = written(tmp_path)
    body["claims"][0]["measured"]["high"] = math.inf
    (tmp_path / "claims.json").write_text(json.dumps(body), encoding="utf-8")
    last = last_judged(CLAIM.id, tmp_path)
    assert isinstance(last, dict)
    assert last["measured"]["high"] is None


@pytest.mark.parametrize(
    ("ends", "shown"),
    [
        ((1.5, 2.5), "2.00 [1.50, 2.50] s"),
        ((1.5, None), "≥ 2.00 [1.50, ∞] s"),
        ((None, 2.5), "≤ 2.00 [−∞, 2.50] s"),
        ((None, None), "2.00 s"),
    ],
)
def test_open_ends(ends: tuple[float | None, float | None], shown: str) -> None:
    low, high = ends
    text = figure({"value": 2.0, "low": low, "high": high, "unit": "s"})
    assert text.replace("\N{NO-BREAK SPACE}", " ") == shown
    assert figure(None) == figure({"value": None, "low": low, "high": high, "unit": "s"}) == ""
