"""Folders of records read by what stands in them, whatever code and machine they came from."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro.errors import RecordError, UserError
from repro.protocol.blocks import Block, pretraining, transfer
from repro.records.key import key
from repro.records.record_set import RecordRef, read_set, to_block
from repro.records.shipped import Shipped, ship
from repro.records.store import Store
from repro.storage.checksum import sealed
from repro.storage.npz import digest
from tests.support.shipping import CLEAN, record, stored

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = (0, 1, 2)
ONE = pretraining("cvs", "linear_chain", SEEDS)
TWO = replace(transfer("ppo", "linear_chain.last", SEEDS), settings=(("policy_lr", 4e-6),))


def rewrite(folder: Path, block: Block, **changes: object) -> None:
    """Change what a record's provenance says, and seal it again."""
    path = Store(folder).path(block, "json")
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(sealed({**facts, **changes})))


def test_a_store_is_read_whole(tmp_path: Path) -> None:
    made = stored(tmp_path, record(ONE), record(TWO, 50))
    found = {held.block: held for held in read_set(tmp_path)}
    assert found.keys() == {ONE, TWO}
    for one in made:
        held = found[one.block]
        assert held.key == key(one.block)
        assert held.arrays == {name: digest(values) for name, values in one.arrays.items()}
        assert held.arrays.keys() >= {"policy", "value", "returns"}
        assert held.provenance == one.provenance
        np.testing.assert_array_equal(held.load().returns, one.returns)
        assert held.code_is_ours


def test_shipped_runs_are_the_store_that_they_came_from(tmp_path: Path) -> None:
    made = stored(tmp_path / "store", record(ONE), record(TWO, 50))
    ship(made, tmp_path / "runs")
    whole, shipped = (
        {held.block: held for held in read_set(tmp_path / name)} for name in ("store", "runs")
    )
    assert whole.keys() == shipped.keys()
    for block, held in whole.items():
        assert shipped[block].arrays == held.arrays
        assert shipped[block].key == held.key
        np.testing.assert_array_equal(shipped[block].load().returns, held.load().returns)


def test_records_of_code_and_algorithms_that_are_not_here_are_read(tmp_path: Path) -> None:
    stored(tmp_path, record(ONE))
    settings = {**asdict(ONE), "algorithm": "not_here"}
    rewrite(tmp_path, ONE, key="f" * 64, settings=settings, versions={"numpy": "9"})
    (held,) = read_set(tmp_path)
    assert held.block == replace(ONE, algorithm="not_here")
    assert held.key == "f" * 64
    assert not held.code_is_ours


def test_versions_are_no_code(tmp_path: Path) -> None:
    other = {"numpy": "9"}
    stored(tmp_path, record(ONE))
    rewrite(tmp_path, ONE, versions=other, key=key(ONE, other))
    (held,) = read_set(tmp_path)
    assert held.code_is_ours
    assert held.key != key(ONE)


def test_of_several_records_of_one_block_the_one_used_here_counts(tmp_path: Path) -> None:
    stored(tmp_path, record(ONE, 50))
    old = {ending: Store(tmp_path).path(ONE, ending).read_bytes() for ending in ("json", "npz")}
    stored(tmp_path, record(ONE, 70))
    for ending, content in old.items():
        (tmp_path / f"old.{ending}").write_bytes(content)
    facts = json.loads(old["json"])
    (tmp_path / "old.json").write_text(json.dumps(sealed({**facts, "key": "0" * 64})))
    (held,) = read_set(tmp_path)
    assert held.load().times.epochs.tolist() == [70, 71, 72]
    rewrite(tmp_path, ONE, key="1" * 64)
    with pytest.raises(RecordError) as said:
        read_set(tmp_path)
    assert str(said.value) == (
        f"{tmp_path} holds 2 records of {ONE.name} with the same settings, made by other code or "
        "versions than these; expected one: take the others away"
    )


def test_blocks_come_back_from_their_json() -> None:
    for block in (ONE, TWO, replace(ONE, extra_epochs=0, bids=True)):
        assert to_block(json.loads(json.dumps(asdict(block)))) == block


BROKEN: dict[str, Any] = {
    "algorithm": [7, "", "../x", "/etc/passwd", "a\0b", "a" * 81, "\x1b[31m", "сvs", "a b"],  # noqa: RUF001 - a look-alike
    "problem": [None, "linear_chain/../../x", "a\nb"],
    "seeds": ["01", [0, 0], [], [-1, 2], [True], [1.0], [None]],
    "epochs": [0, 2.0, True, "9", None],
    "stay": [1.5, "0", False],
    "bids": [0, None, "yes"],
    "settings": [{}, [["x", "y"]], [["x"]], [[1, 2]], [["x", True]], [["../x", 1]], "ab"],
    "parent": [7, "cvs", {}, []],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BROKEN.items() for v in vs])
def test_what_is_no_block_is_refused(name: str, value: object) -> None:
    body = {**json.loads(json.dumps(asdict(ONE))), name: value}
    with pytest.raises((ValueError, UserError), match=r"its |it names |expected "):
        to_block(body)


def test_names_are_all_there_and_no_others() -> None:
    body = asdict(ONE)
    wrongs: list[object] = [
        {**body, "more": 1},
        {n: v for n, v in body.items() if n != "stay"},
        [],
        None,
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match=r"^its settings are not algorithm, problem, seeds, "):
            to_block(wrong)


def test_what_is_held_of_a_record_is_what_is_held_of_its_file(tmp_path: Path) -> None:
    (made,) = stored(tmp_path / "store", record(ONE))
    (read,) = read_set(tmp_path / "store")
    held = RecordRef.of(made)
    assert (held.block, held.key, held.arrays) == (read.block, read.key, read.arrays)
    ship([made], tmp_path / "runs")
    assert RecordRef.shipped(Shipped(tmp_path / "runs"), TWO) is None
    assert CLEAN.items() <= held.provenance.items()
