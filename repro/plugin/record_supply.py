"""The records of a session: trained, loaded from the store, or loaded from the shipped runs."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from repro.errors import RecordError
from repro.execution.schedule import run_blocks
from repro.execution.status import Outcome, tally
from repro.plugin.progress import TrainingProgress
from repro.protocol.matched import with_needed
from repro.records.keys import key
from repro.records.record import Record
from repro.records.shipped import Shipped, in_a_row
from repro.records.store import Store
from repro.verdicts import BlockAccount

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from repro.execution.job import Origin
    from repro.execution.status import Status
    from repro.protocol.blocks import Block

NAMED = 5
"""Number of missing blocks that an error names."""
HASH = 12
"""Number of digits of a commit that are shown."""
SHIPPED, MISSING = "shipped with the project", "not found"


class RecordSupply:
    """Provides the records of blocks by one of its methods, and lists where they are from.

    Attributes:
        results: the records, or an exception for a block without one.

    Args:
        options: options of the session, as in `repro.plugin.options`.
        origin: commit of the checkout, and whether it has uncommitted changes.
    """

    def __init__(self, options: Namespace, origin: Origin) -> None:
        self._options, self._origin = options, origin
        self._statuses: list[Status] = []
        self.results: dict[Block, Record | Exception] = {}
        self._source = Outcome.STORED.value
        self._files: dict[Block, str] = {}

    @property
    def accounts(self) -> dict[Block, BlockAccount]:
        """The account of every requested block, with all that they need."""
        statuses = {status.block: status for status in self._statuses}
        return {
            block: self._account(block, result, statuses.get(block))
            for block, result in self.results.items()
        }

    def _account(
        self, block: Block, result: Record | Exception, status: Status | None
    ) -> BlockAccount:
        account = BlockAccount(
            block.name,
            status.outcome.value if status else self._source,
            len(block.seeds),
            resumed=status is not None and status.outcome is Outcome.RESUMED,
            seconds=status.seconds if status else 0.0,
        )
        if not isinstance(result, Record):
            return replace(account, came=account.came if status else MISSING, error=str(result))
        parent = self.results.get(block.parent) if block.parent else None
        ready = parent.converged_by(block.from_epoch) if isinstance(parent, Record) else None
        return replace(
            account,
            censored=int(result.times.censored.sum()),
            unready=None if ready is None else int((~ready).sum()),
            digest=self._files.get(block) or str(result.provenance.get("sha256", "")),
        )

    @property
    def records(self) -> list[Record]:
        """The records of `results`, without the exceptions."""
        return [result for result in self.results.values() if isinstance(result, Record)]

    @property
    def tally(self) -> str:
        """How many blocks were trained, found or failed, in words; "" if nothing was trained."""
        return tally(self._statuses) if self._statuses else ""

    @property
    def speeds(self) -> dict[str, float]:
        """Transitions per second and core by algorithm, of the records that contain both numbers."""
        learned, seconds = Counter[str](), Counter[str]()
        for record in self.records:
            name, facts = record.block.algorithm, record.provenance
            if facts.get("transitions") and facts.get("cpu_seconds"):
                learned[name] += facts["transitions"]
                seconds[name] += facts["cpu_seconds"]
        return {name: round(learned[name] / seconds[name]) for name in sorted(seconds)}

    def is_shipped(self, block: Block) -> bool:
        """Return whether the manifest of the shipped runs has a block; False if there is no usable manifest."""
        return self._manifest is not None and self._manifest.entry(block) is not None

    @cached_property
    def _manifest(self) -> Shipped | None:
        try:
            return Shipped(self._options.shipped)
        except RecordError:  # a command that needs the runs reports it
            return None

    def train(self, blocks: Sequence[Block]) -> None:
        """Load records from the store, and train the missing ones."""
        with _warnings_shown(), TrainingProgress() as progress:
            self.results = run_blocks(
                blocks,
                Store(self._options.store),
                jobs=self._options.jobs,
                scheduler=self._options.scheduler,
                fresh=self._options.fresh,
                origin=self._origin,
                measured=_measured(self._options.shipped),
                compiling=progress.compiling,
                watch=progress.watch,
                done=progress.done,
                ended=self._statuses.append,
            )

    def look_up(self, blocks: Sequence[Block]) -> None:
        """Load records from the store; train nothing."""
        store = Store(self._options.store)
        with _warnings_shown():
            self.results = {
                block: store.load(block, set_aside=False) or _missing(block)
                for block in with_needed(blocks)
            }

    def unpack(self, blocks: Sequence[Block]) -> str:
        """Verify every shipped file, and load shipped records; return the commits that made those of these blocks.

        Raises:
            RecordError: there are no shipped runs, or one of their files is corrupt.
            UserError: a block names an algorithm or a problem that does not exist.
        """
        shipped = Shipped(self._options.shipped)
        shipped.verify()
        for block in blocks:
            key(block)  # raises an error for an unknown algorithm or problem
        self._source = SHIPPED
        wanted = with_needed(blocks)
        self.results = {block: _shipped(shipped, block) for block in wanted}
        entries = {block: shipped.entry(block) for block in wanted}
        self._files = {block: str(entry["sha256"]) for block, entry in entries.items() if entry}
        made = {str(entry["provenance"].get("commit")) for entry in entries.values() if entry}
        return _commits(sorted(made)) if made else f"commit {shipped.commit}"


def _commits(made: Sequence[str]) -> str:
    """Name commits: "commit a1b2" or "commits a1b2, c3d4 and e5f6"."""
    several = "s" if len(made) > 1 else ""
    return f"commit{several} {in_a_row(one[:HASH] for one in made)}"


def _measured(folder: Path) -> dict[str, float]:
    """Return how long a run of each shipped block took; nothing if there are no shipped runs."""
    try:
        return Shipped(folder).seconds_per_run
    except RecordError:  # the comparison with the shipped runs reports it
        return {}


def _shipped(shipped: Shipped, block: Block) -> Record | Exception:
    try:
        return shipped.load(block)
    except RecordError as error:
        return error


def finished(blocks: Sequence[Block], folder: Path) -> list[Record]:
    """Return the records of blocks and of all that they need.

    Raises:
        RecordError: a record is missing; the message names the first few missing blocks.
    """
    wanted, store = with_needed(blocks), Store(folder)
    with _warnings_shown():
        found = [(block, store.load(block, set_aside=False)) for block in wanted]
    if missing := [block.name for block, record in found if record is None]:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        raise RecordError(
            f"{len(missing)} of {len(wanted)} blocks have no finished record in {folder}: "
            f"{', '.join(missing[:NAMED])}{more}; finish the study tier first: `python -m repro run --tier study`"
        )
    return [record for _, record in found if record is not None]


@contextlib.contextmanager
def _warnings_shown() -> Iterator[None]:
    """Print the package's warnings on stderr; pytest would capture them."""
    handler, logger = logging.StreamHandler(), logging.getLogger("repro")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _missing(block: Block) -> RecordError:
    return RecordError(f"no finished record of {block.name}; `python -m repro run` trains it")
