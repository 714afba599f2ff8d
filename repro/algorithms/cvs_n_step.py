"""CVS, coupled by rewards: a winner's utility looks several steps ahead, and not one.

The winner of step t gets the rewards of n steps, from its own on, and the price that the winner of step t + n
pays; it pays its own price. Where the episode ends earlier, it gets the rewards up to there and no price.
Losers get 0. The variant is ours; see `repro.algorithms.cloned_vickrey`.

An audit of its gradients, on one episode and on a batch of two, answers "implementation-dependent": utilities
of different mechanisms contain the same sums of rewards, and share them if they are added up in that way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.cloned_vickrey import ClonedVickrey
from repro.credit.receipts import n_step_receipts

if TYPE_CHECKING:
    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch
    from repro.mdp.task import Tables


@final
@dataclass(frozen=True)
class CVSNStep(ClonedVickrey):
    """CVS whose winners also get the rewards of the steps after their own.

    Attributes:
        n: number of rewards in a utility; 1 is CVS.
    """

    name: ClassVar[str] = "cvs_n_step"
    display_name: ClassVar[str] = "CVS, n-step utilities"
    n: int = 3

    def __post_init__(self) -> None:
        """Validate n, and what all algorithms validate.

        Raises:
            UserError: n is not a whole number above 0, or see `Algorithm`.
        """
        super().__post_init__()
        whole = self.n == int(self.n) and self.n > 0
        self.require("n", "a whole number above 0", valid=whole)

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Compute utilities over n steps; values and normalisation are CVS's."""
        price = self.price(batch.bids, batch.action)
        receipts = n_step_receipts(
            batch.reward, price, batch.episode_end, self.discount, int(self.n)
        )
        return self.credit_for(receipts, batch, tables, outputs)
