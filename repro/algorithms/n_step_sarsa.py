"""n-step SARSA: targets are rewards of n steps, then a prediction; they share sums (talk:218-222).

Sutton and Barto, "Reinforcement learning: an introduction" (2018), section 7.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.value_learner import Steps, ValueLearner
from repro.credit.indexing import at_action
from repro.credit.multistep import n_step_return

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True)
class NStepSarsa(ValueLearner):
    """SARSA whose targets look n steps ahead, or to the end of the episode.

    Attributes:
        n: number of rewards in a target; 1 is SARSA.
    """

    name: ClassVar[str] = "n_step_sarsa"
    display_name: ClassVar[str] = "n-step SARSA"
    n: int = 3

    def __post_init__(self) -> None:
        """Validate n, and what all value learners validate.

        Raises:
            UserError: n is not a whole number above 0, or see `ValueLearner`.
        """
        super().__post_init__()
        whole = self.n == int(self.n) and self.n > 0
        self.require("n", "a whole number above 0", valid=whole)

    def target(self, steps: Steps) -> Tensor:
        """Compute n rewards and the discounted prediction after them."""
        q_next = at_action(steps.q_t, steps.a_t)
        return n_step_return(steps.r_t, steps.discount_t, q_next, int(self.n))
