"""The runs that are shipped with the project, as they are read; `repro.records.shipping` writes them.

The folder has one .npz for each block, with everything that was computed except the weights, and a
manifest: the facts about each record, with the SHA-256 of its file and the digest of each array,
including the weights. The manifest has a checksum. Nothing is pickled.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.errors import RecordError
from repro.records.record import Record, is_weights
from repro.records.record_format import (
    fault,
    printable,
    read_payload,
    read_record,
    settings,
    to_block,
)
from repro.storage.checksum import load_facts
from repro.storage.npz import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from repro.protocol.blocks import Block

MANIFEST = "manifest.json"
COMMAND = "python -m repro run --tier study"
SCHEMA = 3
_NEEDED = {"parent", "reference"}
"""Settings that are blocks."""
_LONGEST = 1e9
"""Seconds; a block that took longer did not."""
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
        self._entries = {to_json(e["settings"]): e for e in self.manifest["blocks"]}

    def entry(self, block: Block) -> Mapping[str, Any] | None:
        """Return the manifest's entry of a block with the same settings; None if there is none."""
        found: Mapping[str, Any] | None = self._entries.get(to_json(settings(block)))
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
        """The commit that made the runs; if several did, all of them, as "a1b2, c3d4 and e5f6"."""
        made = self.manifest.get("commit")
        return in_a_row(made) if isinstance(made, list) else str(made)

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
                "train them with `python -m repro run --claim CLAIM`, or with `--tier study` too for a "
                "claim of the explanation study; `python -m repro ship` ships the runs of all claims"
            )
        with self._faults(entry) as path:
            if (
                entry["block"] != block.name
            ):  # found by its settings: a manual edit can exchange them
                raise ValueError(f"its settings in the manifest are those of {block.name}")
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


def _arm(name: str) -> str:
    """The arm of a block, from its name."""
    return name.partition("/epochs=")[0]


def to_json(facts: Mapping[str, Any]) -> str:
    """Write settings so that equal ones are equal texts."""
    return json.dumps(facts, sort_keys=True)


def _differences(block: Block, entry: Mapping[str, Any]) -> str:
    """Name the settings in which shipped runs differ from a block, with their values."""
    asked, there = json.loads(to_json(settings(block))), entry["settings"]
    differing = [name for name in asked if there.get(name) != asked[name]]
    own = [f"{name} {there.get(name)!r}" for name in differing if name not in _NEEDED]
    return ", ".join(own) or " and ".join(f"another {name}" for name in differing)


def in_a_row(names: Iterable[object]) -> str:
    """Write names as in a sentence: "a1b2", "a1b2 and c3d4", "a1b2, c3d4 and e5f6"."""
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last
