"""Shipping: complete, clean and small enough, or nothing is written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.errors import RecordError, UserError
from repro.records import record_format, shipping
from repro.records.shipped import Shipped
from repro.records.shipping import ship
from tests.records.conftest import LAST, SLOW, TRAINING
from tests.support.shipping import record, stored

if TYPE_CHECKING:
    from pathlib import Path


def test_names_of_files_do_not_follow_the_code(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.name for path in folder.iterdir())
    monkeypatch.setattr(record_format, "key", lambda *_: "another")
    ship([record(LAST), record(TRAINING, 40), record(SLOW, 0)], tmp_path / "b", allow_dirty=True)
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == before
    assert len(before) == 4
    assert Shipped(tmp_path / "b").manifest["blocks"][0]["key"] == "another"


def test_blocks_that_share_a_name_have_different_files(tmp_path: Path) -> None:
    blocks = [TRAINING, replace(TRAINING, epochs=100)]
    ship([record(block, 40) for block in blocks], tmp_path / "runs", allow_dirty=True)
    assert len(list((tmp_path / "runs").glob("*.npz"))) == 2
    for block in blocks:
        assert Shipped(tmp_path / "runs").load(block).block == block


@pytest.mark.parametrize(
    ("provenance", "why"),
    [({"dirty": True}, "2 of 2 blocks"), ({"dirty": None, "commit": None}, "2 of 2 blocks")],
)
def test_runs_of_a_dirty_checkout_are_shipped_only_if_allowed(
    tmp_path: Path, provenance: dict[str, object], why: str
) -> None:
    records = stored(tmp_path, record(TRAINING, 40), record(SLOW, 0), **provenance)
    with pytest.raises(UserError, match=rf"{why} .*--allow-dirty"):
        ship(records, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    ship(records, tmp_path / "runs", allow_dirty=True)
    assert Shipped(tmp_path / "runs").manifest["dirty"] is True


def test_runs_of_several_commits_are_shipped_only_if_allowed(tmp_path: Path) -> None:
    records = stored(tmp_path, record(TRAINING, 40))
    records += stored(tmp_path, record(SLOW, 0), commit="beef")
    with pytest.raises(UserError, match=r"trained at 2 commits; expected one clean commit"):
        ship(records, tmp_path / "runs")
    ship(records, tmp_path / "runs", allow_dirty=True)
    assert Shipped(tmp_path / "runs").manifest["commit"] == ["beef", "c0ffee"]


def test_shipping_again_leaves_nothing_old(folder: Path, tmp_path: Path) -> None:
    (folder / "stray.npz").write_bytes(b"old")
    records = stored(tmp_path / "store", record(TRAINING, 45))
    size = ship(records, folder)
    left = sorted(path.name for path in folder.iterdir())
    assert [name.rpartition(".")[2] for name in left] == ["npz", "json"]
    assert size == sum(path.stat().st_size for path in folder.iterdir())
    assert Shipped(folder).load(TRAINING).times.epochs.tolist() == [45, 46, 47]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs", "store"]


def test_too_much_is_refused_and_nothing_is_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(shipping, "MOST_BYTES", 1000)
    with pytest.raises(UserError, match=r"the runs take [\d,]+ bytes; expected at most 1,000"):
        ship([record(TRAINING, 50)], folder, allow_dirty=True)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="cannot be written to"):
        ship([record(TRAINING, 50)], tmp_path / "file" / "runs", allow_dirty=True)
