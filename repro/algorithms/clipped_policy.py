"""Proximal policy optimisation with a softmax over the bids of all actions.

Schulman et al., "Proximal policy optimization algorithms" (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.algorithms.softmax_policy import SoftmaxPolicy, to_logits
from repro.credit import policy_gradient
from repro.credit.exploration import uniform_mixture
from repro.credit.indexing import segment_sum
from repro.engine import rollout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch, RngStreams
    from repro.mdp.task import Tables


@dataclass(frozen=True)
class ClippedPolicy(SoftmaxPolicy):
    """Base of PPO and PPOF.

    If actions are also drawn at random, an epoch is judged by the exact return of the policy without
    them. The ratio of probabilities is that of the policy that acts, random actions included: see
    `repro.credit.policy_gradient.softmax_policy_gradient`.

    Attributes:
        clip: PPO's ε.
        epsilon: probability with which an action is drawn uniformly from all, and not from the softmax.
    """

    clip: float = 0.2
    epsilon: float = 0.0

    def __post_init__(self) -> None:
        """Validate the probability of random actions, and what all algorithms validate.

        Raises:
            UserError: it is not a probability, or see `Algorithm`.
        """
        super().__post_init__()
        self.require("epsilon", "a probability from 0 to 1", valid=0 <= self.epsilon <= 1)

    def collect(self, streams: RngStreams, tables: Tables, outputs: Outputs) -> Batch:
        """Act by sampling from the softmax, or with probability ε from all actions alike."""
        probability = uniform_mixture(_policy(outputs), self.epsilon)
        return rollout.collect_sampled(streams, tables, probability.numpy(), self.steps)

    def judged_return(self, batch: Batch, tables: Tables, outputs: Outputs) -> NDArray[np.float64]:
        """Return the mean return of the epoch's episodes; with random actions, that of the softmax."""
        if not self.epsilon:
            return super().judged_return(batch, tables, outputs)
        return rollout.policy_return(tables, _policy(outputs).numpy())

    def minibatch_statistics(self, samples: Samples, tables: Tables) -> Samples:
        """Sum the "positive" and "negative" advantages of each state and action, [..., S · A]."""
        states, actions = tables.next_state.shape
        index = samples["state"] * actions + samples["action"]
        advantage = samples["advantage"] / index.shape[-1]
        parts = {"positive": advantage.clamp(min=0), "negative": advantage.clamp(max=0)}
        sums = {name: segment_sum(part, index, states * actions) for name, part in parts.items()}
        return super().minibatch_statistics(samples, tables) | sums

    def policy_gradient(
        self, policy: Tensor, behaviour_policy: Tensor, statistics: Samples
    ) -> Tensor:
        """Compute PPO's gradient; the softmax couples all bids of a state."""
        bids = to_logits(policy)
        gradient = policy_gradient.softmax_policy_gradient(
            bids,
            to_logits(behaviour_policy),
            statistics["positive"].view_as(bids),
            statistics["negative"].view_as(bids),
            statistics["share"].squeeze(-2),
            clip=self.clip,
            entropy_bonus=self.entropy_bonus,
            epsilon=self.epsilon,
        )
        return gradient.view(policy.transpose(1, 2).shape).transpose(1, 2)


def _policy(outputs: Outputs) -> Tensor:
    """Return the probabilities of the softmax, float64 [R, S, A]."""
    return to_logits(outputs.policy).double().softmax(-1)
