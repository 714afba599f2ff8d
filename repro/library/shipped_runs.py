"""Runs as a collection: listed at once, found by words, and read when they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repro.errors import UserError, unknown
from repro.paths import SHIPPED
from repro.protocol.blocks import Block
from repro.protocol.tiers import written
from repro.records import Shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from repro.records import Record, Stored

NAMED = 5
"""Blocks that an error names."""
ANY_SEEDS = (0,)
"""Seeds of blocks that are compared whatever their seeds are."""


class Runs:
    """Blocks of finished runs: all or some of those that are shipped with the project, or of one's own.

    Nothing is read before it is used, and nothing is kept: a record is read, and checked, each time that it
    is asked for.

    Args:
        folder: where the runs are.
        seeds: the seeds of each block, by the block as it is there.
    """

    def __init__(self, folder: Shipped | Stored, seeds: Mapping[Block, tuple[int, ...]]) -> None:
        self._folder, self._seeds = folder, dict(seeds)
        self._whatever_seeds = {block.with_seeds(ANY_SEEDS): block for block in seeds}

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks, with these seeds: algorithm, problem, hyperparameters, parent and so on."""
        return tuple(block.with_seeds(seeds) for block, seeds in self._seeds.items())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the blocks, such as "ppo/linear_chain.last/from=950"."""
        return tuple(block.name for block in self._seeds)

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds, in order; some blocks have only some of them."""
        return tuple(sorted(set().union(*self._seeds.values())))

    def __len__(self) -> int:
        """Count the blocks."""
        return len(self._seeds)

    def __iter__(self) -> Iterator[Record]:
        """Read the blocks, one after the other."""
        return map(self._read, self._seeds)

    def __getitem__(self, wanted: Block | str | tuple[str, ...]) -> Record:
        """Read one block.

        Args:
            wanted: a block, or words of its name: "ppo/linear_chain.last", or "ppo", "linear_chain.last".
                Words that are all of a name's find this block, even if other names have them, too.

        Raises:
            UserError: no block, or more than one, has these words; or some of a block's seeds are not here.
            RecordError: the block is not here, or its file cannot be used.
        """
        if isinstance(wanted, Block):
            return self._read_block(wanted)
        words = _words(wanted)
        found = [*self._with(words)]
        exact = [b for b in found if set(words) in ({*b.name.split("/")}, {*b.arm.split("/")})]
        if len(exact or found) > 1:
            named = ", ".join(block.name for block in found[:NAMED])
            raise UserError(
                f"{len(found)} blocks have the words {' '.join(words)}: {named}"
                f"{', …' if len(found) > NAMED else ''}; give more words, or one of these names"
            )
        return self._read((exact or found)[0])

    def matching(self, *words: str) -> Runs:
        """Return the blocks whose names have all of these words.

        Args:
            words: parts of names, or what is before their "." or "=": "ppo", "linear_chain.last",
                "linear_chain", "minibatch=128", "minibatch".

        Raises:
            UserError: no block has them all.
        """
        return Runs(self._folder, self._with(_words(words)))

    def of_seeds(self, seeds: Iterable[int]) -> Runs:
        """Return the runs of some seeds, as if the others had not been trained.

        A block has those of the seeds that it was trained with; without any it is left out.

        Raises:
            UserError: no seed is given, or no block has one of them.
        """
        wanted = tuple(sorted(set(seeds)))
        known = set(self.seeds)
        if not wanted or not known.issuperset(wanted):
            raise UserError(
                f"given {f'the seeds {written(wanted)}' if wanted else 'no seeds'}; "
                f"expected some of {written(self.seeds)}, which these runs have"
            )
        kept = {b: tuple(s for s in wanted if s in own) for b, own in self._seeds.items()}
        return Runs(self._folder, {block: own for block, own in kept.items() if own})

    def rows(self) -> list[dict[str, Any]]:
        """List every run, with what it is and when it converged.

        Returns:
            A row for each run:

            - algorithm, problem;
            - parent: name of the block whose weights it started from, "" for initial weights; from_epoch:
              the parent's epoch after which they were taken, 0 for initial weights;
            - hyperparameters, changes: what is not the protocol's, as "minibatch=128"; "" for none;
            - most_epochs: after which a run is cut off;
            - seed;
            - epochs_to_convergence, a lower bound if censored is true: the run did not converge;
            - block: the block's name.
        """
        return [row for record in self for row in _rows(record)]

    def to_frame(self) -> pd.DataFrame:
        """Return `rows` as a data frame of pandas.

        Runs of one algorithm on one problem may be of several arms, as other minibatches or an earlier epoch of
        pretraining: group by "block", which tells them apart, rather than by "algorithm" and "problem" alone.

        Raises:
            UserError: pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415 - an optional package
        except ImportError as error:
            raise UserError(
                "to_frame needs pandas, which is not installed; install it with `python -m pip install "
                "-e '.[notebook]' -c constraints.txt`, or use rows(), which needs nothing"
            ) from error
        return pd.DataFrame(self.rows())

    def __repr__(self) -> str:
        """Count what there is."""
        algorithms = {block.algorithm for block in self._seeds}
        problems = {block.problem for block in self._seeds}
        return (
            f"<Runs: {len(self)} blocks, {sum(map(len, self._seeds.values())):,} runs; "
            f"algorithms: {len(algorithms)}, problems: {len(problems)}, seeds: {written(self.seeds)}>"
        )

    def _with(self, words: tuple[str, ...]) -> dict[Block, tuple[int, ...]]:
        """Find the blocks whose names have all of these words, with their seeds; at least one."""
        found = {b: own for b, own in self._seeds.items() if all(_has(b, word) for word in words)}
        if found:
            return found
        for word in words:
            if not any(_has(block, word) for block in self._seeds):
                raise unknown("word", word, {part for n in self.names for part in _parts(n)})
        raise UserError(
            f"no block has all of the words {' '.join(words)}; expected words of one name: "
            f"matching({words[0]!r}).names lists those with the first"
        )

    def _read(self, block: Block) -> Record:
        record, seeds = self._folder.load(block), self._seeds[block]
        return record if seeds == block.seeds else record.of_seeds(seeds)

    def _read_block(self, wanted: Block) -> Record:
        block = self._whatever_seeds.get(wanted.with_seeds(ANY_SEEDS))
        if block is None:
            self._folder.load(wanted)  # if it isn't there at all, the error says what is
            raise UserError(
                f"{wanted.name} is not among these runs ({self!r}), but it is among those that they were "
                "selected from"
            )
        if not set(wanted.seeds) <= {*self._seeds[block]}:
            raise UserError(
                f"{wanted.name}: given the seeds {written(tuple(sorted(wanted.seeds)))}; expected some of "
                f"{written(self._seeds[block])}, which these runs have"
            )
        return self._folder.load(block).of_seeds(wanted.seeds)


def load_shipped(seeds: Iterable[int] | None = None, folder: Path = SHIPPED) -> Runs:
    """Open the runs that are shipped with the project: those that its published verdicts are judged on.

    >>> runs = load_shipped(seeds=range(10, 20))
    >>> runs["cvs", "linear_chain.last"].block.seeds
    (10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
    >>> runs.matching("ppo", "linear_chain.last", "minibatch").names
    ('ppo/linear_chain.last/minibatch=128',)

    Args:
        seeds: see `Runs.of_seeds`; None: all.
        folder: another folder that `python -m repro ship` wrote.

    Raises:
        RecordError: the folder's manifest is missing or faulty.
        UserError: as `Runs.of_seeds`.
    """
    shipped = Shipped(folder)
    runs = Runs(shipped, {block: block.seeds for block in shipped.blocks})
    return runs if seeds is None else runs.of_seeds(seeds)


def _words(given: str | tuple[str, ...]) -> tuple[str, ...]:
    """Split words that are joined by "/", as in names."""
    return tuple("/".join([given] if isinstance(given, str) else given).split("/"))


def _parts(name: str) -> list[str]:
    """Words that find a name."""
    parts = name.split("/")
    return parts + [part.partition(sign)[0] for part in parts for sign in ".=" if sign in part]


def _has(block: Block, word: str) -> bool:
    return word in _parts(block.name)


def _rows(record: Record) -> list[dict[str, Any]]:
    block, times = record.block, record.times
    parent = block.parent
    common: dict[str, Any] = {
        "algorithm": block.algorithm,
        "problem": block.problem,
        "parent": parent.name if parent else "",
        "from_epoch": (block.from_epoch or parent.epochs) if parent else 0,
        "hyperparameters": _written(block.hyperparameters),
        "changes": _written(block.changes),
        "most_epochs": block.epochs,
    }
    return [
        {
            **common,
            "seed": seed,
            "epochs_to_convergence": int(epochs),
            "censored": bool(censored),
            "block": block.name,
        }
        for seed, epochs, censored in zip(block.seeds, times.epochs, times.censored, strict=True)
    ]


def _written(settings: Iterable[tuple[str, float]]) -> str:
    return " ".join(f"{name}={value:g}" for name, value in settings)
