"""Learners in which each mechanism has its own network, its own value function and its own advantages.

A subclass says how the mechanisms' outputs select an action, and what each mechanism learns from its
advantages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from repro.algorithms.advantages import step_advantages
from repro.algorithms.base import Algorithm
from repro.engine.networks import MLPSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.algorithms.base import Outputs
    from repro.engine.rollout import Batch
    from repro.mdp.task import Tables


@dataclass(frozen=True)
class SeparateLearner(Algorithm):
    """Base of learners that share nothing: no network, no value function, no statistics of advantages.

    Attributes:
        value_penalty: weight of each value network's sum of squared parameters. With the 1e-3 of other
            algorithms, the values of all states become alike in a long training; then errors over one
            step carry no reward back from where it is earned.
        gae_lambda: λ of generalised advantage estimation; 0: the error over one step.
    """

    value_penalty: float = 0.0
    gae_lambda: float = 0.0

    def __post_init__(self) -> None:
        """Validate λ, and what all algorithms validate.

        Raises:
            UserError: λ is not between 0 and 1, or see `Algorithm`.
        """
        super().__post_init__()
        self.require("gae_lambda", "a number from 0 to 1", valid=0 <= self.gae_lambda <= 1)

    def learners(self, actions: int) -> int:
        """Return the number of actions: each mechanism learns separately."""
        return actions

    def policy_spec(self, observation: int, actions: int) -> MLPSpec:
        """Two hidden layers with ReLU, and one output."""
        del actions
        return MLPSpec((observation, self.hidden, self.hidden, 1), relu=(True, True))

    def init_policy(
        self, observation: int, actions: int, generator: np.random.Generator
    ) -> NDArray[np.float32]:
        """Draw a network for each action, [K, P]."""
        return self.policy_spec(observation, actions).init(actions, generator)

    def advantages(
        self, batch: Batch, tables: Tables, outputs: Outputs
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Compute how much better each step went than each mechanism's own value function expected.

        Each value function estimates the return of a state under the behaviour of all mechanisms together. So it
        learns from every step, whoever acted.

        Returns:
            State of each step, advantage, and target of the value function; each [R, K, T].
        """
        state = batch.state.unsqueeze(1).expand(-1, outputs.value.shape[1], -1)
        return state, *step_advantages(batch, tables, outputs.value, self.discount, self.gae_lambda)


def outputs_by_state(policy: Tensor) -> Tensor:
    """Return the outputs [R, S, K] of K networks with one output each, [R, K, S, 1]."""
    return policy.squeeze(-1).transpose(1, 2)


def acted_by(batch: Batch, actions: int) -> Tensor:
    """Return whether each mechanism acted in each step, bool [R, K, T]."""
    return batch.action.unsqueeze(1) == torch.arange(actions).unsqueeze(-1)
