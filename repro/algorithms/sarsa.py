"""SARSA: each prediction is moved towards the reward and the prediction for the next action.

Rummery and Niranjan, "On-line Q-learning using connectionist systems" (1994).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.value_learner import Steps, ValueLearner
from repro.credit.temporal_difference import sarsa_target

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True)
class Sarsa(ValueLearner):
    """Single-step targets with the action that was taken next."""

    name: ClassVar[str] = "sarsa"
    display_name: ClassVar[str] = "SARSA"

    def target(self, steps: Steps) -> Tensor:
        """Compute r + γ Q(s', a')."""
        return sarsa_target(steps.r_t, steps.discount_t, steps.q_t, steps.a_t)
