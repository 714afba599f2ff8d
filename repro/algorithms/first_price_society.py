"""A first-price society: the winner pays its own bid to the winner before it.

Holland, "Properties of the bucket brigade algorithm" (1985); Baum, "Toward a model of mind as a
laissez-faire economy of idiots" (ICML 1996). Compared with CVS in Chang et al. (ICML 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.auction import Auction
from repro.credit.vickrey import first_price

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True)
class FirstPriceSociety(Auction):
    """CVS whose winners pay what they bid; clones enter too."""

    name: ClassVar[str] = "first_price_society"
    display_name: ClassVar[str] = "CVS, first price"
    copies: ClassVar[int] = 2

    def price(self, bids: Tensor, winner: Tensor) -> Tensor:
        """Compute the winner's own bid."""
        return first_price(bids, winner)
