"""Malicious payloads are refused with one line, and no code in them is executed."""

from __future__ import annotations

import hashlib
import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import RecordError
from repro.protocol.blocks import pretraining
from repro.records.record_set import read_set
from repro.records.shipped import MANIFEST, Shipped
from repro.records.shipping import ship
from repro.records.store import Store
from repro.storage.checksum import with_checksum
from repro.training import checkpoint
from tests.security.hostile import Touch, payloads
from tests.support.shipping import record, stored

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = pretraining("cvs", "linear_chain", (0, 1, 2))
ALL = sorted(payloads(record(BLOCK).arrays, Path("nowhere")))


@pytest.fixture(params=ALL)
def hostile(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[bytes]:
    """A payload; afterwards, check that it was not executed and wrote nothing."""
    mark = tmp_path / "mark"
    yield payloads(record(BLOCK).arrays, mark)[request.param]
    assert not mark.exists()
    assert not list(tmp_path.parent.rglob("outside*"))


def test_the_pickle_would_create_a_file(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Touch(tmp_path / "mark"))).close()  # noqa: S301 - shows the danger
    assert (tmp_path / "mark").exists()


def test_a_store_sets_it_aside(
    hostile: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The store warns with one line and continues without the record."""
    put(hostile, tmp_path)
    found = Store(tmp_path).load(BLOCK)
    if found is not None:  # well-formed; claims handle NaN themselves
        assert np.isnan(found.returns).all()
        return
    (line,) = caplog.messages
    assert line.startswith(f"the record of {BLOCK.name} in {tmp_path} cannot be used (")
    assert "\n" not in line


def test_a_set_of_records_is_refused(hostile: bytes, tmp_path: Path) -> None:
    put(hostile, tmp_path)
    with pytest.raises(RecordError, match=r"the record .* cannot be used \(") as error:
        read_set(tmp_path)
    assert str(error.value).isprintable()


def test_shipped_runs_are_refused(hostile: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    ship(stored(tmp_path / "store", record(BLOCK)), folder)
    body = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (entry,) = body["blocks"]
    (folder / entry["file"]).write_bytes(hostile)
    entry["sha256"] = hashlib.sha256(hostile).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(with_checksum(body)), encoding="utf-8")
    with pytest.raises(RecordError, match=r"cannot be used .*expected the runs of") as error:
        Shipped(folder).load(BLOCK)
    assert "\n" not in str(error.value)


def put(payload: bytes, folder: Path) -> None:
    """Replace the payload of a record, with correct checksums."""
    stored(folder, record(BLOCK))
    npz, described = (Store(folder).path(BLOCK, ending) for ending in ("npz", "json"))
    npz.write_bytes(payload)
    facts = json.loads(described.read_text(encoding="utf-8"))
    facts["sha256"] = hashlib.sha256(payload).hexdigest()
    described.write_text(json.dumps(with_checksum(facts)), encoding="utf-8")


PICKLED = [name for name in ALL if "pickle" in name or "objects" in name or "code" in name]


@pytest.mark.parametrize("name", PICKLED)
def test_a_checkpoint_is_not_unpickled(name: str, tmp_path: Path) -> None:
    """The checksum is correct, so only the format protects us."""
    content = payloads(record(BLOCK).arrays, tmp_path / "mark")[name]
    path = tmp_path / "checkpoint"
    path.write_bytes(hashlib.sha256(content).digest() + content)
    found = checkpoint.load(path) or {}
    assert "O" not in {getattr(array, "dtype", np.dtype("V")).kind for array in found.values()}
    assert not (tmp_path / "mark").exists()
