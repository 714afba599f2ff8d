"""Expected SARSA: each prediction is moved towards the reward and the mean prediction after it.

Van Seijen et al., "A theoretical and empirical analysis of expected Sarsa" (2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.value_learner import Steps, ValueLearner
from repro.credit.temporal_difference import expected_sarsa_target

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True)
class ExpectedSarsa(ValueLearner):
    """Single-step targets with the mean over the ε-greedy policy."""

    name: ClassVar[str] = "expected_sarsa"
    display_name: ClassVar[str] = "expected SARSA"

    def target(self, steps: Steps) -> Tensor:
        """Compute r + γ Σ π(a'|s') Q(s', a')."""
        return expected_sarsa_target(steps.r_t, steps.discount_t, steps.q_t, steps.policy_t)
