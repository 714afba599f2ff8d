"""`explain` and `list claims`, on the claims of this project."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from repro import cli
from repro.cli import pytest_session
from repro.errors import ClaimError
from repro.plugin.listing import ListedClaim
from repro.report import load_sources
from repro.verdicts.operating_characteristics import TABLE
from tests.cli.example import CLAIM

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def listed() -> list[dict[str, Any]]:
    """What the claims declare, collected once because that takes time."""
    return pytest_session.listed_claims()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, listed: list[dict[str, Any]]) -> None:
    """Use the claims that were collected once for all tests."""
    monkeypatch.setattr("repro.cli.explain.listed_claims", lambda: listed)
    monkeypatch.setattr("repro.cli.list.listed_claims", lambda: listed)


def loads(text: str) -> Any:  # noqa: ANN401 - whatever was printed
    """Read JSON without NaN or Infinity."""
    return json.loads(text, parse_constant=pytest.fail)


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_every_claim_can_be_explained(
    tmp_path: Path, listed: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = load_sources().lines
    simulated = Counter(line.split(",")[0] for line in TABLE.read_text().splitlines())
    assert len(listed) >= 22
    for row in listed:
        words = ["explain", row["id"], f"--out={tmp_path}"]
        assert cli.main([*words, "--json"]) == 0
        body = loads(capsys.readouterr().out)
        assert body == {
            **row,
            "source": [{"line": line, "paraphrase": lines[line]} for line in row["source"]],
            "outcomes": body["outcomes"],
            "control_outcomes": body["control_outcomes"],
            "characteristics": body["characteristics"],
            "spreads": body["spreads"],
            "last": None,
        }
        assert len(body["characteristics"]) == simulated[row["id"]]
        assert {*body["spreads"]} <= {one["spread"] for one in body["characteristics"]}
        assert [one["case"] for one in body["outcomes"] if one["then"] == "as recorded"] == [
            row["recorded"]
        ]
        assert any(one["exit_code"] for one in body["outcomes"]) is row["required"]
        assert body["control_outcomes"]
        assert cli.main(words) == 0
        printed = " ".join(capsys.readouterr().out.split())
        for text in (row["title"], row["statement"], row["expected"], row["command"]):
            assert " ".join(text.split())[:25] in printed
        for control in row["controls"]:
            assert control["what"][:20] in printed
        assert f"there is no report in {tmp_path}"[:60] in printed


@pytest.mark.usefixtures("quick")
def test_the_headline(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["explain", "transfer.headline", f"--out={tmp_path}"]) == 0
    text = capsys.readouterr().out
    assert "nearest to that of the published runs (log-sd" in " ".join(text.split())
    rows = [re.split("  +", line.strip()) for line in text.splitlines()]
    for row in (
        ["transfer.headline, empirical, required"],
        ["margin", "4.63 to 41.7; the talk gives 13.9"],
        ["not reproduced", "the two arms swapped"],
        ["paper tier", "120 runs in 4 blocks, trained unless finished already"],
        ["study tier", "120 runs in 4 blocks, trained unless finished already"],
        ["quick tier", "12 runs in 4 blocks, trained unless finished already"],
        ["audit tier", "60 runs in 2 blocks, shipped with the project"],
        ["nox -s verify_claims -- --claim transfer.headline"],
    ):
        assert row in rows


@pytest.mark.usefixtures("quick")
def test_an_unknown_claim_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "transfer.hedline"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(
        "error: unknown claim 'transfer.hedline'; did you mean transfer.headline or "
    )
    assert output.err.count("\n") == 1


@pytest.mark.usefixtures("quick")
def test_the_list_has_one_line_per_claim(
    listed: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["list", "claims"]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["claim", "kind", "recorded", "title"]
    assert [re.split("  +", row) for row in rows] == [
        [row["id"], row["kind"], row["recorded"], row["title"]] for row in listed
    ]


def test_what_is_listed_can_be_read_back(listed: list[dict[str, Any]]) -> None:
    for row in listed:
        assert row.keys() == CLAIM.to_dict().keys()
        assert loads(json.dumps(ListedClaim.from_dict(row).to_dict())) == row
        paper, study = row["needs"][:2]
        assert (paper["tier"], bool(paper["left_out"])) == ("paper", row["study"])
        assert (study["tier"], study["left_out"]) == ("study", "")
        assert bool(study["blocks"]) is bool(study["runs"])
        assert row["machine_independent"] is (row["kind"] in {"theory", "consistency"})


@pytest.mark.slow
def test_a_claim_that_cannot_be_collected_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def faulty(*_: object) -> None:
        raise ClaimError("claims/a.py::test_a: its claim marker has no title; add a title")

    monkeypatch.setattr("repro.plugin.selection.declare_all", faulty)
    assert cli.main(["list", "claims", "--json"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        "error: the claims cannot be listed: claims/a.py::test_a: its claim marker has no title; add "
        "a title\n"
    )


def test_other_errors_of_pytest_are_passed_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> int:
        print("E   ImportError: no module named pencil")  # noqa: T201 - as pytest does
        return 2

    monkeypatch.setattr(pytest_session, "run_pytest", broken)
    assert cli.main(["explain", "a.b"]) == 2
    assert "ImportError: no module named pencil" in capsys.readouterr().err
