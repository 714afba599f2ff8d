"""The runs that are shipped with the project: written from a complete run of the study tier, and read.

The folder has one .npz for each block, with everything that was computed except the weights, and a
manifest: the facts about each record, with the SHA-256 of its file and the digest of each array,
including the weights. The manifest has a checksum. Nothing is pickled.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.errors import RecordError, UserError
from repro.records.record import Record, is_weights
from repro.records.record_format import (
    describe,
    fault,
    file_stem,
    printable,
    read_payload,
    read_record,
    settings,
    to_block,
)
from repro.storage.checksum import dump_facts, load_facts
from repro.storage.npz import digest, pack
from repro.storage.provenance import environment, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from repro.protocol.blocks import Block

MANIFEST = "manifest.json"
COMMAND = "python -m repro run --tier study"
SCHEMA = 3
MOST_BYTES = 32_000_000
"""Largest size of shipped runs, so that the repository stays small."""
_NEEDED = {"parent", "reference"}
"""Settings that are blocks."""
_LONGEST = 1e9
"""Seconds; a block that took longer did not."""
_PRIVATE = {"schema", "block", "key", "sha256", "settings", "host"}
_ENTRY = {"block", "settings", "file", "sha256", "key", "arrays", "provenance"}
_OBJECTS = ("settings", "arrays", "provenance")
_WAY_OUT = "take the folder from the repository again, or run and ship the study tier"


class Shipped:
    """A folder of shipped runs whose manifest has been read and checked.

    Attributes:
        manifest: as read.

    Args:
        folder: where the runs are.

    Raises:
        RecordError: the manifest is missing or faulty.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / MANIFEST
        try:
            self.manifest = load_facts(self._path.read_bytes(), SCHEMA)
            _check_form(self.manifest)
        except (OSError, ValueError, RecursionError) as error:
            raise RecordError(
                f"{self._path} cannot be used ({fault(error)}); expected the manifest of shipped "
                f"runs: {_WAY_OUT}"
            ) from error
        self._entries = {_to_json(e["settings"]): e for e in self.manifest["blocks"]}

    def entry(self, block: Block) -> Mapping[str, Any] | None:
        """Return the manifest's entry of a block with the same settings; None if there is none."""
        found: Mapping[str, Any] | None = self._entries.get(_to_json(settings(block)))
        return found

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks whose runs are shipped, in the order of the manifest.

        Raises:
            RecordError: the manifest describes one that cannot be.
        """
        try:
            return tuple(to_block(entry["settings"]) for entry in self.manifest["blocks"])
        except Exception as error:
            raise RecordError(
                f"{self._path} has a faulty block ({fault(error)}); "
                "expected what `python -m repro ship` wrote: copy the folder again"
            ) from error

    @property
    def commit(self) -> str:
        """The commit that made the runs; if several did, all of them, as "a1b2 and c3d4"."""
        made = self.manifest.get("commit")
        return " and ".join(map(str, made)) if isinstance(made, list) else str(made)

    @property
    def seconds_per_run(self) -> dict[str, float]:
        """Processor time of each block's training, divided by its runs, by the block's arm.

        A block of which the manifest does not say the time is left out.
        """
        found: dict[str, float] = {}
        for entry in self._entries.values():
            match entry:
                case {
                    "block": str(name),
                    "provenance": {"cpu_seconds": int(seconds) | float(seconds)},
                    "settings": {"seeds": [_, *_] as seeds},
                } if 0 < seconds < _LONGEST:
                    found[_arm(name)] = seconds / len(seeds)
        return found

    def verify(self) -> None:
        """Check every file of the manifest.

        Raises:
            RecordError: a file is missing or was changed; names the first.
        """
        for entry in self._entries.values():
            with self._faults(entry) as path:
                read_payload(path, entry)

    def load(self, block: Block) -> Record:
        """Read the runs of a block, without weights.

        Raises:
            RecordError: the manifest lacks the block, or its file is missing or faulty.
        """
        entry = self.entry(block)
        if entry is None:
            others = [e for e in self._entries.values() if _arm(str(e["block"])) == block.arm]
            near = f", but runs with {_differences(block, others[0])}" if others else ""
            raise RecordError(
                f"{self._path} holds no runs of {block.name} with these settings{near}; "
                f"train them with `{COMMAND}` and ship them with `python -m repro ship`"
            )
        with self._faults(entry) as path:
            record = read_record(block, read_payload(path, entry), entry["provenance"])
            expected = {n: d for n, d in entry["arrays"].items() if not is_weights(n)}
            if {name: digest(values) for name, values in record.arrays.items()} != expected:
                raise ValueError("its arrays are not those of the manifest")
        return record

    @contextmanager
    def _faults(self, entry: Mapping[str, Any]) -> Iterator[Path]:
        """Yield the path of an entry's file; turn any error in reading it into a `RecordError`."""
        path = self.folder / Path(str(entry["file"])).name  # never outside the folder
        try:
            yield path
        except Exception as error:
            raise RecordError(
                f"{printable(str(path))} cannot be used ({fault(error)}); expected the runs of "
                f"{printable(str(entry['block']))} that {self._path} describes: {_WAY_OUT}"
            ) from error


def _check_form(manifest: Mapping[str, Any]) -> None:
    """Check that a manifest has the parts that `ship` writes.

    Raises:
        ValueError: it lacks one, or one has another form.
    """
    facts, blocks = [manifest.get(n) for n in ("environment", "versions")], manifest.get("blocks")
    if not (
        all(isinstance(part, dict) for part in facts)
        and isinstance(blocks, list)
        and all(isinstance(entry, dict) and entry.keys() >= _ENTRY for entry in blocks)
    ):
        raise ValueError(
            f"it lacks environment, versions or blocks, each with {', '.join(sorted(_ENTRY))}"
        )
    for number, entry in enumerate(blocks):
        wrong = [name for name in _OBJECTS if not isinstance(entry[name], dict)]
        if wrong:
            raise ValueError(
                f"{' and '.join(wrong)} of entry {number} of its blocks: no JSON object"
            )


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
    return file_stem(block, sha256(_to_json(settings(block)).encode()).hexdigest()[:8]) + ".npz"


def _arm(name: str) -> str:
    """The arm of a block, from its name."""
    return name.partition("/epochs=")[0]


def _to_json(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, sort_keys=True)


def _differences(block: Block, entry: Mapping[str, Any]) -> str:
    """Name the settings in which shipped runs differ from a block, with their values."""
    asked, there = json.loads(_to_json(settings(block))), entry["settings"]
    differing = [name for name in asked if there.get(name) != asked[name]]
    own = [f"{name} {there.get(name)!r}" for name in differing if name not in _NEEDED]
    return ", ".join(own) or " and ".join(f"another {name}" for name in differing)
