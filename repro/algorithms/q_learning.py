"""Q-learning: each prediction is moved towards the reward and the best prediction after it.

Watkins and Dayan, "Q-learning" (1992).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.value_learner import Steps, ValueLearner
from repro.credit.temporal_difference import q_learning_target

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True)
class QLearning(ValueLearner):
    """Single-step targets with the highest prediction at the state reached."""

    name: ClassVar[str] = "q_learning"
    display_name: ClassVar[str] = "Q-learning"

    def target(self, steps: Steps) -> Tensor:
        """Compute r + γ max Q."""
        return q_learning_target(steps.r_t, steps.discount_t, steps.q_t)

    def cut_value(self, q_t: Tensor, policy_t: Tensor) -> Tensor:
        """Value the state in which an episode is cut by its highest prediction."""
        del policy_t
        return q_t.amax(-1)
