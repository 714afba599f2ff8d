"""Sets of records with a fault: one error names it, and no record is read."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro.errors import RecordError
from repro.protocol.blocks import Block, pretraining
from repro.records.record_set import read_set
from repro.records.shipped import MANIFEST
from repro.records.shipping import ship
from repro.records.store import Store
from repro.storage import npz
from repro.storage.checksum import with_checksum
from repro.storage.npz import pack
from tests.support.shipping import record, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEEDS = (0, 1, 2)
ONE, TWO = (pretraining(name, "linear_chain", SEEDS, keep=()) for name in ("cvs", "ppo"))


def rewrite(folder: Path, block: Block, **changes: object) -> Path:
    """Change the facts about a record, and write the right checksum."""
    path = Store(folder).path(block, "json")
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(with_checksum({**facts, **changes})))
    return path


def repack(folder: Path, block: Block, payload: bytes) -> Path:
    """Replace the payload of a record, with the right checksums."""
    Store(folder).path(block, "npz").write_bytes(payload)
    return rewrite(folder, block, sha256=hashlib.sha256(payload).hexdigest())


def flip_a_byte(folder: Path) -> Path:
    path = Store(folder).path(ONE, "npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return path.with_suffix(".json")


def lose_the_payload(folder: Path) -> Path:
    path = Store(folder).path(ONE, "npz")
    path.unlink()
    return path.with_suffix(".json")


def change_the_commit(folder: Path) -> Path:
    path = Store(folder).path(ONE, "json")
    path.write_text(path.read_text().replace("c0ffee", "decafe"))
    return path


def other_times(folder: Path) -> Path:
    made = record(ONE)
    return repack(folder, ONE, pack({**made.arrays, "epochs": made.times.epochs + 1}))


def fewer_runs(folder: Path) -> Path:
    return repack(folder, ONE, pack(record(replace(ONE, seeds=(0, 1))).arrays))


def previous_schema(folder: Path) -> Path:
    return rewrite(folder, ONE, schema=2)


def invalid_json(folder: Path) -> Path:
    path = Store(folder).path(ONE, "json")
    path.write_text("{")
    return path


def a_list(folder: Path) -> Path:
    path = Store(folder).path(ONE, "json")
    path.write_text("[]")
    return path


def nested_deeply(folder: Path) -> Path:
    path = Store(folder).path(ONE, "json")
    path.write_text("[" * 100_000)
    return path


def no_arrays(folder: Path) -> Path:
    return repack(folder, ONE, pack({"other": np.zeros(3)}))


def escape_sequence(folder: Path) -> Path:
    return rewrite(folder, ONE, settings={**asdict(ONE), "problem": "\x1b[2J"})


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (flip_a_byte, "bytes have the SHA-256 "),
        (lose_the_payload, "No such file or directory"),
        (change_the_commit, "its checksum does not match its content"),
        (other_times, "its times do not follow from its returns"),
        (fewer_runs, "its times do not follow from its returns"),
        (previous_schema, "given schema 2; expected 3"),
        (a_list, "given a JSON list; expected an object"),
        (
            invalid_json,
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            nested_deeply,
            "RecursionError: maximum recursion depth exceeded while decoding a JSON array",
        ),
        (no_arrays, "KeyError: 'returns'"),
        (escape_sequence, "it names '\\x1b[2J', expected letters, digits, '_' and '.'"),
    ],
)
def test_a_faulty_record_is_named(tmp_path: Path, damage: Callable[[Path], Path], why: str) -> None:
    stored(tmp_path, record(ONE), record(TWO))
    path = damage(tmp_path)
    with pytest.raises(RecordError) as caught:
        read_set(tmp_path)
    assert why in str(caught.value)
    assert str(caught.value).startswith(f"the record {path} cannot be used (")
    assert str(caught.value).isprintable()


def test_a_payload_that_would_fill_the_memory_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "MOST_BYTES", 5_000_000)
    stored(tmp_path, record(ONE))
    assert len(read_set(tmp_path)) == 1
    zeros = BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as members:
        for name in "ab":
            members.writestr(name, bytes(3_000_000))
    assert len(zeros.getvalue()) < 20_000
    repack(tmp_path, ONE, zeros.getvalue())
    with pytest.raises(RecordError, match="unpacks to 6,000,000 bytes; expected at most 5,000,000"):
        read_set(tmp_path)


def test_a_folder_without_records(tmp_path: Path) -> None:
    for path, why in (
        (tmp_path / "none", "is not a folder; expected one of records, as build/runs"),
        (tmp_path, "holds no record; expected one of records, as build/runs after a run, or "),
    ):
        with pytest.raises(RecordError) as caught:
            read_set(path)
        assert str(caught.value).startswith(f"{path} {why}")


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    body = json.loads((folder / MANIFEST).read_text())
    change(body["blocks"][0])
    (folder / MANIFEST).write_text(json.dumps(with_checksum(body)))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda entry: entry.update(settings={}), "has a faulty block"),
        (lambda entry: entry.update(settings=7), "settings of entry 0 of its blocks: no JSON obj"),
        (lambda entry: entry.update(provenance=[]), "provenance of entry 0 of its blocks: no JSON"),
        (lambda entry: entry["settings"].update(seeds=[]), "expected distinct ones from 0 on"),
        (lambda entry: entry.update(sha256="0"), "bytes have the SHA-256 .*; expected 0"),
        (lambda entry: entry["arrays"].update(returns="0"), "not those of the manifest"),
    ],
)
def test_a_faulty_manifest_is_an_error(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], why: str
) -> None:
    ship(stored(tmp_path / "store", record(ONE)), tmp_path / "runs")
    change_manifest(tmp_path / "runs", change)
    with pytest.raises(RecordError, match=why) as caught:
        read_set(tmp_path / "runs")
    assert str(tmp_path / "runs") in str(caught.value)


def test_no_path_of_a_manifest_leaves_its_folder(tmp_path: Path) -> None:
    ship(stored(tmp_path / "store", record(ONE)), tmp_path / "runs")
    outside = tmp_path / "outside.npz"
    (file,) = (tmp_path / "runs").glob("*.npz")
    file.rename(outside)
    change_manifest(tmp_path / "runs", lambda entry: entry.update(file="../outside.npz"))
    with pytest.raises(RecordError, match="No such file or directory"):
        read_set(tmp_path / "runs")
