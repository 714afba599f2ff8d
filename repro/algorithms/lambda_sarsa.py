"""SARSA(λ) in its forward view: targets mix the returns of all lengths (talk:218-222).

Rummery and Niranjan, "On-line Q-learning using connectionist systems" (1994); Sutton and Barto,
"Reinforcement learning: an introduction" (2018), section 12.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.value_learner import Steps, ValueLearner
from repro.credit.indexing import at_action
from repro.credit.multistep import lambda_return

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True)
class LambdaSarsa(ValueLearner):
    """SARSA with λ-returns as targets.

    Attributes:
        trace_decay: λ; 0 is SARSA.
    """

    name: ClassVar[str] = "lambda_sarsa"
    display_name: ClassVar[str] = "SARSA(λ)"
    trace_decay: float = 0.95

    def __post_init__(self) -> None:
        """Validate λ, and what all value learners validate.

        Raises:
            UserError: λ is not between 0 and 1, or see `ValueLearner`.
        """
        super().__post_init__()
        self.require("trace_decay", "a number from 0 to 1", valid=0 <= self.trace_decay <= 1)

    def target(self, steps: Steps) -> Tensor:
        """Compute the λ-return."""
        q_next = at_action(steps.q_t, steps.a_t)
        return lambda_return(
            steps.r_t, steps.discount_t, q_next, self.trace_decay, max_length=steps.longest
        )
