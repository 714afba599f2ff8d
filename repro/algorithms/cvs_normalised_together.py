"""CVS, coupled by one number: advantages have one mean and one deviation over all mechanisms.

To start from CVS's weights, give a transfer the parent `pretraining("cvs", ...)`: the networks are the same.
The variant is ours; it asks whether independent gradients matter (talk:61, 299).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.auction import Auction
from repro.credit import returns, vickrey

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True)
class CVSNormalisedTogether(Auction):
    """CVS whose mechanisms share the normalisation of their advantages, and nothing else."""

    name: ClassVar[str] = "cvs_normalised_together"
    display_name: ClassVar[str] = "CVS, normalised together"
    copies: ClassVar[int] = 2
    normalised_together: ClassVar[bool] = True

    def price(self, bids: Tensor, winner: Tensor) -> Tensor:
        """Compute the highest bid of the other entries."""
        return vickrey.second_price(bids, winner)

    def normalised(self, advantage: Tensor) -> Tensor:
        """Normalise advantages [R, K, n] over all mechanisms of a run."""
        return returns.normalised(advantage.flatten(1)).view_as(advantage)
