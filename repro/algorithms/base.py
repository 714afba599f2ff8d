"""Base class of the algorithms: hyperparameters, networks, how to act, and how to learn from it.

`repro.training.loop` owns the procedure. The default hyperparameters are those of the authors'
published experiment code (mbchang/decentralized-rl, branch icml21).

Axes: R runs; L learners of a run; C value functions of a run; K policy networks; S distinct states; A actions; T steps; B samples
of a minibatch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import torch
from torch import Tensor

from repro.credit.indexing import segment_sum
from repro.credit.value import value_gradient
from repro.engine.minibatches import minibatches
from repro.engine.networks import MLPSpec
from repro.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from repro.engine.networks import BatchedMLP
    from repro.engine.rollout import Batch, RngStreams
    from repro.mdp.task import Tables

Samples = dict[str, Tensor]
"""Data to learn from, by name: columns [R, L, n] with n samples for each learner, or [R, L, B] for a
minibatch. Every algorithm has `state` and `target`, which its values or its value functions learn."""


class Outputs(NamedTuple):
    """Outputs of all networks on the distinct states of a problem, before an epoch's update.

    Attributes:
        policy: [R, K, S, outputs], of the policy networks.
        value: [R, C, S], of the value functions.
        epoch: number of epochs done.
    """

    policy: Tensor
    value: Tensor
    epoch: int = 0


@dataclass(frozen=True)
class Algorithm(ABC):
    """Base of all algorithms; a subclass that sets `name` is discovered.

    Attributes:
        name: such as "ppo".
        display_name: as figures and tables show it, such as "PPO"; "": the name.
        bids_are_probabilities: whether bids lie in [0, 1].
        has_advantages: whether samples have advantages.
        normalised_together: whether advantages are normalised over all learners of a run, and not for
            each of them.
        judged_greedily: whether an epoch is judged by the exact return of the greedy policy, as the
            behaviour always explores; otherwise by the return of the behaviour.
        copies: entries of each mechanism in an auction for the right to act; 0: there is no auction,
            and a batch has no bids.
        steps: T, collected in each epoch.
        minibatch: B, samples of one update.
        policy_lr: Adam's learning rate for the policy networks.
        value_lr: Adam's learning rate for the value networks.
        decay: factor by which the training loop multiplies both learning rates at fixed intervals.
        discount: γ.
        max_grad_norm: norm at which each policy network's gradient is clipped.
        value_penalty: weight of the value network's sum of squared parameters.
        adam_beta_1: decay rate of Adam's running mean of each gradient.
        adam_beta_2: decay rate of Adam's running mean of its square.
        hidden: units of each of the two hidden layers.
    """

    name: ClassVar[str]
    display_name: ClassVar[str] = ""
    bids_are_probabilities: ClassVar[bool] = True
    has_advantages: ClassVar[bool] = True
    normalised_together: ClassVar[bool] = False
    judged_greedily: ClassVar[bool] = False
    copies: ClassVar[int] = 0
    steps: int = 4096
    minibatch: int = 256
    policy_lr: float = 4e-5
    value_lr: float = 5e-3
    decay: float = 0.99
    discount: float = 0.99
    max_grad_norm: float = 40.0
    value_penalty: float = 1e-3
    adam_beta_1: float = 0.9
    adam_beta_2: float = 0.999
    hidden: int = 20

    def __post_init__(self) -> None:
        """Validate the sizes and Adam's decay rates.

        Raises:
            UserError: a size is not a whole number above 0, minibatches do not divide an epoch, or a
                decay rate is not in [0, 1).
        """
        for name in ("steps", "minibatch", "hidden"):
            size = getattr(self, name)
            whole = isinstance(size, int) and size > 0
            self.require(name, "a whole number above 0", valid=whole)
        for name in ("adam_beta_1", "adam_beta_2"):
            self.require(name, "a number from 0 to below 1", valid=0 <= getattr(self, name) < 1)
        if self.steps % self.minibatch:
            raise UserError(
                f"{self.name}: minibatches of {self.minibatch} do not divide {self.steps} steps; "
                "every sample is learned from once; choose a divisor"
            )

    def require(self, hyperparameter: str, expected: str, *, valid: bool) -> None:
        """Raise an error that names a hyperparameter and its value, unless it is valid.

        Raises:
            UserError: it is not.
        """
        if not valid:
            given = getattr(self, hyperparameter)
            raise UserError(f"{self.name}: {hyperparameter} is {given}; expected {expected}")

    def learners(self, actions: int) -> int:
        """Return L, the number of learners of a run: each learns from its own samples, in its own order."""
        del actions
        return 1

    def critics(self, actions: int) -> int:
        """Return C, the number of value functions of a run: one for each learner, or none."""
        return self.learners(actions)

    @abstractmethod
    def init_policy(
        self, observation: int, actions: int, generator: np.random.Generator
    ) -> NDArray[np.float32]:
        """Draw the policy networks of one run, [K, P]."""

    @abstractmethod
    def policy_spec(self, observation: int, actions: int) -> MLPSpec:
        """Architecture of each policy network."""

    def value_spec(self, observation: int) -> MLPSpec:
        """Architecture of each value network."""
        return MLPSpec((observation, self.hidden, self.hidden, 1), relu=(True, True))

    @abstractmethod
    def bids(self, policy: Tensor) -> dict[str, Tensor]:
        """Compute the mechanisms' bids, for the record, from the policy networks' output.

        Args:
            policy: [R, K, S, outputs].

        Returns:
            "bid" and, for some algorithms, "logit" or "concentration"; each [R, S, A].
        """

    @abstractmethod
    def collect(self, streams: RngStreams, tables: Tables, outputs: Outputs) -> Batch:
        """Act for one epoch, with networks that have these outputs."""

    def judged_return(self, batch: Batch, tables: Tables, outputs: Outputs) -> NDArray[np.float64]:
        """Return what an epoch is judged by, [R]: normally the mean return of its episodes."""
        del tables, outputs
        return batch.mean_return

    @abstractmethod
    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Compute what each learner learns from an epoch.

        Args:
            batch: the epoch.
            tables: of the problem.
            outputs: before the update.

        Returns:
            Columns [R, L, n], normally with advantages for the policies and targets for the values.
        """

    def minibatch_statistics(self, samples: Samples, tables: Tables) -> Samples:
        """Compute the sums over each minibatch that do not need the networks' outputs.

        Called once per epoch, for all minibatches together.

        Args:
            samples: minibatches, columns [..., B].
            tables: of the problem.

        Returns:
            "share" and "target" [..., S], as `repro.credit.value.value_gradient` takes them.
            Algorithms add what their policy learns from.
        """
        state, target, states = samples["state"], samples["target"], len(tables.terminal)
        weight = torch.full_like(target, 1 / target.shape[-1])
        return {
            "share": segment_sum(weight, state, states),
            "target": segment_sum(target * weight, state, states),
        }

    @abstractmethod
    def policy_gradient(
        self, policy: Tensor, behaviour_policy: Tensor, statistics: Samples
    ) -> Tensor:
        """Compute the gradient of the policies' loss on one minibatch with respect to their outputs.

        Args:
            policy: output of the policy networks now, [R, K, S, outputs].
            behaviour_policy: their output when they acted, of the same shape.
            statistics: of the minibatch, see `minibatch_statistics`.

        Returns:
            [R, K, S, outputs].
        """

    def value_gradient(self, value: Tensor, statistics: Samples) -> Tensor:
        """Compute the gradient of the values' loss on one minibatch with respect to the values [R, L, S].

        The penalty on the parameters is not included: each network adds its own.
        """
        return value_gradient(value, statistics["share"], statistics["target"])

    def learn(
        self,
        networks: tuple[BatchedMLP, BatchedMLP],
        behaviour_policy: Tensor,
        samples: Samples,
        order: NDArray[np.int32],
        tables: Tables,
    ) -> None:
        """Learn from the samples of an epoch, in minibatches.

        With each minibatch, the value networks take an optimiser step, then the policy networks.

        Args:
            networks: policy networks and value networks.
            behaviour_policy: output of the policy networks when they acted, [R, K, S, outputs].
            samples: columns [R, L, n].
            order: int32 [R, L, m], the samples that each learner learns from, in order; m is a
                multiple of the minibatch.
            tables: of the problem.
        """
        policy, value = networks
        parts = minibatches(samples, order, self.minibatch)
        statistics = self.minibatch_statistics(parts, tables)
        for columns in zip(*statistics.values(), strict=True):
            own = dict(zip(statistics, columns, strict=True))
            if value.networks:
                values = value.outputs().squeeze(-1)
                value.adam_step(self.value_gradient(values, own).unsqueeze(-1))
            policy.adam_step(self.policy_gradient(policy.outputs(), behaviour_policy, own))


def episode_discount(batch: Batch, tables: Tables, discount: float) -> Tensor:
    """Return the discount of each step, [R, T]: 0 where the state reached is terminal."""
    discount_into = torch.where(torch.tensor(tables.terminal), 0.0, discount)
    return discount_into[batch.next_state]
