"""Published verdicts and figures are compared with those of a report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repro.cli import main
from repro.errors import UserError
from repro.report.published import published_ids, unlike

if TYPE_CHECKING:
    from pathlib import Path

TEN = [{"verdict": "reproduced"}, {"verdict": "inconclusive"}]
CLAIM: dict[str, Any] = {
    "id": "a.claim",
    "required": True,
    "verdict": "reproduced",
    "n": 30,
    "measured": {"value": 2.0, "low": 1.5, "high": None},
    "subsamples": TEN,
}
THEORY = CLAIM | {"id": "theory.claim", "n": 0, "measured": None, "subsamples": []}


def written(folder: Path, *judged: dict[str, Any]) -> tuple[Path, Path]:
    """Write a report of these claims and a project that has published one; return both folders."""
    for name, claims in (("claims.json", judged), ("data/verdicts.json", (CLAIM, THEORY))):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"claims": claims}))
    return folder, folder


def test_the_same_is_as_published(tmp_path: Path) -> None:
    rounded = CLAIM | {"measured": {"value": 2.0000001, "low": 1.5, "high": None}}
    assert unlike(*written(tmp_path, rounded, THEORY)) == (1, [])


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"verdict": "inconclusive"}, "the verdict is inconclusive, and reproduced is published"),
        ({"n": 10}, "the number of runs is 10, and 30 is published"),
        (
            {"measured": {"value": 2.1, "low": 1.5, "high": None}},
            "the figure is 2.1, 1.5, inf, and 2, 1.5, inf is published",
        ),
        (
            {"measured": {"value": 2.0, "low": 1.5, "high": 9.0}},
            "the figure is 2, 1.5, 9, and 2, 1.5, inf is published",
        ),
        ({"measured": None}, "the figure is none, and 2, 1.5, inf is published"),
        (
            {"subsamples": TEN[:1]},
            "the verdicts on ten seeds is reproduced, and reproduced and inconclusive is published",
        ),
    ],
)
def test_what_differs_is_said(tmp_path: Path, change: dict[str, Any], line: str) -> None:
    assert unlike(*written(tmp_path, CLAIM | change)) == (1, [f"a.claim: {line}"])


def test_a_claim_that_is_not_published(tmp_path: Path) -> None:
    new = CLAIM | {"id": "a.new_one"}
    assert unlike(*written(tmp_path, new)) == (1, ["a.new_one is not published"])
    exploratory = new | {"required": False}
    assert unlike(*written(tmp_path, CLAIM, exploratory)) == (2, [])


def test_a_report_without_runs_or_without_claims_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no claim was judged on runs; expected one of any tier"):
        unlike(*written(tmp_path, THEORY))
    (tmp_path / "claims.json").write_text("{}")
    with pytest.raises(
        UserError,
        match=r"claims.json cannot be read \(KeyError\); make the report with `nox -s verify_claims -- --tier audit`",
    ):
        unlike(tmp_path, tmp_path)


def test_which_claims_are_published(tmp_path: Path) -> None:
    written(tmp_path)
    assert published_ids(tmp_path) == {"a.claim", "theory.claim"}
    assert published_ids(tmp_path / "nowhere") == frozenset()
    assert "transfer.headline" in published_ids()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On this project's own published verdicts, which this claim is not among."""
    folder, _ = written(tmp_path, CLAIM)
    assert main(["docs", "--check", "--report", str(folder)]) == 1
    assert capsys.readouterr().out == "a.claim is not published\n"
