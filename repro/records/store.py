"""The store of finished runs: a block's record is two files, written whole or not at all.

The payload (.npz) holds what was computed, and its bytes depend on nothing else; the provenance
(.json) says when, where and by what, and carries the payload's checksum and its own. Nothing is
pickled.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import platform
import tempfile
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from repro.errors import RecordError
from repro.records.key import SCHEMA, key
from repro.records.record import WEIGHTS, Record
from repro.storage.checksum import is_sealed, sealed
from repro.storage.npz import pack, unpack, write_whole
from repro.storage.provenance import processor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from repro.protocol.blocks import Block

ROOM = 2**20
"""Bytes that must be free for training to begin, so that a full disk shows before it."""
log = logging.getLogger(__name__)


class Store:
    """A folder of records.

    Args:
        folder: made when the first record is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, block: Block, ending: str) -> Path:
        """Where a block's file of this ending (npz, json, progress) lies."""
        name = block.name.replace("/", "-").replace("=", "_")
        return self.folder / f"{name}-{key(block)[:16]}.{ending}"

    def prepare(self) -> None:
        """Make the folder, and see that there is room in it before anything is trained.

        Raises:
            RecordError: it cannot.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                file.write(bytes(ROOM))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            there = isinstance(error, FileExistsError | NotADirectoryError)
            why = "it is, or lies in, what is no folder" if there else error.strerror
            raise RecordError(
                f"runs cannot be written to {self.folder}: {why}; make room or give another --store"
            ) from error

    def load(self, block: Block, *, set_aside: bool = True) -> Record | None:
        """Read a finished record; None if there is none, or if it is faulty.

        Args:
            block: whose record.
            set_aside: whether a faulty record is renamed, so that another can take its place.
        """
        provenance = self.path(block, "json")
        try:
            if not provenance.exists():  # not there, or being written at this moment
                return None
            return self._read(block)
        except Exception as error:  # noqa: BLE001 - a faulty file may raise anything as it is read
            log.warning(
                "the record of %s in %s cannot be used (%s); %s",
                block.name,
                self.folder,
                error,
                "it is set aside as .faulty and computed again"
                if set_aside and self._set_aside(block)
                else "`python -m repro run` computes it again",
            )
            return None

    def _set_aside(self, block: Block) -> bool:
        """Rename a block's files; whether there is place for others now."""
        place = True
        for path in (self.path(block, ending) for ending in ("npz", "json")):
            try:
                path.replace(path.with_name(path.name + ".faulty"))
            except FileNotFoundError:
                continue
            except OSError:  # nothing can be written here, which is told before training
                place = False
        return place

    def _read(self, block: Block) -> Record:
        provenance = json.loads(self.path(block, "json").read_text(encoding="utf-8"))
        if not isinstance(provenance, dict) or provenance.get("schema") != SCHEMA:
            raise ValueError(f"its provenance is not of schema {SCHEMA}")
        if not is_sealed(provenance):
            raise ValueError("its provenance is not as it was written, by its checksum")
        if provenance["key"] != key(block):
            raise ValueError(f"it is the record of {provenance['block']} under another key")
        payload = self.path(block, "npz").read_bytes()
        if provenance["sha256"] != hashlib.sha256(payload).hexdigest():
            raise ValueError("the payload is not the one its provenance describes")
        fields = unpack(payload)
        if missing := [name for name in WEIGHTS if name not in fields]:
            raise ValueError(f"the payload lacks {', '.join(missing)}")
        return Record.of(block, fields, provenance)

    def save(self, record: Record, provenance: Mapping[str, Any]) -> None:
        """Write a record; it counts as finished once its provenance, the second file, is there.

        Raises:
            RecordError: the folder cannot be written.
        """
        payload = pack(record.arrays)
        facts = {
            "schema": SCHEMA,
            "block": record.block.name,
            "key": key(record.block),
            "sha256": hashlib.sha256(payload).hexdigest(),
            "settings": asdict(record.block),
            "processor": processor(),
            **provenance,
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.path(record.block, "npz"), payload)
            write_whole(
                self.path(record.block, "json"),
                json.dumps(sealed(facts), indent=2).encode() + b"\n",
            )
        except OSError as error:
            raise RecordError(
                f"the record of {record.block.name} cannot be written to {self.folder}: "
                f"{error.strerror}; make room or give another folder, then run again"
            ) from error


def sweep(store: Store, block: Block, *endings: str) -> None:
    """Remove a block's files of these endings, and halves of files that nobody goes on writing.

    What cannot be removed is left.
    """
    useless = [store.path(block, ending) for ending in endings]
    with contextlib.suppress(OSError):
        halves = store.folder.glob(f"{store.path(block, '*').name}.tmp")
        useless += [half for half in halves if _abandoned(half)]
    for path in useless:
        with contextlib.suppress(OSError):
            path.unlink()


def _abandoned(half: Path) -> bool:
    """Whether `write_whole` began this file in a process that is no more.

    Whether one of another machine lives cannot be seen from here. Its half of a checkpoint may go
    all the same: at worst that checkpoint is not written.
    """
    writer, _, process = half.name.removesuffix(".tmp").rpartition("-")
    if not (writer.endswith(f".{platform.node()}") and process.isdecimal()):
        return ".checkpoint." in half.name
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # it is another user's, or none at all
        return False
    return False
