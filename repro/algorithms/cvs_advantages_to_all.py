"""CVS's bids with PPO's credit, to all entries: each learns from every step, whoever won.

As if all bids of an auction together were PPO's action: the log-density of the action is the sum of the
log-densities of the bids, and all of them are weighted by the advantage of the step. Only the clipping
differs: each bid's own ratio of densities is clipped, and not their product. See
`repro.algorithms.auction_advantages`.

An audit of its gradients, on one episode and on a batch of two, answers "not modular".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.auction_advantages import AuctionAdvantages

if TYPE_CHECKING:
    from torch import Tensor

    from repro.engine.rollout import Batch


@final
@dataclass(frozen=True)
class CVSAdvantagesToAll(AuctionAdvantages):
    """A society in which the advantage of a step goes to all entries of its auction."""

    name: ClassVar[str] = "cvs_advantages_to_all"
    display_name: ClassVar[str] = "CVS, advantages to all"

    def of_entries(self, advantage: Tensor, batch: Batch) -> Tensor:
        """Give the advantage of a step to each entry."""
        return advantage.unsqueeze(1).expand(-1, batch.bids.shape[-1], -1)
