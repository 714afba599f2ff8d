"""The records of a store, read by the content of their files, whatever code and versions made them.

`Store` finds a block by the key that it has with this checkout's code. Here each block is made from the
settings in its file. Paths in files are not used, and nothing is unpickled.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from repro.errors import RecordError, UserError
from repro.protocol.tiers import written
from repro.records.keys import SCHEMA, key
from repro.records.record_format import fault, printable, read_payload, read_record, to_block
from repro.records.shipped import MANIFEST
from repro.storage.checksum import load_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from repro.protocol.blocks import Block
    from repro.records.record import Record

_Facts = tuple["Path", "Mapping[str, Any]"]
"""The path of a record's facts, and the facts."""


class Stored:
    """The finished records of a folder that `python -m repro run` wrote.

    Facts about all records are read and checked at once, a record's arrays when it is asked for. Of several
    records with the same settings, the one that this checkout would use is taken.

    Args:
        folder: such as build/runs.

    Raises:
        RecordError: it is not a folder or holds no record, the facts about a record are faulty, or this
            checkout would use none of several records with the same settings.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.is_dir():
            raise RecordError(
                f"{folder} is not a folder; expected one of records, as build/runs after a run "
                "(`python -m repro run`)"
            )
        try:
            paths = sorted(folder.glob("*.json"))
        except OSError as error:
            raise RecordError(
                f"{folder} cannot be read: {error.strerror}; check its permissions"
            ) from error
        found: defaultdict[Block, list[_Facts]] = defaultdict(list)
        for path in paths:
            with _faults(path):
                facts = load_facts(path.read_bytes(), SCHEMA)
                str(facts["key"]), str(facts["sha256"])
                found[to_block(facts["settings"])].append((path, facts))
        if not found:
            raise RecordError(
                f"{folder} holds no record; expected one of records, as build/runs after a run, or "
                f"data/runs with its {MANIFEST}"
            )
        self._found = {block: self._choose(block, files) for block, files in found.items()}

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks that have a record, in the order of their files' names."""
        return tuple(self._found)

    def key(self, block: Block) -> str:
        """Return the key that a block's record was stored under."""
        return str(self._found[block][1]["key"])

    def load(self, block: Block) -> Record:
        """Read the record of a block, with its weights; the facts about it are its provenance.

        Raises:
            RecordError: there is none with these settings, or its file is missing or faulty.
        """
        if block not in self._found:
            raise RecordError(
                f"{self.folder} holds no runs of {block.name} with these settings and the seeds "
                f"{written(block.seeds)}; train them with `python -m repro run`"
            )
        path, facts = self._found[block]
        with _faults(path):
            return read_record(block, read_payload(path.with_suffix(".npz"), facts), facts)

    def _choose(self, block: Block, files: list[_Facts]) -> _Facts:
        """Choose among records with the same settings."""
        ours = files
        if len(files) > 1:
            ours = [(path, facts) for path, facts in files if has_key(block, str(facts["key"]))]
        if len(ours) != 1:
            raise RecordError(
                f"{self.folder} holds {len(files)} records of {block.name} with the same settings, made "
                "by other code or versions than these; expected one: remove the others"
            )
        return ours[0]


def has_key(block: Block, given: str, versions: Mapping[str, str] | None = None) -> bool:
    """Whether a block has this key with this checkout's code.

    Args:
        block: what was run.
        given: the key.
        versions: those that the key is computed with; None: those of this environment.
    """
    try:
        return key(block, versions) == given
    except UserError:  # the block names an algorithm or a problem that does not exist here
        return False


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """Turn any error in reading a record into a `RecordError`."""
    try:
        yield
    except Exception as error:
        raise RecordError(
            f"the record {printable(str(path))} cannot be used ({fault(error)}); expected what "
            "`python -m repro run` stores: remove it, or copy the folder again"
        ) from error
