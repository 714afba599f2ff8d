"""The command `ship`, and the comparison of a paper tier with the shipped runs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro import cli
from repro.cli import pytest_session
from repro.paths import CLAIMS
from repro.plugin import collect_only, project, record_supply
from repro.protocol.blocks import with_parents
from repro.records.shipped import Shipped
from tests.support.cli_place import (
    DIRECTION,
    FIRST,
    Place,
    arms,
    fill,
    shipped,
)
from tests.support.shipping import CLEAN, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from repro.protocol.blocks import Block

pytestmark = pytest.mark.slow


def test_a_paper_run_is_compared_with_the_shipped_runs(
    place: Place, trained: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    shipped(place)
    assert cli.main(["run", DIRECTION, *place.words]) == 0
    assert len(trained) == 1
    line = "6 blocks: 6 identical"
    for text in place.everywhere(capsys.readouterr().out):
        assert line in text
    assert place.report()["comparison"]["commit"] == "c0ffee"


def test_a_paper_run_reads_no_shipped_runs_for_its_verdicts(place: Place) -> None:
    shipped(place)
    assert cli.main(["report", DIRECTION, *place.words]) == 3
    (claim,) = place.report()["claims"]
    assert claim["verdict"] == "not run"
    assert place.report()["comparison"]["blocks"] == []


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        (
            {"processor": "another"},
            0,
            "6 blocks: 5 identical, 1 different bytes (other processor)",
        ),
        ({}, 1, "! shipped runs: 6 blocks: 5 identical, 1 DIFFERENT BYTES IN THE ENVIRONMENT"),
    ],
)
def test_runs_that_differ(
    place: Place,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, object],
    code: int,
    says: str,
) -> None:
    shipped(place)
    store = fill(place.store, with_parents(arms()), **changes)
    other = record(arms()[2], FIRST["ppo"], noise=1)
    store.save(other, {**CLEAN, **changes})
    assert cli.main(["report", DIRECTION, *place.words]) == code
    output = capsys.readouterr().out
    assert says in output
    assert f"exit code {code}" in output
    assert place.report()["comparison"]["failed"] is bool(code)


def test_corrupt_shipped_runs_fail_a_paper_run_after_its_verdicts(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped(place)
    fill(place.store, with_parents(arms()))
    next(place.shipped.glob("*.npz")).unlink()
    assert cli.main(["report", DIRECTION, *place.words]) == 1
    assert (
        "! shipped runs: the comparison with the shipped runs failed: " in capsys.readouterr().out
    )
    (claim,) = place.report()["claims"]
    assert claim["verdict"] == "reproduced"


def test_missing_shipped_runs_are_reported(
    place: Place, trained: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", DIRECTION, *place.words]) == 0
    assert len(trained) == 1
    assert "shipped runs: nothing was compared" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--seeds=0-4"], ["--tier=quick"]])
def test_runs_of_other_tiers_and_seeds_are_not_compared(place: Place, words: list[str]) -> None:
    shipped(place)
    cli.main(["report", DIRECTION, *words, *place.words])
    assert place.report()["comparison"] is None


def everything(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Save a record of every block that any claim needs."""

    def fake(blocks: Sequence[Block], store: Path) -> list[object]:
        fill(store, with_parents(blocks), **changes)
        return list(record_supply.finished(blocks, store))

    monkeypatch.setattr(collect_only, "finished", fake)
    monkeypatch.setattr(project, "commit", lambda: ("c0ffee", False))


@pytest.fixture
def few_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout with the claims on transfer alone: a tenth of the blocks, in a tenth of the time."""
    monkeypatch.setattr(pytest_session, "CLAIMS", CLAIMS / "transfer")


def test_shipping(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    everything(monkeypatch)
    assert cli.main(["ship", *place.words[:2]]) == 0
    output = capsys.readouterr()
    read = Shipped(place.shipped)
    read.verify()
    blocks = len(read.manifest["blocks"])
    assert output.err.startswith(f"{blocks} blocks, ")
    assert output.out == ""
    assert blocks >= 6
    for block in with_parents(arms()):
        np.testing.assert_array_equal(read.load(block).times.epochs, record_epochs(block))


@pytest.mark.usefixtures("few_claims")
def test_what_was_shipped_as_json(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    everything(monkeypatch)
    assert cli.main(["ship", "--json", *place.words[:2]]) == 0
    output = capsys.readouterr()
    body = json.loads(output.out)
    manifest = Shipped(place.shipped).manifest
    assert (body["folder"], body["commit"]) == (str(place.shipped), "c0ffee")
    assert [row["sha256"] for row in body["blocks"]] == [
        entry["sha256"] for entry in manifest["blocks"]
    ]
    assert f"written to {place.shipped}" in output.err
    monkeypatch.setattr("repro.plugin.project.commit", lambda: ("c0ffee", True))
    assert cli.main(["ship", "--json", *place.words[:2]]) == 2
    assert capsys.readouterr().out == ""  # though an earlier manifest exists


def record_epochs(block: Block) -> list[int]:
    return [FIRST[block.algorithm] + run for run in range(len(block.seeds))]


def test_an_incomplete_run_is_not_shipped(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(project, "commit", lambda: ("c0ffee", False))
    training = arms()[0].parent
    assert training is not None
    fill(place.store, [training])
    assert cli.main(["ship", "--json", *place.words[:2]]) == 2
    out, output = capsys.readouterr()
    assert out == ""
    counted = re.search(
        r"(\d+) of (\d+) blocks have no finished record in \S+: (.*); finish", output
    )
    assert counted is not None
    missing, wanted = int(counted[1]), int(counted[2])
    assert wanted - missing == 1
    *names, last = counted[3].split(", ")
    assert len(names) == 4
    assert last.endswith(f" and {missing - 5} more")
    assert training.name not in (*names, last.split()[0])
    assert "Traceback" not in output
    assert not place.shipped.exists()


@pytest.mark.usefixtures("few_claims")
@pytest.mark.parametrize("dirty", [True, None])
def test_a_dirty_checkout_ships_only_with_the_option(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    dirty: bool | None,
) -> None:
    everything(monkeypatch)
    monkeypatch.setattr(project, "commit", lambda: ("c0ffee", dirty))
    assert cli.main(["ship", *place.words[:2]]) == 2
    assert "give --allow-dirty" in capsys.readouterr().err
    assert not place.shipped.exists()
    assert cli.main(["ship", "--allow-dirty", *place.words[:2]]) == 0


@pytest.mark.usefixtures("few_claims")
def test_runs_of_a_dirty_checkout_are_not_shipped(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    everything(monkeypatch, dirty=True)
    assert cli.main(["ship", *place.words[:2]]) == 2
    assert "were trained with uncommitted changes" in capsys.readouterr().err
