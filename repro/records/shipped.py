"""The runs that come with the project: written from a complete run of the paper tier, and read back.

A folder of one .npz a block, losslessly what was computed but for the weights, and a manifest with
every file's checksum, its own, and the digest of every array, the weights' included. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.errors import RecordError, UserError
from repro.records.key import key
from repro.records.record import WEIGHTS, Record, check_times
from repro.storage.checksum import is_sealed, sealed
from repro.storage.npz import digest, pack, unpack
from repro.storage.provenance import environment, versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from repro.protocol.blocks import Block

MANIFEST = "manifest.json"
COMMAND = "python -m repro run --tier paper"
SCHEMA = 2
MOST_BYTES = 30_000_000
_PRIVATE = {"schema", "block", "key", "sha256", "settings", "host"}
_ENTRY = {"block", "settings", "file", "sha256", "key", "arrays", "provenance"}
_WAY_OUT = "take the folder from the repository again, or run and ship the paper tier"


class Shipped:
    """A folder of shipped runs, its manifest read and checked.

    Attributes:
        manifest: as read.

    Args:
        folder: where it lies.

    Raises:
        RecordError: there is no manifest, or it is faulty.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / MANIFEST
        try:
            self.manifest = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise RecordError(
                f"{self._path} cannot be read ({error}); expected the manifest of the shipped runs: "
                + _WAY_OUT
            ) from error
        self._check()
        self._entries = {_settings(e["settings"]): e for e in self.manifest["blocks"]}

    def _check(self) -> None:
        """See that the manifest has the form that `ship` gives it, and says what `ship` wrote."""
        body = self.manifest
        holds = isinstance(body, dict) and body.get("schema") == SCHEMA
        holds = holds and all(isinstance(body.get(n), dict) for n in ("environment", "versions"))
        holds = holds and isinstance(body.get("blocks"), list)
        holds = holds and all(isinstance(e, dict) and e.keys() >= _ENTRY for e in body["blocks"])
        if not holds:
            raise RecordError(
                f"{self._path} is no manifest of schema {SCHEMA}; expected environment, versions "
                f"and blocks, each with {', '.join(sorted(_ENTRY))}: {_WAY_OUT}"
            )
        if not is_sealed(body):
            raise RecordError(
                f"{self._path} is corrupt: it does not have the checksum that it names; expected "
                f"what `python -m repro ship` wrote: {_WAY_OUT}"
            )

    def entry(self, block: Block) -> Mapping[str, Any] | None:
        """What the manifest says of a block with these very settings; None: nothing."""
        found: Mapping[str, Any] | None = self._entries.get(_settings(asdict(block)))
        return found

    def verify(self) -> None:
        """Check every file of the manifest, whatever is asked for later.

        Raises:
            RecordError: for the first file that is missing or not the one that was shipped.
        """
        for entry in self._entries.values():
            self._payload(entry)

    def load(self, block: Block) -> Record:
        """Read the runs of a block; they hold no weights.

        Raises:
            RecordError: the manifest lacks the block, or its file is missing or faulty.
        """
        entry = self.entry(block)
        if entry is None:
            others = [e for e in self._entries.values() if e["block"] == block.name]
            near = f", but runs with {_unlike(block, others[0]['settings'])}" if others else ""
            raise RecordError(
                f"{self._path} holds no runs of {block.name} as asked for{near}; "
                f"train them with `{COMMAND}` and ship them with `python -m repro ship`"
            )
        payload, path = self._payload(entry), self.folder / entry["file"]
        try:
            arrays = unpack(payload)
            record = Record.of(block, arrays, entry["provenance"])
            expected = {n: d for n, d in entry["arrays"].items() if n not in WEIGHTS}
            if {name: digest(values) for name, values in arrays.items()} != expected:
                raise ValueError("its arrays are not those of the manifest")  # noqa: TRY301 - one message for all
            check_times(record)
        except Exception as error:
            raise RecordError(
                f"{path} does not hold the runs of {block.name} ({error}); expected what "
                f"`python -m repro ship` wrote: {_WAY_OUT}"
            ) from error
        return record

    def _payload(self, entry: Mapping[str, Any]) -> bytes:
        path = self.folder / Path(str(entry["file"])).name  # no way out of the folder
        try:
            payload = path.read_bytes()
        except (OSError, ValueError) as error:  # the latter for what can be no file's name
            shown = str(path) if str(path).isprintable() else ascii(str(path))
            raise RecordError(
                f"{shown} cannot be read ({getattr(error, 'strerror', error)}); expected the runs of "
                f"{entry['block']}, which {self._path} lists: {_WAY_OUT}"
            ) from error
        found = hashlib.sha256(payload).hexdigest()
        if found != entry["sha256"]:
            raise RecordError(
                f"{path} is corrupt: its {len(payload):,} bytes have the SHA-256 {found[:16]}…, "
                f"expected {str(entry['sha256'])[:16]}… of {self._path}: {_WAY_OUT}"
            )
        return payload


def ship(records: Sequence[Record], folder: Path, *, allow_dirty: bool = False) -> int:
    """Replace the shipped runs by these records, all or nothing.

    Args:
        records: of one complete run of the paper tier.
        folder: to write; what it holds is removed.
        allow_dirty: whether they may have been made with uncommitted changes, at several commits,
            or outside a checkout.

    Returns:
        Bytes written.

    Raises:
        UserError: records were not made at one clean commit, or take too much room.
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
    files = {_file_name(r.block): pack(_without_weights(r)) for r in records}
    entries = [_describe(record, files[_file_name(record.block)]) for record in records]
    body = {
        "schema": SCHEMA,
        "tier": "paper",
        "command": COMMAND,
        "commit": commits.pop() if len(commits) == 1 else sorted(commits),
        "dirty": bool(unclean),
        "environment": environment(),
        "versions": versions(),
        "blocks": entries,
    }
    files[MANIFEST] = json.dumps(sealed(body), indent=1, sort_keys=True).encode() + b"\n"
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
    """Write beside the folder and rename, so that it is never half of one run and half of another."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        new, old = Path(temporary) / "new", Path(temporary) / "old"
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        shutil.move(new, folder)


def _describe(record: Record, payload: bytes) -> dict[str, Any]:
    return {
        "block": record.block.name,
        "settings": asdict(record.block),
        "file": _file_name(record.block),
        "sha256": hashlib.sha256(payload).hexdigest(),
        "key": key(record.block),
        "arrays": {name: digest(values) for name, values in record.arrays.items()},
        "provenance": {n: v for n, v in record.provenance.items() if n not in _PRIVATE},
    }


def _without_weights(record: Record) -> dict[str, NDArray[Any]]:
    return {name: values for name, values in record.arrays.items() if name not in WEIGHTS}


def _file_name(block: Block) -> str:
    """A name that tells blocks apart by their settings, and stays when code changes."""
    mark = hashlib.sha256(_settings(asdict(block)).encode()).hexdigest()[:8]
    return f"{block.name.replace('/', '-').replace('=', '_')}-{mark}.npz"


def _settings(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True)


def _unlike(block: Block, settings: Mapping[str, Any]) -> str:
    """Name what shipped settings have otherwise."""
    asked = json.loads(_settings(asdict(block)))
    unlike = [name for name in asked if settings.get(name) != asked[name]]
    return ", ".join(f"{name} {settings.get(name)!r}" for name in unlike if name != "parent")
