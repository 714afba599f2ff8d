"""Folders of records are read by their content, also if other code or another machine made them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import RecordError
from repro.protocol.blocks import Block, pretraining, transfer
from repro.records.keys import key
from repro.records.record_set import RecordRef, read_set
from repro.records.shipped import Shipped
from repro.records.shipping import ship
from repro.records.store import Store
from repro.storage.checksum import with_checksum
from repro.storage.npz import digest
from tests.support.shipping import CLEAN, record, stored

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = (0, 1, 2)
ONE = pretraining("cvs", "linear_chain", SEEDS, keep=())
TWO = replace(transfer("ppo", "linear_chain.last", SEEDS), hyperparameters=(("policy_lr", 4e-6),))


def rewrite(folder: Path, block: Block, **changes: object) -> None:
    """Change the facts about a record, and write the right checksum."""
    path = Store(folder).path(block, "json")
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(with_checksum({**facts, **changes})))


def test_all_records_of_a_store_are_read(tmp_path: Path) -> None:
    made = stored(tmp_path, record(ONE), record(TWO, 50))
    found = {ref.block: ref for ref in read_set(tmp_path)}
    assert found.keys() == {ONE, TWO}
    for one in made:
        ref = found[one.block]
        assert ref.key == key(one.block)
        assert ref.arrays == {name: digest(values) for name, values in one.arrays.items()}
        assert ref.arrays.keys() >= {"policy", "value", "returns"}
        assert ref.provenance == one.provenance
        np.testing.assert_array_equal(ref.load().returns, one.returns)
        assert ref.code_is_ours


def test_shipped_runs_equal_the_store_that_they_were_shipped_from(tmp_path: Path) -> None:
    made = stored(tmp_path / "store", record(ONE), record(TWO, 50))
    ship(made, tmp_path / "runs")
    whole, shipped = (
        {ref.block: ref for ref in read_set(tmp_path / name)} for name in ("store", "runs")
    )
    assert whole.keys() == shipped.keys()
    for block, ref in whole.items():
        assert shipped[block].arrays == ref.arrays
        assert shipped[block].key == ref.key
        np.testing.assert_array_equal(shipped[block].load().returns, ref.load().returns)


def test_records_of_unknown_code_and_algorithms_are_read(tmp_path: Path) -> None:
    stored(tmp_path, record(ONE))
    settings = {**asdict(ONE), "algorithm": "not_here"}
    rewrite(tmp_path, ONE, key="f" * 64, settings=settings, versions={"numpy": "9"})
    (ref,) = read_set(tmp_path)
    assert ref.block == replace(ONE, algorithm="not_here")
    assert ref.key == "f" * 64
    assert not ref.code_is_ours


def test_other_versions_are_not_other_code(tmp_path: Path) -> None:
    other = {"numpy": "9"}
    stored(tmp_path, record(ONE))
    rewrite(tmp_path, ONE, versions=other, key=key(ONE, other))
    (ref,) = read_set(tmp_path)
    assert ref.code_is_ours
    assert ref.key != key(ONE)


def test_of_several_records_of_one_block_the_one_used_here_is_read(tmp_path: Path) -> None:
    stored(tmp_path, record(ONE, 50))
    old = {ending: Store(tmp_path).path(ONE, ending).read_bytes() for ending in ("json", "npz")}
    stored(tmp_path, record(ONE, 70))
    for ending, content in old.items():
        (tmp_path / f"old.{ending}").write_bytes(content)
    facts = json.loads(old["json"])
    (tmp_path / "old.json").write_text(json.dumps(with_checksum({**facts, "key": "0" * 64})))
    (ref,) = read_set(tmp_path)
    assert ref.load().times.epochs.tolist() == [70, 71, 72]
    rewrite(tmp_path, ONE, key="1" * 64)
    with pytest.raises(RecordError) as caught:
        read_set(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} holds 2 records of {ONE.name} with the same settings, made by other code or "
        "versions than these; expected one: remove the others"
    )


def test_a_reference_to_a_record_equals_one_to_its_file(tmp_path: Path) -> None:
    (made,) = stored(tmp_path / "store", record(ONE))
    (read,) = read_set(tmp_path / "store")
    ref = RecordRef.of(made)
    assert (ref.block, ref.key, ref.arrays) == (read.block, read.key, read.arrays)
    ship([made], tmp_path / "runs")
    assert RecordRef.shipped(Shipped(tmp_path / "runs"), TWO) is None
    assert CLEAN.items() <= ref.provenance.items()
