"""Experiments as data: what is run is described here, and nothing here trains.

A `Block` names an algorithm, a problem, seeds and the number of epochs. It is the unit of training
and of storage. The protocol has two kinds: `pretraining` starts from initial weights, `transfer`
starts from the weights of its parent: the last ones, or those of an earlier epoch. A claim lists the blocks that it needs at the paper's
scale; a `Tier` says which blocks are run instead. A `Matched` block starts like its reference, another block.

    >>> from repro.protocol import QUICK, transfer, with_needed
    >>> block = QUICK.block(transfer("cvs", "linear_chain.last", QUICK.seeds))
    >>> [block.name for block in with_needed([block])]
    ['cvs/linear_chain.training', 'cvs/linear_chain.last/epochs=3000']
"""

from __future__ import annotations

from repro.protocol.blocks import (
    BIDS_PROBLEM,
    STEPS_PER_EPOCH,
    Block,
    pretraining,
    transfer,
)
from repro.protocol.matched import Matched, matched, needed_by, with_needed
from repro.protocol.tiers import AUDIT, FULL, PAPER, QUICK, STUDY, TIERS, Tier, written

__all__ = [
    "AUDIT",
    "BIDS_PROBLEM",
    "FULL",
    "PAPER",
    "QUICK",
    "STEPS_PER_EPOCH",
    "STUDY",
    "TIERS",
    "Block",
    "Matched",
    "Tier",
    "matched",
    "needed_by",
    "pretraining",
    "transfer",
    "with_needed",
    "written",
]
