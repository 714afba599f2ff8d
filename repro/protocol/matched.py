"""Blocks whose weights are matched with those of another block before the first epoch.

Some comparisons need two algorithms that start with the same behaviour. A `Matched` block names another block,
its reference, and what the two have in common at the start. `repro.training.matching` changes the weights of
each run accordingly. The record of the reference must exist before, as that of the parent.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Self

from repro.errors import UserError
from repro.protocol.blocks import Block

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Matched(Block):
    """A block that starts from its parent's weights, changed so that each run starts like a reference's.

    >>> from repro.protocol.blocks import pretraining, transfer
    >>> reference = pretraining("cvs", "linear_chain", seeds=(0, 1))
    >>> matched(transfer("ppof", "linear_chain.last", (0, 1)), "matched_exploration", reference).name
    'ppof/linear_chain.last/matched_exploration=cvs'

    Attributes:
        match: what the two have in common, a name of `repro.training.matching.MATCHES`.
        reference: the block that is matched, after its last epoch. Its seeds are the block's: each run is
            matched with the run of its own seed.
    """

    match: str = field(kw_only=True)
    reference: Block = field(kw_only=True)

    def __post_init__(self) -> None:
        """Check that the block can be run.

        Raises:
            UserError: there is no parent, it does not start from the parent's last weights, other changes
                would undo the match, the reference has other seeds or another problem than the parent, or
                see `Block`.
        """
        super().__post_init__()
        if self.parent is None or self.from_epoch is not None or self.changes:
            raise UserError(
                f"{self.name}: given a match with no parent, or with from_epoch or changes; expected a "
                "parent whose last weights are matched, and nothing else changed: leave the others out"
            )
        if self.reference.seeds != self.seeds:
            raise UserError(
                f"{self.name}: seeds {self.seeds}, but its reference has {self.reference.seeds}; expected "
                "the same, because each run is matched with the run of its own seed"
            )
        if self.reference.problem != self.parent.problem:
            raise UserError(
                f"{self.name}: its reference was trained on {self.reference.problem}, its parent on "
                f"{self.parent.problem}; expected the same problem, give another reference"
            )

    @property
    def differences(self) -> tuple[str, ...]:
        """What is not the protocol's: the match, with what is not usual about the reference, and `Block`'s."""
        usual = f"{self.problem.partition('.')[0]}.training"
        parts = [part for part in self.reference.name.split("/") if part != usual]
        return (f"{self.match}={','.join(parts)}", *super().differences)

    def with_seeds(self, seeds: tuple[int, ...]) -> Self:
        """Return the same block, with the same ancestors and reference, for other seeds."""
        parent = self.parent and self.parent.with_seeds(seeds)
        reference = self.reference.with_seeds(seeds)
        return replace(self, seeds=seeds, parent=parent, reference=reference)


def matched(block: Block, match: str, reference: Block) -> Matched:
    """Return a block that is matched with a reference at its start, and otherwise the same.

    Args:
        block: with a parent.
        match: see `Matched`.
        reference: see `Matched`.

    Raises:
        UserError: see `Matched`.
    """
    own = {one.name: getattr(block, one.name) for one in fields(Block)}
    return Matched(**own, match=match, reference=reference)


def needed_by(block: Block) -> tuple[Block, ...]:
    """Return the blocks whose records a block starts from: its parent and its reference, if it has them."""
    parent = () if block.parent is None else (block.parent,)
    return (*parent, block.reference) if isinstance(block, Matched) else parent


def with_needed(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks and all that they need, directly or not, each once, after what it needs.

    Args:
        blocks: any; the ancestors of references are included.
    """
    ordered: dict[Block, None] = {}

    def add(block: Block) -> None:
        for one in needed_by(block):
            add(one)
        ordered.setdefault(block)

    for block in blocks:
        add(block)
    return list(ordered)
