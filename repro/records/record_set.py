"""Sets of records in a folder, made by any machine, code and versions.

A store finds a record by the key that the block has with this checkout's code and versions. A set is
read by the content of its files: each block is made from the settings in its file, and every array is
checked against its digest. Paths in files are not used, and nothing is unpickled.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from repro.errors import RecordError, UserError
from repro.records.keys import SCHEMA, key
from repro.records.record_format import fault, printable, read_payload, read_record, to_block
from repro.records.shipped import MANIFEST, Shipped
from repro.storage.checksum import load_facts
from repro.storage.npz import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from repro.protocol.blocks import Block
    from repro.records.record import Record


@dataclass(frozen=True)
class RecordRef:
    """A reference to one block's record: what can be compared without its arrays.

    Attributes:
        block: what was run.
        key: as `repro.records.key` returned it where the record was made.
        arrays: digest of each array by name, including the weights.
        provenance: versions, processor and so on.
        load: reads the record.
    """

    block: Block
    key: str
    arrays: Mapping[str, str]
    provenance: Mapping[str, Any]
    load: Callable[[], Record]

    @classmethod
    def of(cls, record: Record, made_with: str | None = None) -> Self:
        """Refer to a record in memory.

        Args:
            record: with its provenance.
            made_with: its key; None: that of this checkout's code with the record's versions.
        """
        arrays = {name: digest(values) for name, values in record.arrays.items()}
        made_with = made_with or key(record.block, record.provenance.get("versions"))
        return cls(record.block, made_with, arrays, record.provenance, lambda: record)

    @classmethod
    def shipped(cls, folder: Shipped, block: Block) -> Self | None:
        """Refer to the shipped runs of a block with the same settings; None if there are none."""
        entry = folder.entry(block)
        if entry is None:
            return None
        load = partial(folder.load, block)
        return cls(block, entry["key"], entry["arrays"], entry["provenance"], load)

    @property
    def code_is_ours(self) -> bool:
        """Whether this checkout's code made the record, under any versions."""
        return self._has_key_of(self.provenance.get("versions"))

    @property
    def is_used_here(self) -> bool:
        """Whether a store finds the record: this checkout's code under these versions made it."""
        return self._has_key_of(None)

    def _has_key_of(self, versions: Mapping[str, str] | None) -> bool:
        try:
            return key(self.block, versions) == self.key
        except UserError:  # the block names an algorithm or a problem that does not exist here
            return False


def read_set(folder: Path) -> tuple[RecordRef, ...]:
    """Read all records of a folder: a store, or shipped runs with their manifest.

    Every file is checked. Of several records of a store with the same settings, the one that this
    checkout would use is taken.

    Args:
        folder: such as build/runs or data/runs.

    Raises:
        RecordError: it is not a folder, it holds no record, a record is faulty, or this checkout would
            use none of several with the same settings.
    """
    if not folder.is_dir():
        raise RecordError(f"{folder} is not a folder; expected one of records, as build/runs")
    if (folder / MANIFEST).exists():
        return tuple(_shipped(Shipped(folder)))
    found: defaultdict[Block, list[RecordRef]] = defaultdict(list)
    try:
        paths = sorted(folder.glob("*.json"))
    except OSError as error:
        raise RecordError(
            f"{folder} cannot be read: {error.strerror}; check its permissions"
        ) from error
    for path in paths:
        ref = _stored(path)
        found[ref.block].append(ref)
    if not found:
        raise RecordError(
            f"{folder} holds no record; expected one of records, as build/runs after a run, or "
            f"data/runs with its {MANIFEST}"
        )
    return tuple(_choose(refs, folder) for refs in found.values())


def _shipped(shipped: Shipped) -> Iterable[RecordRef]:
    for block in shipped.blocks:
        shipped.load(block)
        ref = RecordRef.shipped(shipped, block)
        if ref is not None:
            yield ref


def _stored(path: Path) -> RecordRef:
    """Read a record of a store by the content of its files."""
    try:
        facts = load_facts(path.read_bytes(), SCHEMA)
        payload = read_payload(path.with_suffix(".npz"), facts)
        record = read_record(to_block(facts["settings"]), payload, facts)
        return RecordRef.of(record, str(facts["key"]))
    except Exception as error:
        raise RecordError(
            f"the record {printable(str(path))} cannot be used ({fault(error)}); expected what "
            "`python -m repro run` stores: remove it, or copy the folder again"
        ) from error


def _choose(refs: list[RecordRef], folder: Path) -> RecordRef:
    """Choose among records with the same settings."""
    ours = [ref for ref in refs if ref.is_used_here] if len(refs) > 1 else refs
    if len(ours) != 1:
        raise RecordError(
            f"{folder} holds {len(refs)} records of {refs[0].block.name} with the same settings, made "
            "by other code or versions than these; expected one: remove the others"
        )
    return ours[0]
