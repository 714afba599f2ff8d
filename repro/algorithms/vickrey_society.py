"""A Vickrey society without clones: the winner pays the highest bid of another mechanism.

Compared with CVS in Chang et al., "Decentralized reinforcement learning: global decision-making via local
economic transactions" (ICML 2020): without clones, prices fall where only one mechanism is right.
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
class VickreySociety(Auction):
    """CVS in which each mechanism enters once."""

    name: ClassVar[str] = "vickrey_society"
    display_name: ClassVar[str] = "CVS without clones"
    copies: ClassVar[int] = 1

    def price(self, bids: Tensor, winner: Tensor) -> Tensor:
        """Compute the highest bid of the other mechanisms."""
        return vickrey.second_price(bids, winner)
