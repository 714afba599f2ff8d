"""Blocks: which runs an experiment consists of, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

STEPS_PER_EPOCH = 4096
PRETRAINING_EPOCHS = 2450
TRANSFER_CAP = 50_000
"""Epochs after which a transfer run that has not converged is censored."""
BIDS_PROBLEM = "linear_chain.last"
"""The transfer problem whose bids are recorded."""
BIDS_EXTRA_EPOCHS = 300
"""Epochs that a run of that problem trains after converging, so that its bids can settle."""


@dataclass(frozen=True)
class Block:
    """One algorithm on one problem for several seeds: the unit of training and of storage.

    >>> block = Block("ppo", "linear_chain.last", seeds=(0, 1), epochs=100)
    >>> block.name
    'ppo/linear_chain.last'

    Attributes:
        algorithm: name of an algorithm.
        problem: name of a problem, such as "linear_chain.last".
        seeds: one run each, in this order.
        epochs: largest number of epochs of a run.
        extra_epochs: epochs that a run trains after the window that shows its convergence; None:
            every run trains for all `epochs`.
        bids: whether to record bids and logits at each epoch, at the states of optimal paths.
        hyperparameters: those that differ from the protocol's, as sorted (name, value) pairs.
        parent: the block whose final weights this block starts from; None: initial weights.
    """

    algorithm: str
    problem: str
    seeds: tuple[int, ...]
    epochs: int
    extra_epochs: int | None = None
    bids: bool = False
    hyperparameters: tuple[tuple[str, float], ...] = ()
    parent: Block | None = None

    def __post_init__(self) -> None:
        """Check that the block can be run.

        Raises:
            UserError: there are no seeds, repeated or negative seeds, or no epochs.
        """
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or min(self.seeds) < 0:
            raise UserError(f"{self.name}: seeds {self.seeds}; expected distinct ones from 0 on")
        if self.epochs < 1:
            raise UserError(f"{self.name}: {self.epochs} epochs; expected at least 1")

    @property
    def name(self) -> str:
        """Name for people, such as "ppo/linear_chain.last", followed by the hyperparameters."""
        changed = (f"{name}={value:g}" for name, value in self.hyperparameters)
        return "/".join([self.algorithm, self.problem, *changed])

    def with_seeds(self, seeds: tuple[int, ...]) -> Block:
        """Return the same block, and the same ancestors, for other seeds."""
        parent = self.parent and self.parent.with_seeds(seeds)
        return replace(self, seeds=seeds, parent=parent)


def pretraining(algorithm: str, topology: str, seeds: tuple[int, ...]) -> Block:
    """Return the block that trains on a topology's training problem from initial weights."""
    return Block(algorithm, f"{topology}.training", seeds, PRETRAINING_EPOCHS)


def transfer(algorithm: str, problem: str, seeds: tuple[int, ...]) -> Block:
    """Return the block that transfers pretrained weights to a problem, until convergence.

    >>> block = transfer("ppo", "linear_chain.last", seeds=(0, 1))
    >>> block.epochs, block.bids, block.parent.name
    (50000, True, 'ppo/linear_chain.training')
    """
    with_bids = problem == BIDS_PROBLEM
    return Block(
        algorithm,
        problem,
        seeds,
        TRANSFER_CAP,
        extra_epochs=BIDS_EXTRA_EPOCHS if with_bids else 0,
        bids=with_bids,
        parent=pretraining(algorithm, problem.partition(".")[0], seeds),
    )


def with_parents(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks and all their ancestors, each once, parents before children."""
    ordered: dict[Block, None] = {}
    for block in blocks:
        chain = [block]
        while chain[-1].parent:
            chain.append(chain[-1].parent)
        ordered.update(dict.fromkeys(reversed(chain)))
    return list(ordered)
