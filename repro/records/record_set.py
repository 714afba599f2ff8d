"""Sets of records in a folder, made by any machine, code and versions.

A store finds a record by the key that the block has with this checkout's code and versions. A set is
read by the content of its files, as `repro.records.stored` and `repro.records.shipped` do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from repro.records.keys import key
from repro.records.shipped import MANIFEST, Shipped
from repro.records.stored import Stored, has_key
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
        return has_key(self.block, self.key, self.provenance.get("versions"))


def read_set(folder: Path) -> tuple[RecordRef, ...]:
    """Read all records of a folder: a store, or shipped runs with their manifest.

    The file of each record is checked. Of several records of a store with the same settings, the one that this
    checkout would use is taken.

    Args:
        folder: such as build/runs or data/runs.

    Raises:
        RecordError: it is not a folder, it holds no record, a record is faulty, or this checkout would
            use none of several with the same settings.
    """
    if (folder / MANIFEST).exists():
        return tuple(_shipped(Shipped(folder)))
    stored = Stored(folder)
    return tuple(RecordRef.of(stored.load(block), stored.key(block)) for block in stored.blocks)


def _shipped(shipped: Shipped) -> Iterable[RecordRef]:
    for block in shipped.blocks:
        shipped.load(block)
        ref = RecordRef.shipped(shipped, block)
        if ref is not None:
            yield ref
