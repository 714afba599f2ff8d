"""CVS's bids and auctions with PPO's credit: generalised advantages in place of utilities.

The networks, the distributions of bids and the auctions are CVS's; prices are paid by nobody. So the
representation is kept, and what is changed is the credit. The variants are ours.

PPO has one advantage for each step, by one value function. Here it is by the mean of CVS's value functions,
which all learn the same targets: so the networks are those of CVS, and a transfer can start from CVS's
weights (give it the parent `pretraining("cvs", ...)`). If each mechanism used its own value function,
advantages would differ from mechanism to mechanism, and that would not be PPO's credit.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.algorithms.advantages import step_advantages
from repro.algorithms.cloned_vickrey import ClonedVickrey

if TYPE_CHECKING:
    from torch import Tensor

    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch
    from repro.mdp.task import Tables


@dataclass(frozen=True)
class AuctionAdvantages(ClonedVickrey):
    """Base of societies that learn from generalised advantages; a subclass says which entries get them.

    Attributes:
        gae_lambda: λ of generalised advantage estimation.
    """

    gae_lambda: float = 0.95

    def __post_init__(self) -> None:
        """Validate λ, and what all algorithms validate.

        Raises:
            UserError: λ is not between 0 and 1, or see `Algorithm`.
        """
        super().__post_init__()
        self.require("gae_lambda", "a number from 0 to 1", valid=0 <= self.gae_lambda <= 1)

    @abstractmethod
    def of_entries(self, advantage: Tensor, batch: Batch) -> Tensor:
        """Return what each entry of each auction gets, [R, E, T], of the steps' advantages [R, T]."""

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Compute advantages by the mean value function; normalise them for each mechanism separately."""
        value = outputs.value
        advantage, target = step_advantages(
            batch, tables, value.mean(1, keepdim=True), self.discount, self.gae_lambda
        )
        runs, mechanisms, _ = value.shape
        # [R, E, T] to each mechanism's samples, as CVS's: first all steps of its own entry, then its clone's.
        own = self.of_entries(advantage.squeeze(1), batch).reshape(runs, mechanisms, -1)
        return super().assign_credit(batch, tables, outputs) | {
            "advantage": self.normalised(own),
            "target": target.repeat(1, mechanisms, self.copies),
        }
