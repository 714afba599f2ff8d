"""CVS's bids with PPO's credit, to the winner alone: losers get 0, as in CVS.

The mechanism's own mean, over all its entries, is subtracted in the normalisation, as in CVS. See
`repro.algorithms.auction_advantages`.

An audit of its gradients, on one episode and on a batch of two, answers "implementation-dependent":
advantages of different mechanisms contain the same sums of later errors, which this code shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.auction_advantages import AuctionAdvantages
from repro.algorithms.separate_learner import acted_by

if TYPE_CHECKING:
    from torch import Tensor

    from repro.engine.rollout import Batch


@final
@dataclass(frozen=True)
class CVSAdvantagesToWinner(AuctionAdvantages):
    """A society in which the advantage of a step goes to the entry that won, and 0 to the others."""

    name: ClassVar[str] = "cvs_advantages_to_winner"
    display_name: ClassVar[str] = "CVS, advantages to winners"

    def of_entries(self, advantage: Tensor, batch: Batch) -> Tensor:
        """Give the advantage of a step to the winning entry."""
        lost = ~acted_by(batch, batch.bids.shape[-1])
        return advantage.unsqueeze(1).masked_fill(lost, 0)
