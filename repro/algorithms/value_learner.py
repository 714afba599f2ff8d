"""Value learners: each action has a network that predicts its return; ε-greedy or Boltzmann selection.

Sutton and Barto, "Reinforcement learning: an introduction" (2018). A subclass says which target its
predictions are moved towards. Only the network whose action was taken learns from a step (talk:223-230).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import torch

from repro.algorithms.base import Algorithm, Outputs, Samples, episode_discount
from repro.credit.exploration import boltzmann_policy, greedy_policy, uniform_mixture
from repro.credit.indexing import at_state, segment_sum
from repro.credit.temporal_difference import expected_value
from repro.credit.value import value_gradient
from repro.engine import rollout
from repro.engine.networks import MLPSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.engine.rollout import Batch, RngStreams
    from repro.mdp.task import Tables


class Steps(NamedTuple):
    """The steps of an epoch, as targets are computed from them; episodes are joined.

    Attributes:
        r_t: [R, T], reward; at the last step of an episode that was cut, with the discounted value of
            the state reached.
        discount_t: [R, T], 0 at the last step of every episode.
        q_t: [R, T, A], predictions at the state reached.
        a_t: int64 [R, T], the action taken there; any at the last step of an episode.
        policy_t: [R, T, A], probability of each action there.
        longest: largest number of steps of an episode.
    """

    r_t: Tensor
    discount_t: Tensor
    q_t: Tensor
    a_t: Tensor
    policy_t: Tensor
    longest: int


@dataclass(frozen=True)
class ValueLearner(Algorithm):
    """Base of all value learners; a subclass defines `target`.

    Convergence is judged by the return of the greedy policy, since the behaviour keeps exploring.

    Attributes:
        policy_lr: Adam's learning rate; higher than a policy's, and too high from about 1e-3 on, because the
            values of right and wrong actions differ by 1 %.
        epsilon: ε, probability with which an action is drawn uniformly from all. Otherwise it is drawn
            from the greedy or the Boltzmann policy; for the Boltzmann policy alone, set ε to 0.
        temperature: τ of the Boltzmann policy, the softmax of predictions / τ; 0: the greedy policy.
    """

    bids_are_probabilities: ClassVar[bool] = False
    has_advantages: ClassVar[bool] = False
    judged_greedily: ClassVar[bool] = True
    policy_lr: float = 5e-4
    epsilon: float = 0.1
    temperature: float = 0.0

    def __post_init__(self) -> None:
        """Validate ε and τ, and what all algorithms validate.

        Raises:
            UserError: ε is not a probability, τ is negative or infinite, or see `Algorithm`.
        """
        super().__post_init__()
        self.require("epsilon", "a probability from 0 to 1", valid=0 <= self.epsilon <= 1)
        finite = 0 <= self.temperature < math.inf
        self.require("temperature", "a finite number from 0 on", valid=finite)

    @abstractmethod
    def target(self, steps: Steps) -> Tensor:
        """Compute what the prediction for each step's action is moved towards, [R, T]."""

    def cut_value(self, q_t: Tensor, policy_t: Tensor) -> Tensor:
        """Value the state in which an episode is cut, [R, T]: the mean prediction of the policy there."""
        return expected_value(q_t, policy_t)

    def critics(self, actions: int) -> int:
        """Return 0: the networks that act are the value functions."""
        del actions
        return 0

    def policy_spec(self, observation: int, actions: int) -> MLPSpec:
        """Two hidden layers with ReLU, and one output: the return predicted for the network's action."""
        del actions
        return MLPSpec((observation, self.hidden, self.hidden, 1), relu=(True, True))

    def init_policy(
        self, observation: int, actions: int, generator: np.random.Generator
    ) -> NDArray[np.float32]:
        """Draw a network for each action, [A, P]."""
        return self.policy_spec(observation, actions).init(actions, generator)

    def bids(self, policy: Tensor) -> dict[str, Tensor]:
        """Return the predictions, [R, S, A]."""
        return {"bid": _predictions(policy)}

    def behaviour(self, predictions: Tensor) -> Tensor:
        """Compute the probability of each action, [..., A], for predictions [..., A]."""
        policy = (
            boltzmann_policy(predictions, self.temperature)
            if self.temperature
            else greedy_policy(predictions)
        )
        return uniform_mixture(policy, self.epsilon)

    def collect(self, streams: RngStreams, tables: Tables, outputs: Outputs) -> Batch:
        """Act by sampling from `behaviour`."""
        probability = self.behaviour(_predictions(outputs.policy).double())
        return rollout.collect_sampled(streams, tables, probability.numpy(), self.steps)

    def judged_return(self, batch: Batch, tables: Tables, outputs: Outputs) -> NDArray[np.float64]:
        """Return the undiscounted return of the greedy policy, exactly; mean over the problem's tasks."""
        del batch
        greedy = greedy_policy(_predictions(outputs.policy).double())
        return rollout.policy_return(tables, greedy.numpy())

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Compute the targets of an epoch from the predictions before its update."""
        q = _predictions(outputs.policy)
        q_t = at_state(q, batch.next_state)
        policy_t = at_state(self.behaviour(q), batch.next_state)
        discount_t = episode_discount(batch, tables, self.discount).to(q)
        left = torch.where(batch.episode_end, discount_t * self.cut_value(q_t, policy_t), 0)
        steps = Steps(
            r_t=batch.reward + left,
            discount_t=discount_t.masked_fill(batch.episode_end, 0),
            q_t=q_t,
            a_t=batch.action.roll(-1, -1),
            policy_t=policy_t,
            longest=tables.horizon,
        )
        columns = {"state": batch.state, "action": batch.action, "target": self.target(steps)}
        return {name: column.unsqueeze(1) for name, column in columns.items()}

    def minibatch_statistics(self, samples: Samples, tables: Tables) -> Samples:
        """Sum the "share" and the "target" of each state and action, [..., S · A]."""
        states, actions = tables.next_state.shape
        index = samples["state"] * actions + samples["action"]
        weight = torch.full_like(samples["target"], 1 / index.shape[-1])
        columns = {"share": weight, "target": samples["target"] * weight}
        return {name: segment_sum(x, index, states * actions) for name, x in columns.items()}

    def policy_gradient(
        self, policy: Tensor, behaviour_policy: Tensor, statistics: Samples
    ) -> Tensor:
        """Compute the gradient of the mean squared error; each action's network has its own samples."""
        del behaviour_policy
        q = _predictions(policy)
        share, target = (statistics[name].view(q.shape) for name in ("share", "target"))
        return value_gradient(q, share, target).transpose(1, 2).unsqueeze(-1)


def _predictions(policy: Tensor) -> Tensor:
    """Return the predictions [R, S, A] of A networks with one output each, [R, A, S, 1]."""
    return policy.squeeze(-1).transpose(1, 2)
