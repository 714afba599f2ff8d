"""A claim judged here has the published outcome, on all seeds and on some, with its controls."""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from repro.errors import ClaimError, UserError
from repro.library import judge, judging, load_shipped
from repro.paths import PROJECT
from repro.report.documents import VERDICTS
from repro.report.ladder import written_figure
from repro.report.recorded_outcome import figure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repro.library import Judged, Runs

HEADLINE = "transfer.headline"
CLAIM = """
import pytest
@pytest.mark.claim(id="{folder}.one", title="One", statement="One.", source=["talk:44"], kind="theory",
    expected="1", controls={{"<none>": "not reproduced"}})
def test_one({arguments}):
    record.outcome("reproduced", None, checked=3)
    record.control("<none>", "not reproduced")
"""


def published(claim: str) -> dict[str, Any]:
    claims = json.loads((PROJECT / VERDICTS).read_text(encoding="utf-8"))["claims"]
    (found,) = (one for one in claims if one["id"] == claim)
    return dict(found)


@cache
def judged(claim: str) -> Judged:
    """Judge a claim once."""
    return judge(claim)


@pytest.mark.slow
@pytest.mark.parametrize("claim", [HEADLINE, "extension.bandit"])
def test_the_outcome_is_the_published_one(claim: str) -> None:
    found, expected = judged(claim).result, published(claim)
    assert (found.id, found.verdict, found.checked) == (
        claim,
        expected["verdict"],
        expected["checked"],
    )
    assert (found.n or None) == expected["n"]
    assert all(control.holds for control in found.controls)
    assert figure(found) == written_figure(expected["measured"])


@pytest.mark.slow
def test_some_seeds_give_the_published_outcome_on_them() -> None:
    for expected in published(HEADLINE)["subsamples"][:2]:
        first, last = map(int, expected["seeds"].split("-"))
        found = judge(HEADLINE, load_shipped(seeds=range(first, last + 1)))
        assert found.verdict == expected["verdict"]
        assert figure(found.result) == written_figure(expected["measured"])
        assert found.result.n == 10


@pytest.mark.slow
def test_it_is_written_in_a_line_and_shown_as_a_table() -> None:
    headline, told = judged(HEADLINE), published(HEADLINE)
    assert repr(headline) == (
        f"<transfer.headline: {told['verdict']}, {written_figure(told['measured'])}; 2 of 2 controls hold; "
        f"recorded: {told['recorded']}>"
    )
    page = headline._repr_html_()
    assert page.count("<tr>") == 6
    for text in ("(talk:44)", "within a factor 1.5 of 13.9", "control: the two arms swapped"):
        assert text in page
    ratios = re.findall(r"(?:not reproduced|inconclusive), ([^(<]+) \(must be", page)
    assert len(ratios) == 2
    assert ratios[0].startswith("≤ ")  # swapped, with the censored run below
    assert [picture.name for picture in headline.pictures] == ["ratio.headline"]


def test_an_unknown_claim_is_an_error() -> None:
    with pytest.raises(
        UserError, match=r"unknown claim 'transfer\.headlin'; did you mean transfer"
    ):
        judge("transfer.headlin")


def test_runs_that_lack_some_are_an_error(runs: Runs) -> None:
    with pytest.raises(UserError, match="is not among these runs"):
        judge(HEADLINE, load_shipped().matching("bandit"))
    with pytest.raises(UserError, match=r"holds no runs of ppof/common_ancestor\.ancestor"):
        judge("transfer.independent_gradients", runs)


@pytest.fixture
def claims_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the claims of a checkout that is made up; its name is that of the package."""
    folder = tmp_path / "made_up_claims"
    monkeypatch.setattr(judging, "PROJECT", tmp_path)
    monkeypatch.setattr(judging, "CLAIMS", folder)
    judging._claims.cache_clear()
    yield folder
    judging._claims.cache_clear()
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


def written(folder: Path, **arguments: str) -> None:
    """Write a claim for each folder, whose function has these arguments."""
    for name, these in arguments.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        (folder / name / "__init__.py").touch()
        (folder / name / "one.py").write_text(CLAIM.format(folder=name, arguments=these))
        (folder / name / "_shared.py").write_text("raise SystemExit")


def test_a_claim_gets_what_it_asks_for(claims_in: Path, runs: Runs) -> None:
    written(claims_in, theory="record", runs="record, runs, seeds")
    before = [*sys.path]
    assert judge("theory.one").result.checked == 3
    assert judge("runs.one", runs).verdict == "reproduced"
    assert "control: &lt;none&gt;" in judge("theory.one")._repr_html_()
    assert repr(judge("theory.one")).startswith("<theory.one: reproduced, 3 cases; 1 of 1 controls")
    assert sys.path == before


def test_what_only_pytest_can_give_is_an_error(claims_in: Path) -> None:
    written(claims_in, theory="record, tmp_path")
    with pytest.raises(
        ClaimError, match=r"asks for tmp_path, .*report --tier audit --claim theory"
    ):
        judge("theory.one")


def test_a_broken_claim_is_one_line(claims_in: Path) -> None:
    written(claims_in, theory="record")
    (claims_in / "theory" / "broken.py").write_text("import pytest\n1 / 0\n")
    with pytest.raises(
        ClaimError, match=r"made_up_claims/theory/broken\.py cannot be used: ZeroDiv"
    ):
        judge("theory.one")


def test_an_undeclared_control_is_an_error(claims_in: Path) -> None:
    written(claims_in, theory="record")
    path = claims_in / "theory" / "one.py"
    path.write_text(path.read_text().replace('record.control("<none>"', 'record.control("other"'))
    with pytest.raises(ClaimError, match="control 'other' is not declared"):
        judge("theory.one")


@pytest.mark.usefixtures("claims_in")
def test_without_a_checkout_there_are_no_claims() -> None:
    with pytest.raises(UserError, match=r"there is no folder .*made_up_claims; claims are judged"):
        judge("theory.one")
