"""What every algorithm has: hyperparameters, networks, a way to act, and a way to learn from it.

`repro.training.loop` owns the procedure; an algorithm says only what is particular to it. Hyperparameters
are those of the authors' published experiment code (mbchang/decentralized-rl, branch icml21).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from repro.credit.table import segment_sum
from repro.credit.value import value_gradient
from repro.engine.networks import MLPSpec
from repro.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from repro.engine.rollout import Batch, RngStreams
    from repro.mdp.task import Tables

Samples = dict[str, Tensor]
"""Columns of what is learned from, each [R, L, n] or a minibatch of it [R, L, B], for the L
separate learners of a run; `state` and `target` are there for every algorithm's value function."""


@dataclass(frozen=True)
class Algorithm(ABC):
    """Base of all algorithms; a subclass that sets `name` is found by it.

    Attributes:
        name: as in "ppo".
        steps: collected each epoch, T.
        minibatch: samples of one update, B.
        policy_lr: Adam's learning rate for policies and bids.
        value_lr: Adam's learning rate for value functions.
        decay: factor on both rates at the epochs that the trainer's schedule names.
        discount: γ.
        clip: PPO's ε.
        entropy_bonus: weight of the policy's entropy.
        max_grad_norm: norm at which each policy network's gradient is clipped.
        value_penalty: weight of the value network's sum of squared parameters.
        hidden: units of each of the two hidden layers.
    """

    name: ClassVar[str]
    steps: int = 4096
    minibatch: int = 256
    policy_lr: float = 4e-5
    value_lr: float = 5e-3
    decay: float = 0.99
    discount: float = 0.99
    clip: float = 0.2
    entropy_bonus: float = 0.1
    max_grad_norm: float = 40.0
    value_penalty: float = 1e-3
    hidden: int = 20

    def __post_init__(self) -> None:
        """Check what cannot be trained with.

        Raises:
            UserError: a size is no whole number above 0, or minibatches do not divide an epoch.
        """
        for name in ("steps", "minibatch", "hidden"):
            size = getattr(self, name)
            if not isinstance(size, int) or size < 1:
                raise UserError(f"{self.name}: {name} is {size}; expected a whole number above 0")
        if self.steps % self.minibatch:
            raise UserError(
                f"{self.name}: minibatches of {self.minibatch} do not divide {self.steps} steps; "
                "every sample is to be learned from once, so choose a divisor"
            )

    @abstractmethod
    def learners(self, actions: int) -> int:
        """L, how many separate learners a run has, each with a value function of its own."""

    @abstractmethod
    def init_policy(
        self, observation: int, actions: int, generator: np.random.Generator
    ) -> NDArray[np.float32]:
        """Draw one run's policy networks, [K, P]."""

    @abstractmethod
    def policy_spec(self, observation: int, actions: int) -> MLPSpec:
        """Architecture of each policy network."""

    def value_spec(self, observation: int) -> MLPSpec:
        """Architecture of each value network."""
        return MLPSpec((observation, self.hidden, self.hidden, 1), relu=(True, True))

    @abstractmethod
    def bids(self, policy: Tensor) -> dict[str, Tensor]:
        """What the mechanisms bid, for the record; `policy` is the networks' output.

        Returns:
            "bid" and possibly "logit", each [R, S, K].
        """

    @abstractmethod
    def collect(self, streams: RngStreams, tables: Tables, policy: Tensor) -> Batch:
        """Act for one epoch with networks whose output on the distinct states is `policy`."""

    @abstractmethod
    def assign_credit(self, batch: Batch, tables: Tables, value: Tensor) -> Samples:
        """Assign credit: what each learner learns from this epoch.

        Args:
            batch: the epoch.
            tables: of the problem.
            value: [R, L, S], value of each state before the update.
        """

    def minibatch_statistics(self, samples: Samples, tables: Tables) -> Samples:
        """Add up what can be, before any network is asked: what each minibatch teaches.

        Args:
            samples: minibatches, columns [..., B].
            tables: of the problem.

        Returns:
            For the value function "share" and "target" [..., S], as `value_gradient` takes them;
            algorithms add what their policy learns from.
        """
        state, target, states = samples["state"], samples["target"], len(tables.terminal)
        part = torch.full_like(target, 1 / target.shape[-1])
        return {
            "share": segment_sum(part, state, states),
            "target": segment_sum(target * part, state, states),
        }

    @abstractmethod
    def policy_gradient(
        self, policy: Tensor, behaviour_policy: Tensor, statistics: Samples
    ) -> Tensor:
        """Gradient of the policy networks' loss on one minibatch by their outputs, as `policy`.

        Args:
            policy: output of the networks that learn, [R, networks, S, outputs].
            behaviour_policy: output of those that acted.
            statistics: of one minibatch.
        """

    def value_gradient(self, value: Tensor, statistics: Samples) -> Tensor:
        """Gradient of the value networks' loss on one minibatch by the states' values, [R, L, S].

        The penalty on the size of parameters is no part of it: that is each network's own.
        """
        return value_gradient(value, statistics["share"], statistics["target"])


def episode_discount(batch: Batch, tables: Tables, discount: float) -> Tensor:
    """Discount of each step, [R, T]: 0 where the state reached is terminal."""
    discount_into = torch.where(torch.tensor(tables.terminal), 0.0, discount)
    return discount_into[batch.next_state]
