"""Learners in which each mechanism has its own network, its own advantages and, by default, its own value function.

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

    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch
    from repro.mdp.task import Tables


@dataclass(frozen=True)
class SeparateLearner(Algorithm):
    """Base of learners that share no network, no statistics of advantages and, by default, no value function.

    Attributes:
        shared_value: whether there is one value function for all mechanisms, and not one for each.
        value_penalty: weight of each value network's sum of squared parameters. With the 1e-3 of other
            algorithms, the values of all states become alike in a long training; then errors over one
            step carry no reward back from where it is earned.
        gae_lambda: λ of generalised advantage estimation; 0: the error over one step.
    """

    shared_value: bool = False
    value_penalty: float = 0.0
    gae_lambda: float = 0.0

    def __post_init__(self) -> None:
        """Validate λ and the kind of value function, and what all algorithms validate.

        Raises:
            UserError: λ is not between 0 and 1, `shared_value` is not true or false, or see `Algorithm`.
        """
        super().__post_init__()
        self.require("shared_value", "0 or 1", valid=self.shared_value in {0, 1})
        self.require("gae_lambda", "a number from 0 to 1", valid=0 <= self.gae_lambda <= 1)

    def learners(self, actions: int) -> int:
        """Return the number of actions: each mechanism learns separately."""
        return actions

    def critics(self, actions: int) -> int:
        """Return the number of actions, or 1 if the value function is shared."""
        return 1 if self.shared_value else actions

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
        """Compute how much better each step went than each mechanism's value function expected.

        Returns:
            State of each step, advantage, and target of the value function; each [R, K, T]. With a shared value
            function, all mechanisms have the same.
        """
        found = step_advantages(batch, tables, outputs.value, self.discount, self.gae_lambda)
        state, advantage, target = (
            x.expand(-1, outputs.policy.shape[1], -1) for x in (batch.state.unsqueeze(1), *found)
        )
        return state, advantage, target

    def value_gradient(self, value: Tensor, statistics: Samples) -> Tensor:
        """Compute the gradient of the values' loss, [R, C, S], as `Algorithm.value_gradient` does.

        All learners have the same states and targets for a shared value function, in their own orders. It
        learns from the minibatches of the first, so that they are no larger than those of a value function for each.
        """
        critics = value.shape[1]
        own = {name: statistics[name][:, :critics] for name in ("share", "target")}
        return super().value_gradient(value, own)


def outputs_by_state(policy: Tensor) -> Tensor:
    """Return the outputs [R, S, K] of K networks with one output each, [R, K, S, 1]."""
    return policy.squeeze(-1).transpose(1, 2)


def acted_by(batch: Batch, actions: int) -> Tensor:
    """Return whether each mechanism acted in each step, bool [R, K, T]."""
    return batch.action.unsqueeze(1) == torch.arange(actions).unsqueeze(-1)
