"""Gumbel bids: mechanisms act as a softmax does, but each learns only from its own noisy bid.

Each mechanism bids its network's output plus independent Gumbel noise, and the highest bid acts, which is a
softmax over the outputs (Maddison, Tarlow and Minka, "A* sampling", 2014). So the behaviour is PPOF's, and
the gradients are independent. The algorithm is ours; `repro.algorithms.softmax_bids` is its counterpart with
a softmax in the gradients.

An audit of its gradients, on one episode and on a batch of two, answers "modular" with errors over one step and
a value function for each mechanism. With λ above 0 it answers "implementation-dependent", as advantages of
different mechanisms contain the same later rewards. With one value function for all mechanisms it does so too
where two mechanisms take turns: then both sum the values of the same states. Values are given in these audits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.separate_learner import SeparateLearner, acted_by, outputs_by_state
from repro.credit import returns
from repro.credit.gumbel import gumbel_policy_gradient
from repro.engine import rollout

if TYPE_CHECKING:
    from torch import Tensor

    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch, RngStreams
    from repro.mdp.task import Tables


@final
@dataclass(frozen=True)
class GumbelBids(SeparateLearner):
    """Each mechanism learns by the clipped ratio of its own bid's density; no softmax couples them.

    The advantage of a mechanism is that of the step if its bid won, and 0 if it lost, as a loser's utility in
    an auction; then it is normalised over all bids of the mechanism. There is no entropy bonus, because the
    entropy of Gumbel noise does not depend on what is learned.

    Attributes:
        policy_lr: Adam's learning rate, of 4e-5 to 1e-3 the one with which training is fastest.
        clip: PPO's ε.
    """

    name: ClassVar[str] = "gumbel_bids"
    display_name: ClassVar[str] = "Gumbel bids"
    copies: ClassVar[int] = 1
    policy_lr: float = 1e-3
    clip: float = 0.2

    def bids(self, policy: Tensor) -> dict[str, Tensor]:
        """Compute each mechanism's probability of winning ("bid") and its bid without noise ("logit")."""
        location = outputs_by_state(policy)
        return {"bid": location.softmax(-1), "logit": location}

    def collect(self, streams: RngStreams, tables: Tables, outputs: Outputs) -> Batch:
        """Act by the highest noisy bid."""
        location = outputs_by_state(outputs.policy).double()
        return rollout.collect_gumbel(streams, tables, location.numpy(), self.steps)

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Give each mechanism the advantages of its own steps, and 0 for those of others."""
        state, advantage, target = self.advantages(batch, tables, outputs)
        lost = ~acted_by(batch, state.shape[1])
        return {
            "state": state,
            "bid": batch.bids.transpose(1, 2),
            "advantage": returns.normalised(advantage.masked_fill(lost, 0)),
            "target": target,
        }

    def minibatch_statistics(self, samples: Samples, tables: Tables) -> Samples:
        """Keep each sample: bids are continuous, so each has its own ratio of densities."""
        kept = {name: samples[name] for name in ("state", "bid")}
        advantage = samples["advantage"] / samples["state"].shape[-1]
        return super().minibatch_statistics(samples, tables) | kept | {"advantage": advantage}

    def policy_gradient(
        self, policy: Tensor, behaviour_policy: Tensor, statistics: Samples
    ) -> Tensor:
        """Compute PPO's gradient for each mechanism's bids, [R, K, S, 1]."""
        gradient = gumbel_policy_gradient(
            policy.squeeze(-1),
            behaviour_policy.squeeze(-1),
            statistics["state"],
            statistics["bid"],
            statistics["advantage"],
            clip=self.clip,
        )
        return gradient.unsqueeze(-1)
