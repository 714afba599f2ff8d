"""The tiers from the command line: what is run, audited and printed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from repro import cli
from repro.protocol.blocks import with_parents
from repro.protocol.tiers import QUICK
from repro.records.shipped import MANIFEST, Shipped
from repro.records.store import Store
from repro.storage.checksum import with_checksum
from tests.support.cli_place import (
    DIRECTION,
    THEORY,
    Place,
    arms,
    fill,
    shipped,
)
from tests.support.shipping import CLEAN, record

pytestmark = pytest.mark.slow

NO_REPORT = ["no report was written: see above", "exit code 2: usage or bad input"]


def test_quick_runs_its_blocks_and_is_named_everywhere(
    place: Place, trained: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "--tier=quick", DIRECTION, *place.words]) == 0
    (asked,) = trained
    assert set(asked["blocks"]) == {QUICK.block(block) for block in arms((10, 11, 12))}
    assert {block.epochs for block in asked["blocks"]} == {3000}
    assert asked["scheduler"] is None
    output = capsys.readouterr().out
    lines = output.strip().splitlines()
    assert lines[0].startswith("quick tier, not the paper's scale: ")
    assert any(line.startswith("quick tier") for line in lines[1:])
    assert place.report()["tier"] == "quick"
    assert place.report()["environment"]["seeds"] == "10-12"
    for text in place.everywhere(output):
        assert "seeds 10-12" in text
        assert "--tier quick" in text or text is output
    rows = (place.out / "runs.csv").read_text().splitlines()
    assert rows[0].endswith(",tier")
    assert {row.rpartition(",")[2] for row in rows[1:]} == {"quick"}


def test_quick_with_other_seeds_names_them(
    place: Place, trained: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["run", "--tier=quick", "--seeds=4,6-7", DIRECTION, *place.words])
    assert {block.seeds for block in trained[0]["blocks"]} == {(4, 6, 7)}
    assert "seeds 4,6-7" in capsys.readouterr().out
    assert place.report()["environment"]["seeds"] == "4,6-7"


def test_claims_that_need_no_runs_say_so(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["run", "--claim=theory.topologies", *place.words])
    for text in place.everywhere(capsys.readouterr().out):
        assert "the chosen claims need no runs" in text
        assert "on runs trained here" not in text


def test_a_cap_is_another_tier_and_is_named_everywhere(
    place: Place, trained: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["run", "--cap=900", DIRECTION, *place.words])
    asked = trained[0]["blocks"]
    assert {block.epochs for block in asked} == {900}
    assert {block.parent.epochs for block in asked} == {2450}
    body = place.report()
    assert body["tier"] == "custom"
    assert body["tier_label"] == "paper tier with another cap (900 epochs)"
    assert body["claims"][0]["command"].endswith("--claim transfer.headline_direction --cap 900")
    for text in place.everywhere(capsys.readouterr().out):
        assert "transfers of at most 900 instead of 50,000 epochs" in text


def test_a_run_that_reaches_the_cap_is_censored(
    place: Place, trained: list[dict[str, Any]]
) -> None:
    """PPO's runs converge at epochs 650 to 679; 18 of them have no 30 epochs left until epoch 690."""
    cli.main(["run", "--cap=690", "--claim=transfer.headline", *place.words])
    assert len(trained) == 1
    (claim,) = place.report()["claims"]
    assert claim["censored"] == 18


def test_training_is_told_what_the_shipped_runs_took(
    place: Place, trained: list[dict[str, Any]]
) -> None:
    words = ["run", DIRECTION, *place.words]
    cli.main(words)
    assert trained[0]["measured"] == {}
    shipped(place)
    cli.main(words)
    # Each synthetic block took 1.5 seconds for 30 runs.
    assert trained[1]["measured"] == pytest.approx(
        {block.name: 0.05 for block in with_parents(arms())}
    )


def test_options_are_passed_on_to_training(place: Place, trained: list[dict[str, Any]]) -> None:
    words = ["--jobs=3", "--fresh", "--scheduler=tcp://there:8786"]
    cli.main(["run", DIRECTION, *words, *place.words])
    (asked,) = trained
    assert set(asked["blocks"]) == set(arms())
    assert (asked["jobs"], asked["fresh"]) == (3, True)
    assert asked["scheduler"] == "tcp://there:8786"


def test_an_audit_judges_shipped_runs_and_is_named_everywhere(
    place: Place, trained: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    shipped(place)
    words = ["run", "--tier=audit", DIRECTION, THEORY, *place.words]
    assert cli.main(words) == 0
    assert trained == []
    assert not place.store.exists()
    output = capsys.readouterr().out
    for text in place.everywhere(output):
        assert "audit of shipped runs, nothing was trained" in text
        assert "made at commit c0ffee" in text
        assert "it needs no training runs, so there is nothing to audit" in text
    body = place.report()
    assert body["tier"] == "audit"
    assert body["comparison"] is None
    assert body["cost"]["speeds"] == {}
    assert [claim["id"] for claim in body["left_out"]] == ["theory.criterion"]
    (claim,) = body["claims"]
    assert claim["verdict"] == "reproduced"
    assert claim["measured"]["value"] == pytest.approx(734.5 / 74.5)
    assert claim["command"].endswith("--tier audit")


def test_an_audit_has_the_verdicts_of_the_shipped_run(
    place: Place, trained: list[dict[str, Any]]
) -> None:
    cli.main(["run", DIRECTION, *place.words])
    (before,) = place.report()["claims"]
    assert len(trained) == 1
    shipped(place)
    cli.main(["run", "--tier=audit", DIRECTION, *place.words])
    (after,) = place.report()["claims"]
    blocks = [{raw["block"] for raw in claim["raw"]} for claim in (before, after)]
    assert blocks[1] == blocks[0] == {block.name for block in with_parents(arms())}
    for name in ("seconds", "command", "raw"):
        del before[name], after[name]
    assert after == before


def test_an_audit_without_shipped_runs_is_bad_input(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "--tier=audit", DIRECTION, *place.words]) == 2
    line, *end = capsys.readouterr().err.strip().splitlines()
    assert end == NO_REPORT
    assert line.startswith(
        f"ERROR: {place.shipped / MANIFEST} cannot be used (No such file or directory)"
    )
    assert not (place.out / "index.html").exists()


def test_an_audit_of_a_corrupt_file_is_bad_input(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped(place)
    entry = Shipped(place.shipped).entry(arms()[1].parent or arms()[1])
    assert entry is not None
    path = place.shipped / entry["file"]  # which the claim does not need
    path.write_bytes(path.read_bytes()[:-10])
    size = len(path.read_bytes())
    assert cli.main(["run", "--tier=audit", DIRECTION, *place.words]) == 2
    line, *end = capsys.readouterr().err.strip().splitlines()
    assert end == NO_REPORT
    assert line.startswith(f"ERROR: {path} cannot be used (its {size:,} bytes have the SHA-256 ")
    assert f"expected {entry['sha256'][:16]}" in line


@pytest.mark.parametrize("missing", ["block", "seeds"])
def test_an_audit_of_runs_that_are_not_shipped_leaves_the_claim_not_run(
    place: Place, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    shipped(place)
    words = ["--seeds=0-4"] if missing == "seeds" else []
    if missing == "block":
        body = json.loads((place.shipped / MANIFEST).read_text())
        body["blocks"] = [e for e in body["blocks"] if e["block"] != "ppo/linear_chain.last"]
        (place.shipped / MANIFEST).write_text(json.dumps(with_checksum(body)))
    assert cli.main(["run", "--tier=audit", DIRECTION, *words, *place.words]) == 3
    output = capsys.readouterr().out
    assert "manifest.json holds no runs of " in output
    assert "python -m repro ship" in output
    (claim,) = place.report()["claims"]
    assert claim["verdict"] == "not run"


def test_cost_is_reported(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = with_parents(arms())
    fill(place.store, blocks, transitions=3_000_000, cpu_seconds=4.0)
    store = Store(place.store)
    slow = record(blocks[0], 60)
    store.save(slow, {**CLEAN, "transitions": 1_000_000, "cpu_seconds": 4.0})
    cli.main(["report", DIRECTION, *place.words])
    speeds = place.report()["cost"]["speeds"]
    assert blocks[0].algorithm == "cvs"
    assert speeds == {"cvs": 500_000, "ppo": 750_000, "ppof": 750_000}
    output = capsys.readouterr().out
    assert "PPO 0.75 M transitions per second and core" in output
    assert re.search(r"peak memory [\d.]+ [MG]iB", output)
    assert place.report()["cost"]["peak_memory"] > 2**25


def test_a_claim_that_the_tier_leaves_out_is_bad_input(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped(place)
    assert cli.main(["run", "--tier=audit", THEORY, *place.words]) == 2
    output = capsys.readouterr().err
    assert "the tier audit leaves out all selected claims (theory.criterion: it needs no" in output
