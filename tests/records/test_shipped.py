"""Shipped runs: what is written is read, and nothing faulty is judged."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro.errors import RecordError
from repro.protocol.blocks import Block, pretraining, transfer
from repro.records.keys import key
from repro.records.shipped import MANIFEST, Shipped
from repro.records.shipping import ship
from repro.records.store import Store
from repro.storage.checksum import with_checksum
from repro.storage.npz import digest, pack, unpack
from tests.records.conftest import BLOCKS, LAST, SEEDS, SLOW, TRAINING
from tests.support.shipping import CLEAN, record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest, and write the right checksum."""
    body = json.loads((folder / MANIFEST).read_text())
    change(body)
    (folder / MANIFEST).write_text(json.dumps(with_checksum(body)))


def payload(folder: Path, block: Block) -> Path:
    entry = Shipped(folder).entry(block)
    assert entry is not None
    return folder / str(entry["file"])


def test_what_is_judged_is_read_to_the_bit(folder: Path, tmp_path: Path) -> None:
    read = Shipped(folder)
    read.verify()
    for block in BLOCKS:
        original = Store(tmp_path / "store").load(block)
        assert original is not None
        loaded = read.load(block)
        assert loaded.block == block
        arrays = {n: a for n, a in original.arrays.items() if n not in {"policy", "value"}}
        assert loaded.arrays.keys() == arrays.keys()
        for name, values in arrays.items():
            assert loaded.arrays[name].dtype == values.dtype
            assert loaded.arrays[name].tobytes() == values.tobytes()
        assert loaded.weights == {}
    assert read.load(SLOW).times.censored.all()
    assert set(read.load(LAST).bids) == set(read.load(LAST).final_bids) == {"bid"}


def test_the_manifest_names_what_made_the_runs(folder: Path) -> None:
    body = Shipped(folder).manifest
    assert body["commit"] == "c0ffee"
    assert (body["tier"], body["command"]) == ("study", "python -m repro run --tier study")
    assert body["dirty"] is False
    assert set(body["versions"]) == {"python", "numpy", "torch", "numba", "libc"}
    assert body["environment"]["processor"]
    entry = Shipped(folder).entry(LAST)
    assert entry is not None
    assert entry["key"] == key(LAST)
    assert entry["sha256"] == hashlib.sha256(payload(folder, LAST).read_bytes()).hexdigest()
    assert {"policy", "value", "returns", "bid", "final_bid"} <= entry["arrays"].keys()
    assert entry["provenance"]["transitions"] == 4096
    assert entry["provenance"]["processor"] == body["environment"]["processor"]
    assert "secret" not in (folder / MANIFEST).read_text()


def test_every_commit_that_made_runs_is_named(folder: Path, tmp_path: Path) -> None:
    assert Shipped(folder).commit == "c0ffee"
    by = {"cvs": "c0ffee", "ppo": "beef", "ppof": "dada"}
    made = [
        replace(
            record(pretraining(name, "linear_chain", (0, 1))),
            provenance={**CLEAN, "commit": commit},
        )
        for name, commit in by.items()
    ]
    ship(made[:2], tmp_path / "two", allow_dirty=True)
    assert Shipped(tmp_path / "two").commit == "beef and c0ffee"
    ship(made, tmp_path / "three", allow_dirty=True)
    assert Shipped(tmp_path / "three").commit == "beef, c0ffee and dada"


def test_a_missing_manifest_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"nowhere/manifest.json cannot be used .*expected .*run"):
        Shipped(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"schema": 1}', b"\xff"])
def test_a_manifest_of_another_form_is_refused(folder: Path, text: str | bytes) -> None:
    (folder / MANIFEST).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RecordError, match=r"manifest.json .*expected"):
        Shipped(folder)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda body: body.update(schema=2), "given schema 2; expected 3"),
        (lambda body: body.pop("environment"), "it lacks environment, versions or blocks"),
        (lambda body: body.update(versions=[]), "it lacks environment, versions or blocks"),
        (lambda body: body.update(blocks={}), "it lacks environment, versions or blocks"),
        (
            lambda body: body["blocks"][1].update(settings=None, arrays=[]),
            "settings and arrays of entry 1 of its blocks: no JSON object",
        ),
        (lambda body: body["blocks"][1].pop("sha256"), "each with arrays, block, file, key, prov"),
        (lambda body: body["blocks"].append("more"), "each with arrays, block, file, key, prov"),
    ],
)
def test_a_manifest_of_another_form_is_refused_with_the_reason(
    folder: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    edit(folder, change)
    with pytest.raises(RecordError, match=rf"manifest.json cannot be used \(.*{why}.* and ship"):
        Shipped(folder)


def test_any_changed_byte_of_the_manifest_is_noticed(folder: Path) -> None:
    whole = (folder / MANIFEST).read_bytes()
    refused = 0
    for place in range(0, len(whole), 11):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 7
        (folder / MANIFEST).write_bytes(changed)
        try:
            read = Shipped(folder)
        except RecordError:
            refused += 1
        else:
            assert read.manifest == json.loads(whole)
            assert whole[place : place + 1].isspace()
    assert refused > 400


def test_a_missing_file_is_named(folder: Path) -> None:
    path = payload(folder, TRAINING)
    path.unlink()
    read = Shipped(folder)
    for look in (read.verify, lambda: read.load(TRAINING)):
        with pytest.raises(
            RecordError, match=rf"{path.name} cannot be used \(No such file.*cvs/linear_chain"
        ):
            look()
    assert read.load(LAST).block == LAST


@pytest.mark.parametrize("damage", ["cut", "empty", "flip", "longer"])
def test_a_corrupt_file_is_named(folder: Path, damage: str) -> None:
    path = payload(folder, LAST)
    whole = path.read_bytes()
    half = len(whole) // 2
    damaged = {
        "cut": whole[:half],
        "empty": b"",
        "flip": whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :],
        "longer": whole + b" ",
    }
    path.write_bytes(damaged[damage])
    read = Shipped(folder)
    for look in (read.verify, lambda: read.load(LAST)):
        with pytest.raises(
            RecordError, match=rf"{path.name} cannot be used \(its .*expected .*take the"
        ):
            look()


def replaced(folder: Path, block: Block, content: bytes, *, digests: bool = False) -> None:
    """Replace a block's file, and its SHA-256 in the manifest."""
    path = payload(folder, block)
    path.write_bytes(content)

    def change(body: dict[str, Any]) -> None:
        (entry,) = (e for e in body["blocks"] if e["file"] == path.name)
        entry["sha256"] = hashlib.sha256(content).hexdigest()
        if digests:
            arrays = unpack(content)
            entry["arrays"] = {name: digest(values) for name, values in arrays.items()}

    edit(folder, change)


def test_a_right_checksum_is_not_enough(folder: Path) -> None:
    replaced(folder, LAST, payload(folder, TRAINING).read_bytes())
    with pytest.raises(RecordError, match="its arrays are not those of the manifest"):
        Shipped(folder).load(LAST)


def test_settings_of_another_entry_are_noticed(folder: Path) -> None:
    """The checksum is right, as after a manual edit; each entry's arrays are those of its file."""

    def exchange(manifest: dict[str, Any]) -> None:
        one, two, *_ = manifest["blocks"]
        one["settings"], two["settings"] = two["settings"], one["settings"]

    edit(folder, exchange)
    for block in (LAST, TRAINING):
        with pytest.raises(
            RecordError, match=f"its settings in the manifest are those of {block.name}"
        ):
            Shipped(folder).load(block)


@pytest.mark.parametrize("content", [b"", b"PK no zip", b"words"])
def test_a_file_that_is_not_an_archive_is_named(folder: Path, content: bytes) -> None:
    replaced(folder, LAST, content)
    with pytest.raises(
        RecordError, match=r"\.npz cannot be used .*expected the runs of ppo/linear_chain.last"
    ):
        Shipped(folder).load(LAST)


def test_nothing_is_unpickled(folder: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, returns=np.array([{}], dtype=object))
    replaced(folder, LAST, buffer.getvalue())
    with pytest.raises(RecordError, match="allow_pickle"):
        Shipped(folder).load(LAST)


def altered(folder: Path, block: Block, **arrays: object) -> bytes:
    kept = unpack(payload(folder, block).read_bytes())
    return pack({**kept, **{n: np.asarray(values) for n, values in arrays.items()}})


@pytest.mark.parametrize(
    "arrays",
    [
        {"epochs": [299, 301, 302]},
        {"censored": [False, False, True]},
        {"returns": np.full((3, 400), 0.1)},
        {
            "returns": np.full((2, 90), 0.8),
            "epochs": [1, 1],
            "censored": [False, False],
        },
    ],
)
def test_times_are_computed_again(folder: Path, arrays: dict[str, object]) -> None:
    replaced(folder, LAST, altered(folder, LAST, **arrays), digests=True)
    with pytest.raises(RecordError, match="its times do not follow from its returns"):
        Shipped(folder).load(LAST)


def test_an_error_for_missing_runs_lists_what_is_there(folder: Path) -> None:
    read = Shipped(folder)
    with pytest.raises(RecordError) as error:
        read.load(replace(LAST.with_seeds((0, 1)), epochs=12_000))
    text = str(error.value)
    assert (
        "manifest.json holds no runs of ppo/linear_chain.last/epochs=12000 with these settings"
        in text
    )
    assert "but runs with epochs 900, seeds [0, 1, 2]; train them" in text
    assert "train them with `python -m repro run --claim CLAIM`" in text
    assert "python -m repro ship" in text
    with pytest.raises(
        RecordError, match=r"no runs of cvs/linear_chain\.last with these settings; train"
    ):
        read.load(transfer("cvs", "linear_chain.last", SEEDS))
    assert read.entry(transfer("cvs", "linear_chain.last", SEEDS)) is None


def test_a_manifest_cannot_point_out_of_its_folder(folder: Path) -> None:
    path = payload(folder, LAST)
    secret = folder.parent / path.name
    path.rename(secret)
    edit(folder, lambda body: [e.update(file=f"../{e['file']}") for e in body["blocks"]])
    with pytest.raises(RecordError, match="No such file or directory"):
        Shipped(folder).load(LAST)
