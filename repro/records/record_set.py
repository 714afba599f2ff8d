"""Sets of records as they lie in a folder, from whatever machine, code and versions they came.

The store finds a record by the key that it has here and now. A set is read by what stands in it: each
block by the settings in its file, each array checked against its checksum. No path is taken from a
file, and nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from repro.errors import RecordError, UserError
from repro.protocol.blocks import Block
from repro.records.key import SCHEMA, key
from repro.records.record import Record, check_times
from repro.records.shipped import MANIFEST, Shipped
from repro.storage.checksum import is_sealed
from repro.storage.npz import digest, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_NAMES = [field.name for field in fields(Block)]
_NAME = re.compile(r"[A-Za-z0-9_.]{1,80}")
_SHOWN = 40
_KINDS = {"algorithm": str, "problem": str, "seeds": list, "epochs": int, "bids": bool}


@dataclass(frozen=True)
class RecordRef:
    """One block's record in a set.

    Attributes:
        block: what was run.
        key: what its result depends on, as `repro.records.key.key` names it where it was made.
        arrays: digest of each array, the weights' included, by name.
        provenance: versions, processor and the like.
        load: reads the record.
    """

    block: Block
    key: str
    arrays: Mapping[str, str]
    provenance: Mapping[str, Any]
    load: Callable[[], Record]

    @classmethod
    def of(cls, record: Record) -> Self:
        """Hold a record that was made, or found, by this code."""
        arrays = {name: digest(values) for name, values in record.arrays.items()}
        made = key(record.block, record.provenance.get("versions"))
        return cls(record.block, made, arrays, record.provenance, lambda: record)

    @classmethod
    def shipped(cls, folder: Shipped, block: Block) -> Self | None:
        """Hold the shipped runs of a block with these very settings; None: there are none."""
        entry = folder.entry(block)
        if entry is None:
            return None
        load = partial(folder.load, block)
        return cls(block, entry["key"], entry["arrays"], entry["provenance"], load)

    @property
    def code_is_ours(self) -> bool:
        """Whether it was made by the code of this checkout, under whatever versions."""
        try:
            return key(self.block, self.provenance.get("versions")) == self.key
        except UserError:  # the block names what does not exist here
            return False


def read_set(folder: Path) -> tuple[RecordRef, ...]:
    """Read all records of a folder: a store, or runs shipped with their manifest.

    Every file is checked, and its times against its returns. Of several records of the same
    settings in a store, the one that this checkout would use counts.

    Args:
        folder: as `build/runs` or `data/runs`.

    Raises:
        RecordError: it is no folder, holds no record, one is faulty, or none of several of the same
            settings is of this checkout.
    """
    if not folder.is_dir():
        raise RecordError(f"{folder} is no folder; expected one of records, as build/runs")
    if (folder / MANIFEST).exists():
        return tuple(_shipped(Shipped(folder)))
    found: defaultdict[Block, list[RecordRef]] = defaultdict(list)
    try:
        paths = sorted(folder.glob("*.json"))
    except OSError as error:
        raise RecordError(
            f"{folder} cannot be read: {error.strerror}; see to its rights"
        ) from error
    for path in paths:
        held = _stored(path)
        found[held.block].append(held)
    if not found:
        raise RecordError(
            f"{folder} holds no record; expected one of records, as build/runs after a run, or "
            f"data/runs with its {MANIFEST}"
        )
    return tuple(_one(block, several, folder) for block, several in found.items())


def to_block(settings: object) -> Block:
    """Make a block of its JSON object, as `dataclasses.asdict` gives it.

    Raises:
        ValueError: it is none.
        UserError: it is a block that cannot be run.
    """
    if not isinstance(settings, dict) or sorted(settings) != sorted(_NAMES):
        raise ValueError(f"its settings are not {', '.join(_NAMES)}")
    body = dict(settings)
    wrong = [name for name, kind in _KINDS.items() if type(body[name]) is not kind]
    if body["stay"] is not None and type(body["stay"]) is not int:
        wrong.append("stay")
    if wrong:
        raise ValueError(f"its {' and '.join(wrong)} are of another type")
    if not all(type(seed) is int for seed in body["seeds"]):
        raise ValueError("its seeds are no whole numbers")
    for name in (body["algorithm"], body["problem"]):
        _check_name(name)
    body["seeds"] = tuple(body["seeds"])
    body["settings"] = _pairs(body["settings"])
    body["parent"] = None if body["parent"] is None else to_block(body["parent"])
    return Block(**body)


def _pairs(settings: object) -> tuple[tuple[str, float], ...]:
    """Read hyperparameters."""
    found: list[tuple[str, float]] = []
    for pair in settings if isinstance(settings, list) else [settings]:
        match pair:
            case [str(name), int(value) | float(value)] if not isinstance(value, bool):
                _check_name(name)
                found.append((name, value))
            case _:
                raise ValueError("its hyperparameters are no pairs of a name and a number")
    return tuple(found)


def _check_name(name: str) -> None:
    """See that a name is one: it is shown on terminals."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"it names {name[:_SHOWN]!a}, expected letters, digits, '_' and '.'")


def _shipped(folder: Shipped) -> Iterable[RecordRef]:
    for entry in folder.manifest["blocks"]:
        try:
            block = to_block(entry["settings"])
            if not all(isinstance(entry[what], dict) for what in ("arrays", "provenance")):
                raise ValueError("its arrays or its provenance are no objects")  # noqa: TRY301 - one message for all
        except Exception as error:
            raise RecordError(
                f"{folder.folder / MANIFEST} names a block that cannot be ({_said(error)}); "
                "expected what `python -m repro ship` wrote: copy the folder again"
            ) from error
        folder.load(block)
        held = RecordRef.shipped(folder, block)
        if held is not None:
            yield held


def _stored(path: Path) -> RecordRef:
    """Read a record of a store by what stands in its files; they lie where they were found."""
    try:
        provenance = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(provenance, dict) or provenance.get("schema") != SCHEMA:
            raise ValueError(f"it is not of schema {SCHEMA}")  # noqa: TRY301 - one message for all
        if not is_sealed(provenance):
            raise ValueError("it does not have the checksum that it names")  # noqa: TRY301 - one message for all
        payload = path.with_suffix(".npz").read_bytes()
        if hashlib.sha256(payload).hexdigest() != provenance["sha256"]:
            raise ValueError("its payload has another checksum")  # noqa: TRY301 - one message for all
        block = to_block(provenance["settings"])
        record = Record.of(block, unpack(payload), provenance)
        check_times(record)
        arrays = {name: digest(values) for name, values in record.arrays.items()}
        return RecordRef(block, str(provenance["key"]), arrays, provenance, lambda: record)
    except Exception as error:
        raise RecordError(
            f"{_printable(str(path))} is no record that can be used ({_said(error)}); expected what "
            "`python -m repro run` keeps in its store: take it away, or copy the folder again"
        ) from error


def _one(block: Block, several: list[RecordRef], folder: Path) -> RecordRef:
    """Choose among records of the same settings."""
    if len(several) == 1:
        return several[0]
    ours = [held for held in several if _is_used_here(held)]
    if len(ours) == 1:
        return ours[0]
    raise RecordError(
        f"{folder} holds {len(several)} records of {block.name} with the same settings, made by "
        "other code or versions than these; expected one: take the others away"
    )


def _is_used_here(held: RecordRef) -> bool:
    try:
        return key(held.block) == held.key
    except UserError:
        return False


def _said(error: Exception) -> str:
    """An error in a few words, on one line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    known = isinstance(error, (OSError, ValueError, UserError))
    return _printable(text if known and text else f"{type(error).__name__}: {text}")


def _printable(text: str) -> str:
    """Text of others' files, without what terminals act on."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
