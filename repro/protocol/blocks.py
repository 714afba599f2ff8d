"""Experiments as data: what a block of runs is, and which blocks the protocol is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

STEPS_PER_EPOCH = 4096
PRETRAINING_EPOCHS = 2450
TRANSFER_CAP = 12_000
"""Epochs after which a transfer run that has not converged is censored."""
BIDS_STAY = 300
"""Epochs a run of the linear chain's last decision stays after converging, for its bids."""
BIDS_PROBLEM = "linear_chain.last"


@dataclass(frozen=True)
class Block:
    """One algorithm on one problem for a list of seeds: the unit of training and of storage.

    Attributes:
        algorithm: name of a discovered algorithm.
        problem: name of a problem.
        seeds: one run each, in this order.
        epochs: how many epochs at most.
        stay: a run leaves this many epochs after the window that shows it converged; None: every
            run does all `epochs`.
        bids: whether bids and logits are recorded each epoch.
        settings: hyperparameters other than the protocol's, as sorted (name, value) pairs.
        parent: the block whose final weights this one starts from; None: fresh weights.
    """

    algorithm: str
    problem: str
    seeds: tuple[int, ...]
    epochs: int
    extra_epochs: int | None = None
    bids: bool = False
    settings: tuple[tuple[str, float], ...] = ()
    parent: Block | None = None

    def __post_init__(self) -> None:
        """Check what cannot be run.

        Raises:
            UserError: there is no seed, one comes twice, or there is no epoch.
        """
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or min(self.seeds) < 0:
            raise UserError(f"{self.name}: seeds {self.seeds}; expected distinct ones from 0 on")
        if self.epochs < 1:
            raise UserError(f"{self.name}: {self.epochs} epochs; expected at least 1")

    @property
    def name(self) -> str:
        """Name for people, as "ppo/linear_chain.last"; settings that differ are appended."""
        return "/".join([self.algorithm, self.problem, *(f"{k}={v:g}" for k, v in self.settings)])


def pretraining(algorithm: str, topology: str, seeds: tuple[int, ...]) -> Block:
    """Training from fresh weights on a topology's training problem, 2450 epochs."""
    return Block(algorithm, f"{topology}.training", seeds, PRETRAINING_EPOCHS)


def transfer(algorithm: str, problem: str, seeds: tuple[int, ...]) -> Block:
    """Transfer to `problem` from the pretrained weights of its topology, until convergence."""
    watched = problem == BIDS_PROBLEM
    return Block(
        algorithm,
        problem,
        seeds,
        TRANSFER_CAP,
        extra_epochs=BIDS_STAY if watched else 0,
        bids=watched,
        parent=pretraining(algorithm, problem.partition(".")[0], seeds),
    )


def with_parents(blocks: Iterable[Block]) -> list[Block]:
    """All blocks that these need, each once, parents before children."""
    ordered: dict[Block, None] = {}
    for block in blocks:
        chain = [block]
        while chain[-1].parent:
            chain.append(chain[-1].parent)
        ordered.update(dict.fromkeys(reversed(chain)))
    return list(ordered)
