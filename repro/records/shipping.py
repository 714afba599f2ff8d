"""Shipping: write the runs of a finished study tier to the folder that `repro.records.shipped` reads."""

from __future__ import annotations

import shutil
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from repro.errors import RecordError, UserError
from repro.records.record import is_weights
from repro.records.record_format import describe, file_stem, settings
from repro.records.shipped import COMMAND, MANIFEST, SCHEMA, to_json
from repro.storage.checksum import dump_facts
from repro.storage.npz import digest, pack
from repro.storage.provenance import environment, versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.protocol.blocks import Block
    from repro.records.record import Record

MOST_BYTES = 32_000_000
"""Largest size of shipped runs, so that the repository stays small."""
_PRIVATE = {"schema", "block", "key", "sha256", "settings", "host"}


def ship(records: Sequence[Record], folder: Path, *, allow_dirty: bool = False) -> int:
    """Replace the shipped runs by these records, completely or not at all.

    Args:
        records: of one complete run of the study tier.
        folder: to write; its previous content is removed.
        allow_dirty: whether to accept records made with uncommitted changes, at several commits, or
            outside a checkout.

    Returns:
        Number of bytes written.

    Raises:
        UserError: the records were not made at one clean commit, or are too large.
        RecordError: the folder cannot be written.
    """
    commits = {str(record.provenance.get("commit")) for record in records}
    unclean = [r.block.name for r in records if r.provenance.get("dirty") is not False]
    if not allow_dirty and (unclean or len(commits) > 1):
        raise UserError(
            f"{len(unclean)} of {len(records)} blocks were trained with uncommitted changes or "
            f"outside a checkout, and they were trained at {len(commits)} commits; expected one "
            f"clean commit: commit, then `{COMMAND} --fresh`, or give --allow-dirty"
        )
    files, entries = dict[str, bytes](), []
    for record in records:
        arrays, file = record.arrays, _file_name(record.block)
        files[file] = pack({n: values for n, values in arrays.items() if not is_weights(n)})
        entry = {
            **describe(record.block, files[file]),
            "file": file,
            "arrays": {name: digest(values) for name, values in arrays.items()},
            "provenance": {n: v for n, v in record.provenance.items() if n not in _PRIVATE},
        }
        entries.append(entry)
    manifest = {
        "schema": SCHEMA,
        "tier": "study",
        "command": COMMAND,
        "commit": commits.pop() if len(commits) == 1 else sorted(commits),
        "dirty": bool(unclean),
        "environment": environment(),
        "versions": versions(),
        "blocks": entries,
    }
    files[MANIFEST] = dump_facts(manifest)
    size = sum(map(len, files.values()))
    if size > MOST_BYTES:
        raise UserError(
            f"the runs take {size:,} bytes; expected at most {MOST_BYTES:,} in a repository: "
            "record bids for fewer blocks"
        )
    try:
        _replace(folder, files)
    except OSError as error:
        raise RecordError(
            f"the runs cannot be written to {folder}: {error.strerror}; give another folder"
        ) from error
    return size


def _replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a new folder and rename it, so that the folder never mixes two runs."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        new, old = Path(temporary) / "new", Path(temporary) / "old"
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        shutil.move(new, folder)


def _file_name(block: Block) -> str:
    """A file name that depends on the block's settings, but not on the code."""
    return file_stem(block, sha256(to_json(settings(block)).encode()).hexdigest()[:8]) + ".npz"
