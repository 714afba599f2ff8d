"""Monte Carlo control: each prediction is moved towards the sum of the rewards after it (talk:218-222).

Sutton and Barto, "Reinforcement learning: an introduction" (2018), section 5.4. Every visit counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.value_learner import Steps, ValueLearner
from repro.credit.multistep import monte_carlo_return

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True)
class MonteCarlo(ValueLearner):
    """Targets are the rewards of the rest of the episode; one that was cut counts as its prediction."""

    name: ClassVar[str] = "monte_carlo"
    display_name: ClassVar[str] = "Monte Carlo"

    def target(self, steps: Steps) -> Tensor:
        """Compute the discounted sum of all rewards that follow."""
        return monte_carlo_return(steps.r_t, steps.discount_t, max_length=steps.longest)
