"""Policy gradients without a ratio of probabilities: REINFORCE, and A2C with a value function.

Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning"
(1992); Mnih et al., "Asynchronous methods for deep reinforcement learning" (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.algorithms.base import episode_discount
from repro.algorithms.softmax_policy import SoftmaxPolicy, to_logits
from repro.credit import policy_gradient, returns
from repro.credit.indexing import segment_sum

if TYPE_CHECKING:
    from torch import Tensor

    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch
    from repro.mdp.task import Tables


@dataclass(frozen=True)
class ScoreFunction(SoftmaxPolicy):
    """Base of A2C: advantages weight the gradient of the log-probability of each action."""

    def minibatch_statistics(self, samples: Samples, tables: Tables) -> Samples:
        """Sum the advantages of each state and action, "gain" [..., S · A]."""
        states, actions = tables.next_state.shape
        index = samples["state"] * actions + samples["action"]
        gain = segment_sum(samples["advantage"] / index.shape[-1], index, states * actions)
        return super().minibatch_statistics(samples, tables) | {"gain": gain}

    def policy_gradient(
        self, policy: Tensor, behaviour_policy: Tensor, statistics: Samples
    ) -> Tensor:
        """Compute the gradient; the softmax couples all bids of a state."""
        del behaviour_policy
        bids = to_logits(policy)
        gradient = policy_gradient.softmax_score_gradient(
            bids,
            statistics["gain"].view_as(bids),
            statistics["share"].squeeze(-2),
            entropy_bonus=self.entropy_bonus,
        )
        return gradient.view(policy.transpose(1, 2).shape).transpose(1, 2)


@dataclass(frozen=True)
class Reinforce(ScoreFunction):
    """Base of REINFORCE: sampled returns, normalised over the epoch, and no value function."""

    def critics(self, actions: int) -> int:
        """Return 0: returns are compared with their mean."""
        del actions
        return 0

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Compute the discounted return from each step to the end of its episode."""
        del outputs
        discount_t = episode_discount(batch, tables, self.discount)
        follows_t = discount_t.masked_fill(batch.episode_end, 0)
        return_t = returns.discounted_sum(batch.reward, follows_t, tables.horizon)
        columns = {
            "state": batch.state,
            "action": batch.action,
            "advantage": returns.normalised(return_t),
            "target": return_t,
        }
        return {name: column.unsqueeze(1) for name, column in columns.items()}
