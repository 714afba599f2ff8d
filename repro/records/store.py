"""The store of finished runs: two files for each block, which are complete or absent.

The payload (.npz) is written first, the facts about it (.json) second: a record is finished when its
facts exist. Checkpoints and progress of blocks in training are in the same folder.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import tempfile
from typing import TYPE_CHECKING, Any

from repro.errors import RecordError
from repro.records.keys import SCHEMA, key
from repro.records.record import Record, weight_names
from repro.records.record_format import describe, fault, file_stem, read_payload, read_record
from repro.storage.checksum import dump_facts, load_facts
from repro.storage.npz import pack, write_whole
from repro.storage.provenance import instructions, processor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from repro.protocol.blocks import Block

FREE_BYTES = 2**20
"""Bytes that must be free before training starts, so that a full disk is noticed early."""
log = logging.getLogger(__name__)


class Store:
    """A folder of records.

    Args:
        folder: created when the first record is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keys: dict[Block, str] = {}

    def _key(self, block: Block) -> str:
        """Key of a block, computed once."""
        if block not in self._keys:
            self._keys[block] = key(block)
        return self._keys[block]

    def path(self, block: Block, ending: str) -> Path:
        """Path of a block's file with this ending: npz, json, checkpoint or progress."""
        return self.folder / f"{file_stem(block, self._key(block)[:16])}.{ending}"

    def prepare(self) -> None:
        """Create the folder and check that it has free space, before anything is trained.

        Raises:
            RecordError: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                file.write(bytes(FREE_BYTES))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            not_a_folder = isinstance(error, FileExistsError | NotADirectoryError)
            why = "it is not a folder, or not in one" if not_a_folder else error.strerror
            raise RecordError(
                f"runs cannot be written to {self.folder}: {why}; make room or give another --store"
            ) from error

    def load(self, block: Block, *, set_aside: bool = True) -> Record | None:
        """Read a finished record; None if there is none, or if it is faulty.

        Args:
            block: what was run.
            set_aside: whether to rename a faulty record, so that another can be written.
        """
        described = self.path(block, "json")
        try:
            if not described.exists():  # absent, or being written now
                return None
            return self._read(block)
        except Exception as error:  # noqa: BLE001 - a faulty file may raise anything as it is read
            log.warning(
                "the record of %s in %s cannot be used (%s); %s",
                block.name,
                self.folder,
                fault(error),
                "it is set aside as .faulty and computed again"
                if set_aside and self._set_aside(block)
                else "`python -m repro run` computes it again",
            )
            return None

    def _read(self, block: Block) -> Record:
        facts = load_facts(self.path(block, "json").read_bytes(), SCHEMA)
        if facts["key"] != self._key(block):
            raise ValueError(f"it is the record of {facts['block']} under another key")
        record = read_record(block, read_payload(self.path(block, "npz"), facts), facts)
        if missing := [name for name in weight_names(block) if name not in record.weights]:
            raise ValueError(f"its payload lacks {', '.join(missing)}")
        return record

    def _set_aside(self, block: Block) -> bool:
        """Rename a block's files; return True if another record can be written."""
        renamed = True
        for path in (self.path(block, ending) for ending in ("npz", "json")):
            try:
                path.replace(path.with_name(path.name + ".faulty"))
            except FileNotFoundError:
                continue
            except OSError:  # the folder cannot be written; `prepare` reports it before training
                renamed = False
        return renamed

    def save(self, record: Record, provenance: Mapping[str, Any]) -> None:
        """Write a record.

        Args:
            record: of finished runs.
            provenance: how it was made, as JSON values; the processor and its instructions are added.

        Raises:
            RecordError: the folder cannot be written.
        """
        block, payload = record.block, pack(record.arrays)
        facts = {
            "schema": SCHEMA,
            **describe(block, payload),
            "processor": processor(),
            "instructions": instructions(),
            **provenance,
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.path(block, "npz"), payload)
            write_whole(self.path(block, "json"), dump_facts(facts))
        except OSError as error:
            raise RecordError(
                f"the record of {block.name} cannot be written to {self.folder}: "
                f"{error.strerror}; make room or give another folder, then run again"
            ) from error

    def sweep(self, block: Block, *endings: str) -> None:
        """Remove a block's files with these endings, and partial files left by killed processes.

        A file that cannot be removed is left.
        """
        useless = [self.path(block, ending) for ending in endings]
        with contextlib.suppress(OSError):
            partial = self.folder.glob(f"{self.path(block, '*').name}.tmp")
            useless += [path for path in partial if _is_abandoned(path)]
        for path in useless:
            with contextlib.suppress(OSError):
                path.unlink()


def _is_abandoned(partial: Path) -> bool:
    """Whether `write_whole` started this file in a process that has ended.

    Processes of other machines cannot be looked up. Their partial checkpoints are removed anyway: in
    the worst case one checkpoint is not written.
    """
    writer, _, process = partial.name.removesuffix(".tmp").rpartition("-")
    if not (writer.endswith(f".{platform.node()}") and process.isdecimal()):
        return ".checkpoint." in partial.name
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # another user's process, or not a process id
        return False
    return False
