"""Small matched blocks that are trained in a moment, far enough for their probabilities to differ."""

from __future__ import annotations

from repro.protocol.blocks import Block
from repro.protocol.matched import Matched, matched

TRAINING, LAST = "linear_chain.training", "linear_chain.last"
SMALL = (("minibatch", 64), ("policy_lr", 1e-3), ("steps", 256))
SEEDS = (0, 1)
EPOCHS = {"ppo": 150}
"""Epochs of the trainings that take longer than 40 to prefer the right action."""


def trained(algorithm: str) -> Block:
    """Return a short training."""
    return Block(algorithm, TRAINING, SEEDS, EPOCHS.get(algorithm, 40), hyperparameters=SMALL)


def plain(algorithm: str) -> Block:
    """Return the transfer of four epochs that continues it."""
    return Block(
        algorithm, LAST, SEEDS, 4, bids=True, hyperparameters=SMALL, parent=trained(algorithm)
    )


def exploring(algorithm: str = "ppof", reference: str = "cvs") -> Matched:
    """Return the transfer whose exploration is matched with another algorithm's."""
    return matched(plain(algorithm), "matched_exploration", trained(reference))


def habitual(algorithm: str = "ppof") -> Matched:
    """Return the transfer whose habit is matched with that of CVS."""
    return matched(plain(algorithm), "matched_habit", trained("cvs"))
