"""Societies with CVS's bids, clones and price, in which something else than in CVS is changed.

A subclass changes one thing, so that its transfer can start from CVS's weights: the networks are the same. Give
the transfer the parent `pretraining("cvs", ...)`. The variants are ours; they ask whether it matters that CVS's
gradients are independent (talk:61, 299).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import torch

from repro.algorithms.auction import Auction
from repro.credit import vickrey

if TYPE_CHECKING:
    from torch import Tensor

    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch
    from repro.mdp.task import Tables


@dataclass(frozen=True)
class ClonedVickrey(Auction):
    """Base of the variants of CVS: mechanisms and their clones bid, and the price is the highest other bid."""

    copies: ClassVar[int] = 2

    def price(self, bids: Tensor, winner: Tensor) -> Tensor:
        """Compute the highest bid of the other entries."""
        return vickrey.second_price(bids, winner)

    def credit_for(
        self, receipts: Tensor, batch: Batch, tables: Tables, outputs: Outputs
    ) -> Samples:
        """Assign credit as CVS does, if winners receive something else before they pay their price.

        Args:
            receipts: [R, T], what the winner of each step receives.
            batch: the epoch.
            tables: of the problem.
            outputs: before the update.

        Returns:
            As `Algorithm.assign_credit`.
        """
        # Receipts are complete. As the reward of an episode of one step, they are followed by no price.
        alone = replace(batch, reward=receipts, episode_end=torch.ones_like(batch.episode_end))
        return super().assign_credit(alone, tables, outputs)
