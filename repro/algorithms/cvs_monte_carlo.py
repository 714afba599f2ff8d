"""CVS, coupled by rewards: a winner's utility has all later rewards of the episode, and no price of the next.

The winner of step t gets the discounted rewards from its own step to the end of the episode, and pays its own
price, which nobody receives. Losers get 0. The variant is ours; see `repro.algorithms.cloned_vickrey`.

An audit of its gradients, on one episode and on a batch of two, answers "implementation-dependent": utilities
of different mechanisms contain the same sums of rewards, and share them if they are added up in that way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.cloned_vickrey import ClonedVickrey
from repro.credit.receipts import monte_carlo_receipts

if TYPE_CHECKING:
    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch
    from repro.mdp.task import Tables


@final
@dataclass(frozen=True)
class CVSMonteCarlo(ClonedVickrey):
    """CVS whose winners get what the rest of the episode earns."""

    name: ClassVar[str] = "cvs_monte_carlo"
    display_name: ClassVar[str] = "CVS, Monte Carlo utilities"

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Compute utilities to the end of the episode; values and normalisation are CVS's."""
        receipts = monte_carlo_receipts(
            batch.reward, batch.episode_end, self.discount, max_length=tables.horizon
        )
        return self.credit_for(receipts, batch, tables, outputs)
