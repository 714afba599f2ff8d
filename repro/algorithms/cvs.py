"""CVS, the cloned Vickrey society: the winner pays the highest bid of the other entries (talk:279-284).

Chang et al., "Decentralized reinforcement learning: global decision-making via local economic
transactions" (ICML 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.auction import Auction
from repro.credit import vickrey

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True)
class CVS(Auction):
    """Each mechanism has a clone, so that the price is another honest bid for the same state."""

    name: ClassVar[str] = "cvs"
    display_name: ClassVar[str] = "CVS"
    copies: ClassVar[int] = 2

    def price(self, bids: Tensor, winner: Tensor) -> Tensor:
        """Compute the highest bid of the other entries."""
        return vickrey.second_price(bids, winner)
