"""The command `compare`, on folders of synthetic records."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro import cli
from repro.protocol.blocks import pretraining
from repro.records.shipping import ship
from repro.records.store import Store
from tests.support.shipping import record, stored

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = tuple(range(8))
ONE, TWO = (pretraining(name, "linear_chain", SEEDS) for name in ("cvs", "ppo"))
EXTRA = replace(ONE, hyperparameters=(("policy_lr", 1e-5),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store, the same runs shipped, and two stores of another machine, one of which differs."""
    made = stored(tmp_path / "runs", record(ONE), record(TWO), record(EXTRA))
    ship(made[:2], tmp_path / "shipped")
    for name, first in (("alike", 302), ("slower", 600)):
        stored(tmp_path / name, record(ONE, first), record(TWO), processor="slow")
    stored(tmp_path / "single", record(replace(ONE, seeds=(5,))), processor="slow")
    stored(tmp_path / "other", record(EXTRA))
    return tmp_path


def compared(folder: Path, one: str, other: str, *words: str) -> int:
    return cli.main(["compare", str(folder / one), str(folder / other), *words])


def test_the_same_bytes_in_a_store_and_shipped(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(folder, "shipped", "runs") == 0
    output = capsys.readouterr()
    assert output.err == ""
    *table, summary, only = output.out.splitlines()
    assert [" ".join(line.split()) for line in table] == [
        "block result other ratio of mean times [95 %] returns at the end",
        "cvs/linear_chain.training identical",
        "ppo/linear_chain.training identical",
    ]
    assert summary == "agree: 2 identical"
    assert only == f"only in {folder / 'runs'}: cvs/linear_chain.training/policy_lr=1e-05"


def test_another_machines_runs_that_agree(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(folder, "alike", "shipped") == 0
    _, row, same, last = capsys.readouterr().out.splitlines()
    assert "other bytes, no statistical difference  processor  1.01 [0.9" in row
    assert same.split()[1:] == ["identical", "processor"]
    assert last == "agree: 1 other bytes, no statistical difference; 1 identical"


def test_another_machines_runs_that_differ(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(folder, "slower", "shipped") == 1
    _, row, _, last = capsys.readouterr().out.splitlines()
    assert "statistically different  processor  1.99 [1.9" in row
    assert last == "differ: 1 statistically different; 1 identical"


def test_many_blocks_of_one_set_are_counted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = [replace(ONE, hyperparameters=(("policy_lr", k * 1e-5),)) for k in range(1, 8)]
    stored(folder / "many", record(ONE), *map(record, others))
    assert compared(folder, "many", "shipped") == 0
    last = capsys.readouterr().out.splitlines()[-2]
    assert last.startswith(f"only in {folder / 'many'}: 7 blocks, as cvs/")
    assert last.endswith("; --json lists all")
    assert last.count("policy_lr") == 5


def test_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(folder, "slower", "runs", "--json") == 1
    body = json.loads(capsys.readouterr().out)
    assert body["agree"] is False
    assert body["summary"] == "differ: 1 statistically different; 1 identical"
    assert body["only"] == {"first": [], "second": [EXTRA.name]}
    first, second = body["blocks"]
    assert first["ratio"] == pytest.approx(603.5 / 303.5)
    assert 1 < first["low"] < first["ratio"] < first["high"]
    assert second == {
        "block": TWO.name,
        "likeness": "identical",
        "why": "other processor",
        "where": "",
        **dict.fromkeys(("ratio", "low", "high", "levels")),
    }


def test_infinite_ends_are_null(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A single seed has no spread."""
    assert compared(folder, "single", "runs", "--json") == 0
    (block,) = json.loads(capsys.readouterr().out)["blocks"]
    assert (block["low"], block["high"], block["why"]) == (0, None, "other seeds, other processor")
    assert compared(folder, "single", "runs") == 0
    assert "seeds, processor  no bound" in capsys.readouterr().out


def test_runs_that_never_converge_show_their_returns(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, noise in (("stuck", 0), ("also stuck", 1)):
        stored(folder / name, record(ONE, 0, noise), processor=name)
    assert compared(folder, "stuck", "also stuck") == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert row.split()[-5:] == ["no", "bound", "0.100", "/", "0.100"]


def test_bad_input_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty").mkdir()
    path = Store(folder / "other").path(EXTRA, "npz")
    faults = [
        (
            "none",
            "runs",
            (
                f"{folder / 'none'} is not a folder; expected one of records, as build/runs after a "
                "run (`python -m repro run`)"
            ),
        ),
        (
            "runs",
            "empty",
            (
                f"{folder / 'empty'} holds no record; expected one of records, as build/runs after a "
                "run, or data/runs with its manifest.json"
            ),
        ),
        (
            "other",
            "shipped",
            (
                f"no block is in both: given {EXTRA.name} and {ONE.name}, {TWO.name}; expected two "
                "sets of the same algorithms and problems"
            ),
        ),
    ]
    for one, other, message in faults:
        assert compared(folder, one, other) == 2
        output = capsys.readouterr()
        assert (output.out, output.err) == ("", f"error: {message}\n")
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes()[:-1])
    found, size = hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size
    assert compared(folder, "runs", "other", "--json") == 2
    output = capsys.readouterr()
    assert (output.out, output.err) == (
        "",
        (
            f"error: the record {path.with_suffix('.json')} cannot be used (its {size:,} bytes have the "
            f"SHA-256 {found[:16]}; expected {expected[:16]}); expected what `python -m repro run` "
            "stores: remove it, or copy the folder again\n"
        ),
    )
