"""A user's own runs are opened as the shipped ones are, with the arrays that are in their files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import repro
from repro.errors import RecordError, UserError
from repro.execution.job import Job, work
from repro.execution.status import Outcome
from repro.library import Runs, load_runs
from repro.protocol import Block, pretraining, transfer
from repro.records import Store, ship
from repro.storage.checksum import with_checksum
from tests.security.hostile import payloads
from tests.support.shipping import record, stored

if TYPE_CHECKING:
    from pathlib import Path

    from repro.records import Record

PRETRAINED = Block("ppo", "linear_chain.training", seeds=(3, 5), epochs=3)
TRANSFERRED = Block("ppo", "linear_chain.last", (3, 5), epochs=2, bids=True, parent=PRETRAINED)
FIRST, LATER = (pretraining("cvs", "linear_chain", seeds) for seeds in ((0, 1), (0, 1, 2, 3)))
APART = FIRST.with_seeds((4, 5))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two blocks that were trained, and one that was not."""
    folder = tmp_path_factory.mktemp("trained")
    for block in (PRETRAINED, TRANSFERRED):
        assert work(Job(block, folder)).outcome is Outcome.TRAINED
    (folder / "ppo-linear_chain.first-0.checkpoint").write_bytes(b"half of a training")
    (folder / "ppo-linear_chain.first-0.npz").write_bytes(b"an array, and no facts yet")
    return folder


def arrays_of(one: Record) -> dict[str, np.ndarray]:
    """The arrays of a record, by the names that they have in its file."""
    return {
        "returns": one.returns,
        "epochs": one.times.epochs,
        "censored": one.times.censored,
        **one.bids,
        **{f"final_{name}": values for name, values in one.final_bids.items()},
        **one.weights,
    }


def test_records_have_the_arrays_of_their_files(trained: Path) -> None:
    runs = repro.load_runs(str(trained))
    assert isinstance(runs, Runs)
    assert {*runs.blocks} == {PRETRAINED, TRANSFERRED}
    for name in ("ppo-linear_chain.training", "ppo-linear_chain.last"):
        (path,) = trained.glob(f"{name}*.npz")
        with np.load(path, allow_pickle=False) as file:
            expected = dict(file)
        found = arrays_of(runs["ppo", name.removeprefix("ppo-")])
        assert found.keys() == expected.keys() >= {"returns", "policy", "value"}
        for array, values in expected.items():
            np.testing.assert_array_equal(found[array], values)


def test_runs_are_found_by_seeds_and_by_block(trained: Path) -> None:
    whole, some = load_runs(trained), load_runs(trained, seeds=[5])
    assert some.seeds == (5,)
    assert [row["seed"] for row in some.rows()] == [5, 5]
    np.testing.assert_array_equal(
        some[TRANSFERRED.with_seeds((5,))].returns, whole[TRANSFERRED].returns[1:]
    )
    with pytest.raises(UserError, match=r"given the seeds 4; expected some of 3,5"):
        load_runs(trained, seeds=[4])
    with pytest.raises(
        RecordError, match=r"holds no runs of ppo/linear_chain\.first/.* seeds 3,5; train them"
    ):
        whole[replace(TRANSFERRED, problem="linear_chain.first")]


def test_runs_of_other_code_are_opened_and_say_so(tmp_path: Path) -> None:
    stored(tmp_path, record(FIRST), commit="b0bb1e")
    path = Store(tmp_path).path(FIRST, "json")
    facts = {**json.loads(path.read_text()), "key": "0" * 64}
    path.write_text(json.dumps(with_checksum(facts)))
    assert load_runs(tmp_path)["cvs"].provenance["commit"] == "b0bb1e"


@pytest.mark.parametrize("order", [(FIRST, LATER), (LATER, FIRST)])
def test_the_record_with_more_seeds_is_taken(tmp_path: Path, order: tuple[Block, ...]) -> None:
    stored(tmp_path, *map(record, order))
    assert load_runs(tmp_path).blocks == (LATER,)
    assert load_runs(tmp_path, seeds=(0, 1)).names == (FIRST.name,)


def test_records_with_other_seeds_are_told_apart_by_the_seeds_wanted(tmp_path: Path) -> None:
    stored(tmp_path, record(FIRST, 50), record(APART, 70))
    with pytest.raises(UserError) as caught:
        load_runs(tmp_path)
    assert {"0-1", "4-5"} <= {*str(caught.value).replace(";", "").split()}
    assert load_runs(tmp_path, seeds=[5])["cvs"].times.epochs.tolist() == [71]
    assert load_runs(tmp_path, seeds=[0])["cvs"].times.epochs.tolist() == [50]
    with pytest.raises(UserError, match="was trained twice"):
        load_runs(tmp_path, seeds=[1, 4])


def test_a_folder_of_shipped_runs_is_opened_too(tmp_path: Path) -> None:
    ship(stored(tmp_path / "store", record(FIRST)), tmp_path / "runs")
    assert load_runs(tmp_path / "runs", seeds=[1]).blocks == (FIRST.with_seeds((1,)),)


def test_a_folder_without_runs_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "none", tmp_path / "file"):
        with pytest.raises(RecordError) as caught:
            load_runs(folder)
        assert str(caught.value).startswith(f"{folder} is not a folder; expected one of records")
    (tmp_path / "ppo.checkpoint").write_bytes(b"in training")
    with pytest.raises(RecordError) as caught:
        load_runs(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path} holds no record; expected one")


def test_changed_facts_are_one_error_when_the_folder_is_opened(tmp_path: Path) -> None:
    stored(tmp_path, record(FIRST))
    path = Store(tmp_path).path(FIRST, "json")
    path.write_text(path.read_text().replace("c0ffee", "decafe"))
    with pytest.raises(RecordError) as caught:
        load_runs(tmp_path)
    assert str(caught.value).startswith(
        f"the record {path} cannot be used (its checksum does not match"
    )


def test_changed_arrays_are_one_error_when_the_record_is_read(tmp_path: Path) -> None:
    stored(tmp_path, record(FIRST), record(transfer("ppo", "linear_chain.first", (0,))))
    path = Store(tmp_path).path(FIRST, "npz")
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    runs = load_runs(tmp_path)
    assert runs["ppo"].times.epochs.tolist() == [300]
    with pytest.raises(RecordError, match="bytes have the SHA-256"):
        runs["cvs"]


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    """A file with the right checksums, whose array is an object of Python, is refused unread."""
    stored(tmp_path, record(FIRST))
    store = Store(tmp_path)
    payload, described = store.path(FIRST, "npz"), store.path(FIRST, "json")
    with np.load(payload, allow_pickle=False) as file:
        hostile = payloads(dict(file), tmp_path / "touched")["a member of objects"]
    payload.write_bytes(hostile)
    digest = hashlib.sha256(payload.read_bytes()).hexdigest()
    facts = {**json.loads(described.read_text()), "sha256": digest}
    described.write_text(json.dumps(with_checksum(facts)))
    with pytest.raises(RecordError, match="cannot be used"):
        load_runs(tmp_path)["cvs"]
    assert not (tmp_path / "touched").exists()
