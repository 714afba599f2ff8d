"""Proximal policy optimisation with a softmax over the bids of all actions.

Schulman et al., "Proximal policy optimization algorithms" (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.algorithms.softmax_policy import SoftmaxPolicy, to_logits
from repro.credit import policy_gradient
from repro.credit.indexing import segment_sum

if TYPE_CHECKING:
    from torch import Tensor

    from repro.algorithms.base import Samples
    from repro.mdp.task import Tables


@dataclass(frozen=True)
class ClippedPolicy(SoftmaxPolicy):
    """Base of PPO and PPOF.

    Attributes:
        clip: PPO's ε.
    """

    clip: float = 0.2

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
        )
        return gradient.view(policy.transpose(1, 2).shape).transpose(1, 2)
