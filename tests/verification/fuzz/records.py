"""Damaged files of runs: what is read back is what was computed, or is refused."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from repro.errors import RecordError
from repro.records.shipped import MANIFEST, Shipped
from repro.records.shipping import ship
from repro.records.store import Store
from repro.statistics.convergence import epochs_to_convergence
from repro.storage.checksum import with_checksum
from repro.storage.npz import digest, pack, unpack
from tests.support.cli_place import arms, fill
from tests.support.messages import warnings_logged
from tests.verification.fuzz.bounds import ViolationError, one_error
from tests.verification.fuzz.oddities import Made, broken, damaged, damaged_json, numbers
from tests.verification.fuzz.running import Property

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from repro.protocol.blocks import Block
    from repro.records.record import Record

SEEDS = (0, 1, 2)
DTYPES = ("float32", "float16", "int8", "bool", "complex64", "U5", "S3")


@functools.cache
def blocks() -> tuple[Block, ...]:
    """The arms of one claim."""
    return tuple(arms(SEEDS))


@functools.cache
def files(what: str) -> dict[str, bytes]:
    """Return sound files by name: of a "store", or "shipped"."""
    with tempfile.TemporaryDirectory() as name:
        store, folder = fill(Path(name) / "store", blocks()), Path(name) / "shipped"
        if what == "shipped":
            loaded = (store.load(block) for block in blocks())
            ship([record for record in loaded if record is not None], folder)
        found = store.folder if what == "store" else folder
        return {path.name: path.read_bytes() for path in sorted(found.iterdir())}


@functools.cache
def originals() -> dict[str, dict[str, str]]:
    """Return the digests of all arrays of each block."""
    with tempfile.TemporaryDirectory() as name:
        store = fill(Path(name), blocks())
        found = {block: store.load(block) for block in blocks()}
    return {b.name: digests(r) for b, r in found.items() if r is not None}


def digests(record: Record) -> dict[str, str]:
    """Return the digests of a record's arrays."""
    return {name: digest(values) for name, values in record.arrays.items()}


@st.composite
def _arrays(draw: st.DrawFn, payload: bytes) -> Made:
    """A payload with changed numbers, shapes, types or names of arrays."""
    made: dict[str, NDArray[Any]] = dict(unpack(payload))
    how = []
    for _ in range(draw(st.integers(1, 2))):
        if not made:
            break
        name, other = (draw(st.sampled_from(sorted(made))) for _ in range(2))
        given = made.pop(name)
        do = draw(st.sampled_from(("number", "drop", "swap", "shape", "type", "cut", "rename")))
        detail: object = ""
        with np.errstate(all="ignore"):
            if do == "number" and given.size:
                made[name] = given.copy()
                place, detail = draw(st.integers(0, given.size - 1)), draw(numbers())
                try:
                    made[name].flat[place] = detail
                except (OverflowError, ValueError, TypeError):  # the type cannot hold it
                    made[name].flat[place] = -1
            elif do == "swap" and name != other:
                made[name], made[other], detail = made[other], given, other
            elif do == "shape":
                made[name] = given.reshape(-1)
            elif do == "type":
                detail = draw(st.sampled_from(DTYPES))
                made[name] = given.astype(detail)
            elif do == "cut":
                made[name] = given[..., : given.shape[-1] // 2]
            elif do == "rename":
                made["odd"] = given
        how.append(f"{do} {name} {detail}")
    return Made(pack(made), tuple(how))


@st.composite
def stores(draw: st.DrawFn) -> Made:
    """The files of a store by name, some of them damaged."""
    made, how = dict(files("store")), []
    for _ in range(draw(st.integers(1, 2))):
        name, other = (draw(st.sampled_from(sorted(made))) for _ in range(2))
        do = draw(st.sampled_from(("bytes", "facts", "facts", "arrays", "swap", "drop")))
        detail: object = ""
        if do == "swap":
            made[name], made[other], detail = made[other], made[name], other
        elif do == "drop":
            del made[name]
        else:
            if do == "facts" and name.endswith(".json"):
                new = draw(damaged_json(json.loads(files("store")[name])))
            elif do == "arrays" and name.endswith(".npz"):
                new = draw(_arrays(files("store")[name]))
            else:
                new = draw(broken(made[name]))
            made[name], detail = new.what, new.how
        how.append(f"{do} {name} {detail}")
    return Made(made, tuple(how))


def written(made: Mapping[str, bytes], folder: Path) -> Path:
    """Write files to a new folder."""
    folder.mkdir()
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return folder


def check_store(made: Made) -> str:
    """Each block's record is the one that was saved, or is refused with one message."""
    store = Store(written(made.what, Path("store")))
    kinds: list[str] = []
    for block in blocks():
        with warnings_logged() as lines:
            was_there = store.path(block, "json").exists()
            record = store.load(block)
        if record is not None:
            same(record, block)
        elif was_there and len(lines) != 1:
            raise ViolationError(f"expected one warning, given {lines}")
        kinds += map(one_error, lines)
    return kinds[0] if kinds else ""


def same(record: Record, block: Block, *, without: tuple[str, ...] = ()) -> None:
    """Check that a record has the arrays that were computed for its block."""
    wanted = {n: d for n, d in originals()[block.name].items() if n not in without}
    if digests(record) != wanted:
        raise ViolationError(f"a record of {block.name} is not what was computed for it")


@st.composite
def shipped(draw: st.DrawFn) -> Made:
    """Shipped runs, some of them damaged; for damaged arrays, all checksums are recomputed."""
    made = dict(files("shipped"))
    name, other = (draw(st.sampled_from(sorted(made))) for _ in range(2))
    do = draw(st.sampled_from(("fitted",) * 4 + ("manifest", "sealed", "bytes", "swap", "drop")))
    detail: object = other
    if do == "fitted":
        body = json.loads(made[MANIFEST])
        entry = draw(st.sampled_from(body["blocks"]))
        name, sound = entry["file"], files("shipped")[entry["file"]]
        new = draw(_arrays(sound) | broken(sound))
        made[name], detail = new.what, new.how
        entry["sha256"] = hashlib.sha256(new.what).hexdigest()
        with contextlib.suppress(Exception):  # an unreadable payload has no digests
            entry["arrays"] |= {n: digest(v) for n, v in unpack(new.what).items()}
        made[MANIFEST] = json.dumps(with_checksum(body)).encode()
    elif do == "sealed":  # a manual edit with a recomputed checksum
        body = json.loads(made[MANIFEST])
        new = draw(damaged(body["blocks"], most=1))
        body, detail = {**body, "blocks": new.what}, new.how
        made[MANIFEST] = json.dumps(with_checksum(body)).encode("utf-8", "surrogatepass")
    elif do == "swap":
        made[name], made[other] = made[other], made[name]
    elif do == "drop":
        del made[name]
    else:
        name = MANIFEST if do == "manifest" else name
        sound = made[name]
        new = draw(damaged_json(json.loads(sound)) if do == "manifest" else broken(sound))
        made[name], detail = new.what, new.how
    return Made(made, (do, name, str(detail)))


def check_shipped(given: Made) -> str:
    """Shipped runs are refused, or are those that were shipped, each under its own name."""
    made, fitted = given.what, given.how[0] == "fitted"
    folder = written(made, Path("shipped"))
    kinds = []
    try:
        runs = Shipped(folder)
        runs.verify()
    except RecordError as error:
        return one_error(str(error))
    for block in blocks():
        try:
            record = runs.load(block)
        except RecordError as error:
            kinds.append(one_error(str(error)))
            continue
        if not fitted:
            same(record, block, without=("policy", "value"))
        consistent(record)
    return kinds[0] if kinds else ""


def consistent(record: Record) -> None:
    """Refuse a record whose times do not follow from its returns, or with more or fewer runs than seeds."""
    again, times = epochs_to_convergence(record.returns), record.times
    if not (
        np.array_equal(again.epochs, times.epochs)
        and np.array_equal(again.censored, times.censored)
        and len(record.returns) == len(record.block.seeds)
    ):
        raise ViolationError(f"{record.block.name}: its times are not those of its returns")


def all_of(kind: str = "records") -> list[Property]:
    """Return the properties of this kind."""
    return [
        Property(kind, "store", stores, check_store, 800, 35),
        Property(kind, "shipped", shipped, check_shipped, 900, 30),
    ]
