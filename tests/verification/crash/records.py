"""Damaged records and checkpoints: refused with a message, kept, and computed again with the same bytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repro.records.store import Store
from repro.storage.checksum import with_checksum
from repro.storage.npz import unpack
from repro.training import checkpoint
from tests.verification.crash.damage import cut, flipped, same_json
from tests.verification.crash.files import Full
from tests.verification.crash.rows import Row
from tests.verification.crash.small import CHILD, PARENT, observe, unclear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from repro.protocol.blocks import Block

FLIPS = 60


@dataclass(frozen=True)
class Whole:
    """A finished store, and one that was interrupted before its last record was written.

    Attributes:
        finished: folder of the first.
        half: folder of the second, with the child's checkpoint.
        payloads: the correct final payloads of both.
    """

    finished: Path
    half: Path
    payloads: dict[str, bytes]


def prepare(folder: Path) -> Whole:
    """Make both stores."""
    seen = observe(folder / "finished")
    assert seen.whole, seen
    store = Store(folder / "half")
    observe(store.folder, blocks=(PARENT,))
    # The disk is full when the child's record is written, but not for its checkpoint.
    last = _OfRecords(CHILD)
    observe(store.folder, last)
    assert store.path(CHILD, "checkpoint").exists()
    assert not store.path(CHILD, "npz").exists()
    return Whole(folder / "finished", store.folder, seen.payloads)


class _OfRecords(Full):
    """A disk with space for everything except the payload of one block."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self._stem = block.name.replace("/", "-").replace("=", "_")

    def act(self, operation: str, number: int) -> None:
        what = self.operations[-1]
        if self._stem in what and ".npz." in what:
            super().act(operation, number)


def _copied(whole: Path, folder: Path) -> Store:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    return Store(folder)


def refused(
    whole: Whole, folder: Path, what: str, damages: Iterator[Callable[[Store], str]]
) -> Row:
    """Damage a finished store in several ways; each damage must be refused and repaired.

    Args:
        whole: the store.
        folder: for copies of it.
        what: the row's name.
        damages: each damages a store and returns the name of the damage; "" if nothing changed.
    """
    wrong, tried, line = list[str](), 0, ""
    for damage in damages:
        store = _copied(whole.finished, folder)
        before = {path.name: path.read_bytes() for path in store.folder.iterdir()}
        name = damage(store)
        if not name:
            continue
        tried += 1
        after = {path.name: path.read_bytes() for path in store.folder.iterdir()}
        assert before != after, f"{name} damages nothing"
        seen = observe(store.folder)
        wrong += [f"{name}: {fault}" for fault in unclear(seen)]
        line = next((one for one in seen.lines if "cannot be used" in one), "") or line
        if not any("cannot be used" in one for one in seen.lines):
            wrong.append(f"{name}: it was accepted as a record")
        if seen.payloads != whole.payloads:
            wrong.append(f"{name}: different bytes than before")
        kept = {path.read_bytes() for path in store.folder.iterdir()}
        lost = [n for n, content in after.items() if content not in kept]
        wrong += [f"{name}: {one} is lost" for one in lost]
    return Row(what, tried, line, tuple(wrong))


def rows(folder: Path) -> Iterator[Row]:
    """Damage records in every way."""
    whole = prepare(folder)
    place = folder / "damaged"
    for ending, which in (("npz", "payload"), ("json", "provenance")):
        content = Store(whole.finished).path(CHILD, ending).read_bytes()
        yield refused(
            whole,
            place,
            f"a byte of a {which} flipped",
            (_written(ending, *one) for one in flipped(content, FLIPS)),
        )
        yield refused(
            whole,
            place,
            f"a {which} cut short, or empty",
            (_written(ending, *one) for one in cut(content)),
        )
    yield refused(whole, place, "a provenance of an old schema", iter((_old, _older)))
    yield refused(whole, place, "a provenance without payload", iter((_without("npz"),)))
    yield refused(whole, place, "records of two blocks swapped", iter(_swaps()))
    yield _without_provenance(whole, place)
    content = Store(whole.half).path(CHILD, "checkpoint").read_bytes()
    for what, damages in (
        ("a byte of a checkpoint flipped", flipped(content, FLIPS)),
        ("a checkpoint cut short, or empty", cut(content)),
        ("a checkpoint of an older form", _older_checkpoints(content, folder)),
        ("a checkpoint of another block", _others_checkpoint(folder)),
    ):
        yield _checkpoints(whole, place, what, damages)


def _written(ending: str, name: str, content: bytes) -> Callable[[Store], str]:
    def write(store: Store) -> str:
        path = store.path(CHILD, ending)
        if ending == "json" and same_json(path.read_bytes(), content):
            return ""
        path.write_bytes(content)
        return f"{path.suffix} with {name}"

    return write


def _old(store: Store) -> str:
    """Write schema 1, with a correct checksum."""
    path = store.path(CHILD, "json")
    path.write_text(json.dumps(with_checksum({**json.loads(path.read_text()), "schema": 1})))
    return "schema 1"


def _older(store: Store) -> str:
    """Write the format without a checksum."""
    path = store.path(CHILD, "json")
    facts = json.loads(path.read_text())
    del facts["checksum"]
    path.write_text(json.dumps(facts))
    return "no checksum"


def _without(ending: str) -> Callable[[Store], str]:
    def remove(store: Store) -> str:
        store.path(CHILD, ending).unlink()
        return f"no {ending}"

    return remove


def _swaps() -> Iterator[Callable[[Store], str]]:
    for endings in (("npz",), ("json",), ("npz", "json")):

        def swap(store: Store, endings: tuple[str, ...] = endings) -> str:
            for ending in endings:
                one, other = store.path(PARENT, ending), store.path(CHILD, ending)
                content = one.read_bytes()
                one.write_bytes(other.read_bytes())
                other.write_bytes(content)
            return " and ".join(endings)

        yield swap


def _without_provenance(whole: Whole, folder: Path) -> Row:
    """A payload alone may be one that is being written: not a record, and not a fault."""
    store = _copied(whole.finished, folder)
    _without("json")(store)
    seen = observe(folder)
    wrong = [f"unexpected message {line}" for line in seen.lines]
    if not seen.whole or seen.payloads != whole.payloads:
        wrong.append("it was not computed again with the same bytes")
    return Row("a payload without provenance", 1, "", tuple(wrong))


def _checkpoints(
    whole: Whole, folder: Path, what: str, damages: Iterator[tuple[str, bytes]]
) -> Row:
    wrong, tried, line = list[str](), 0, ""
    for name, content in damages:
        tried += 1
        store = _copied(whole.half, folder)
        store.path(CHILD, "checkpoint").write_bytes(content)
        seen = observe(folder)
        wrong += [f"{name}: {fault}" for fault in unclear(seen)]
        line = seen.lines[0] if seen.lines else line
        resumed = [status.block for status in seen.statuses if status.outcome == "resumed"]
        wrong += [f"{name}: training continued from it" for _ in resumed]
        if not seen.whole or seen.payloads != whole.payloads:
            wrong.append(f"{name}: {seen.names} or their bytes")
    return Row(what, tried, line, tuple(wrong))


def _others_checkpoint(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The checkpoint of the parent, whose arrays have the same shapes."""
    store = Store(folder / "other")
    observe(store.folder, _OfRecords(PARENT), (PARENT,))
    yield "the parent's", store.path(PARENT, "checkpoint").read_bytes()


def _older_checkpoints(content: bytes, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Checkpoints with correct checksums, but without what training needs now."""
    state = unpack(content[32:])
    some = next(name for name in state if name.startswith("trainer."))
    forms = {
        "without one array": {n: a for n, a in state.items() if n != some},
        "with an array of another shape": {**state, some: np.zeros(3, np.float32)},
    }
    path = Store(folder / "older").path(CHILD, "checkpoint")
    path.parent.mkdir()
    for name, arrays in forms.items():
        checkpoint.save(path, arrays)
        yield name, path.read_bytes()
