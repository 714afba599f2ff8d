"""The study tier from the command line: what it judges, what is compared, what is shipped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repro import cli
from repro.cli.pytest_session import listed_claims
from repro.plugin import collect_only, declaration, project, record_supply
from repro.protocol.blocks import with_parents
from tests.support.cli_place import DIRECTION, Place, arms, fill, shipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from repro.plugin.declaration import Declaration
    from repro.protocol.blocks import Block

pytestmark = pytest.mark.slow

ID = "transfer.headline_direction"
BEYOND = "it belongs to the explanation study: --tier study"


@pytest.fixture
def only_study(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every claim belong to the explanation study."""
    declare = declaration.declare

    def changed(where: str, given: Mapping[str, Any]) -> Declaration:
        return declare(where, {**given, "study": True})

    monkeypatch.setattr(declaration, "declare", changed)


@pytest.mark.parametrize(
    ("words", "tier", "compared"),
    [
        (["--tier=study"], "study", 6),
        (["--tier=study", "--seeds=10-39"], "study", 6),
        (["--tier=study", "--seeds=40-49"], "custom", None),
        (["--tier=study", "--cap=900"], "custom", None),
    ],
)
def test_runs_with_the_papers_seeds_are_compared_with_the_shipped_ones(
    place: Place,
    trained: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    tier: str,
    compared: int | None,
) -> None:
    shipped(place)
    cli.main(["run", DIRECTION, *words, *place.words])
    assert len(trained) == 1
    body = place.report()
    assert body["tier"] == tier
    assert (body["comparison"] and len(body["comparison"]["blocks"])) == compared
    assert ("6 blocks: 6 identical" in capsys.readouterr().out) is (compared == 6)


@pytest.mark.usefixtures("only_study")
@pytest.mark.parametrize("tier", ["study", "audit"])
def test_the_command_of_a_claim_of_the_study_names_one_tier(
    place: Place, trained: list[dict[str, Any]], tier: str
) -> None:
    shipped(place)
    assert cli.main(["run", DIRECTION, f"--tier={tier}", *place.words]) == 0
    (claim,) = place.report()["claims"]
    assert claim["study"] is True
    assert claim["command"] == f"nox -s verify_claims -- --claim {ID} --tier {tier}"
    assert len(trained) == (tier == "study")


@pytest.mark.usefixtures("only_study")
@pytest.mark.parametrize("tier", ["paper", "quick"])
def test_other_tiers_leave_the_study_out(
    place: Place, capsys: pytest.CaptureFixture[str], tier: str
) -> None:
    assert cli.main(["report", DIRECTION, f"--tier={tier}", *place.words]) == 2
    says = f"the tier {tier} leaves out all selected claims ({ID}: {BEYOND})"
    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("only_study")
def test_the_runs_of_the_study_are_shipped(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Block] = []

    def found(blocks: Sequence[Block], store: Path) -> list[object]:
        asked.extend(blocks)
        fill(store, with_parents(blocks))
        return list(record_supply.finished(blocks, store))

    monkeypatch.setattr(collect_only, "finished", found)
    monkeypatch.setattr(project, "commit", lambda: ("c0ffee", False))
    assert cli.main(["ship", *place.words[:2]]) == 0
    assert set(arms()) <= set(asked)
    # All of the tier's seeds, or the first of them where a claim says so.
    assert {block.seeds for block in asked} == {tuple(range(10, end)) for end in (15, 20, 40)}


def test_all_statements_of_the_talk_are_counted_whatever_is_chosen(place: Place) -> None:
    """The chosen claim's group has others, which were not chosen."""
    shipped(place)
    assert cli.main(["run", DIRECTION, "--tier=audit", *place.words]) == 0
    names = {
        row["group"] or row["id"]
        for row in listed_claims()
        if row["kind"] in {"theory", "empirical"}
    }
    assert place.report()["known_statements"] == len(names)
    message = json.loads((place.out / "badge.json").read_text())["message"]
    assert message.startswith(
        f"0/{len(names)} statements reproduced · 1 judged in part · {len(names) - 1} not chosen · audit tier"
    )


def test_unfinished_runs_name_the_tier_to_run(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(project, "commit", lambda: ("c0ffee", False))
    assert cli.main(["ship", *place.words[:2]]) == 2
    says = "finish the study tier first: `python -m repro run --tier study`"
    assert says in capsys.readouterr().err
