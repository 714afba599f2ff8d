"""The store: what is written is read, and nothing faulty is read."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import resource
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import RecordError
from repro.protocol.blocks import Block
from repro.records import store
from repro.records.record import Record
from repro.records.store import Store
from repro.statistics.convergence import epochs_to_convergence
from repro.storage import provenance
from repro.storage.checksum import with_checksum

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = Block("ppo", "linear_chain.training", (0, 1), epochs=3)


def a_record(block: Block = BLOCK) -> Record:
    numbers = np.random.default_rng(1)
    returns = np.full((2, 31), 0.1)
    returns[0, 1:] = 0.8
    return Record(
        block=block,
        returns=returns,
        times=epochs_to_convergence(returns),
        bids={"bid": numbers.random((2, 3, 5, 6)).astype(np.float32)},
        final_bids={n: numbers.random((2, 5, 6)).astype(np.float32) for n in ("bid", "logit")},
        weights={
            name: numbers.random((2, 1, 7)).astype(np.float32) for name in ("policy", "value")
        },
        provenance={},
    )


def files(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir())


def test_a_saved_record_is_loaded(tmp_path: Path) -> None:
    saved = a_record()
    Store(tmp_path).save(saved, {"seconds": 1.5})
    loaded = Store(tmp_path).load(BLOCK)
    assert loaded is not None
    np.testing.assert_array_equal(loaded.returns, saved.returns)
    np.testing.assert_array_equal(loaded.times.epochs, [2, 31])
    np.testing.assert_array_equal(loaded.times.censored, [False, True])
    np.testing.assert_array_equal(loaded.bids["bid"], saved.bids["bid"])
    np.testing.assert_array_equal(loaded.weights["value"], saved.weights["value"])
    assert set(loaded.bids) == {"bid"}
    assert set(loaded.final_bids) == {"bid", "logit"}
    for name in ("bid", "logit"):
        np.testing.assert_array_equal(loaded.final_bids[name], saved.final_bids[name])
    assert loaded.provenance["processor"] == provenance.environment()["processor"]
    assert loaded.provenance["instructions"] == provenance.instructions()
    assert loaded.provenance["seconds"] == 1.5
    assert loaded.provenance["block"] == "ppo/linear_chain.training/epochs=3"
    assert files(tmp_path) == [".json", ".npz"]


def test_the_payload_depends_only_on_the_results(tmp_path: Path) -> None:
    payloads = []
    for name, seconds in (("a", 1.0), ("b", 2.0)):
        Store(tmp_path / name).save(a_record(), {"seconds": seconds})
        payloads.append(Store(tmp_path / name).path(BLOCK, "npz").read_bytes())
    assert payloads[0] == payloads[1]


def test_a_missing_record_is_none(tmp_path: Path) -> None:
    assert Store(tmp_path / "nowhere").load(BLOCK) is None


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("ending", ["npz", "json"])
def test_a_truncated_record_is_set_aside_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, ending: str, fraction: float
) -> None:
    Store(tmp_path).save(a_record(), {})
    path = Store(tmp_path).path(BLOCK, ending)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * fraction)])
    with caplog.at_level(logging.WARNING):
        assert Store(tmp_path).load(BLOCK) is None
    assert "ppo/linear_chain.training" in caplog.text
    assert files(tmp_path) == [".faulty", ".faulty"]
    assert Store(tmp_path).load(BLOCK) is None


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    Store(tmp_path).save(a_record(), {})
    path = Store(tmp_path).path(BLOCK, "npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert Store(tmp_path).load(BLOCK) is None


def test_any_flipped_bit_of_the_facts_is_found(tmp_path: Path) -> None:
    """Except in white space, where the facts stay the same."""
    Store(tmp_path).save(a_record(), {"seconds": 1.5, "dirty": False})
    path = Store(tmp_path).path(BLOCK, "json")
    whole = path.read_bytes()
    refused = 0
    for place in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 7
        path.write_bytes(changed)
        found = Store(tmp_path).load(BLOCK, set_aside=False)
        if found is None:
            refused += 1
        else:
            assert found.provenance == json.loads(whole)
            assert whole[place : place + 1].isspace()
    assert refused > 150


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"schema": 2}, "given schema 2; expected 3"),
        ({"schema": "3"}, "given schema '3'; expected 3"),
        ({"checksum": None}, "its checksum does not match its content"),
        ({"commit": "another"}, "its checksum does not match its content"),
    ],
)
def test_the_reason_for_a_refusal_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, change: dict[str, object], why: str
) -> None:
    Store(tmp_path).save(a_record(), {"commit": "a1b2"})
    path = Store(tmp_path).path(BLOCK, "json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert Store(tmp_path).load(BLOCK) is None
    (line,) = caplog.messages
    assert why in line
    assert "set aside as .faulty" in line


def test_a_record_in_a_read_only_store_is_not_reported_as_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    Store(tmp_path).save(a_record(), {})
    Store(tmp_path).path(BLOCK, "npz").write_bytes(b"")
    monkeypatch.setattr("os.replace", refuse)
    assert Store(tmp_path).load(BLOCK) is None
    assert ".faulty" not in caplog.text
    assert "`python -m repro run` computes it again" in caplog.text
    assert files(tmp_path) == [".json", ".npz"]


def test_a_payload_without_facts_may_still_be_written(tmp_path: Path) -> None:
    Store(tmp_path).save(a_record(), {})
    Store(tmp_path).path(BLOCK, "json").unlink()
    assert Store(tmp_path).load(BLOCK) is None
    assert files(tmp_path) == [".npz"]


def test_facts_without_a_payload_are_set_aside(tmp_path: Path) -> None:
    Store(tmp_path).save(a_record(), {})
    Store(tmp_path).path(BLOCK, "npz").unlink()
    assert Store(tmp_path).load(BLOCK) is None
    assert files(tmp_path) == [".faulty"]


@pytest.mark.parametrize("content", ["[]", "null", "{}", "3", '{"sha256": 1, "key": []}'])
def test_facts_of_another_form_are_set_aside(tmp_path: Path, content: str) -> None:
    Store(tmp_path).save(a_record(), {})
    Store(tmp_path).path(BLOCK, "json").write_text(content)
    assert Store(tmp_path).load(BLOCK, set_aside=False) is None
    assert files(tmp_path) == [".json", ".npz"]
    assert Store(tmp_path).load(BLOCK) is None
    assert files(tmp_path) == [".faulty", ".faulty"]


def test_a_record_of_another_block_is_refused(tmp_path: Path) -> None:
    other = replace(BLOCK, seeds=(0, 2))
    Store(tmp_path).save(a_record(other), {})
    for ending in ("npz", "json"):
        Store(tmp_path).path(other, ending).rename(Store(tmp_path).path(BLOCK, ending))
    assert Store(tmp_path).load(BLOCK) is None


def test_prepare_checks_the_free_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(tmp_path / "new").prepare()
    assert list((tmp_path / "new").iterdir()) == []
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The system refuses longer files, as it refuses all files on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**19, limits[1]))
    try:
        with pytest.raises(RecordError, match=r"File too large; make room or give another --store"):
            Store(tmp_path).prepare()
        monkeypatch.setattr(store, "FREE_BYTES", 2**18)
        Store(tmp_path).prepare()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_store_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("other")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    for place in ("file", "file/store", "link"):
        assert Store(tmp_path / place).load(BLOCK) is None
        with pytest.raises(RecordError, match=rf"{place}: it is not a folder, or not in one"):
            Store(tmp_path / place).prepare()
    assert (tmp_path / "file").read_text() == "other"


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    """A payload with a pickled array is refused, even if all checksums are right."""
    Store(tmp_path).save(a_record(), {})
    buffer = io.BytesIO()
    np.savez(buffer, returns=np.array([{"a": 1}], dtype=object))
    payload, described = (Store(tmp_path).path(BLOCK, ending) for ending in ("npz", "json"))
    payload.write_bytes(buffer.getvalue())
    facts = json.loads(described.read_text())
    facts["sha256"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    described.write_text(json.dumps(with_checksum(facts)))
    assert Store(tmp_path).load(BLOCK) is None
    assert files(tmp_path) == [".faulty", ".faulty"]


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match=r"ppo/linear_chain.training/epochs=3 cannot be written"):
        Store(tmp_path / "file").save(a_record(), {})
