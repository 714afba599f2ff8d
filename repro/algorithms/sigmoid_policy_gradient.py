"""Sigmoid policy gradient: each mechanism decides separately whether to act, and learns from its decision.

Without a softmax, no normaliser couples the bids (see `claims.theory.policy_gradient`). The algorithm is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.separate_learner import SeparateLearner, acted_by, outputs_by_state
from repro.credit import returns
from repro.credit.indexing import segment_sum
from repro.credit.sigmoid_policy import sigmoid_policy_gradient, sigmoid_selection
from repro.credit.vickrey import sigmoid
from repro.engine import rollout

if TYPE_CHECKING:
    from torch import Tensor

    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch, RngStreams
    from repro.mdp.task import Tables


@final
@dataclass(frozen=True)
class SigmoidPolicyGradient(SeparateLearner):
    """Each mechanism's own decision, to act or not, is made more likely by its own advantages.

    One of the mechanisms is selected, in proportion to their probabilities of deciding to act; it counts as
    having decided to act, and all others as having decided not to. It learns without an entropy bonus, and has none.

    Attributes:
        policy_lr: Adam's learning rate, of 4e-5 to 1e-3 the one with which training is fastest.
    """

    name: ClassVar[str] = "sigmoid_policy_gradient"
    display_name: ClassVar[str] = "sigmoid policy gradient"
    policy_lr: float = 1e-3

    def bids(self, policy: Tensor) -> dict[str, Tensor]:
        """Compute each mechanism's probability of deciding to act ("bid") and its logit."""
        logit = outputs_by_state(policy)
        return {"bid": sigmoid(logit), "logit": logit}

    def collect(self, streams: RngStreams, tables: Tables, outputs: Outputs) -> Batch:
        """Act by selecting mechanisms in proportion to their probabilities of deciding to act."""
        probability = sigmoid_selection(outputs_by_state(outputs.policy).double())
        return rollout.collect_sampled(streams, tables, probability.numpy(), self.steps)

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Give each mechanism its own advantages of all steps, normalised; it decided in each of them."""
        state, advantage, target = self.advantages(batch, tables, outputs)
        return {
            "state": state,
            "acted": acted_by(batch, state.shape[1]),
            "advantage": returns.normalised(advantage),
            "target": target,
        }

    def minibatch_statistics(self, samples: Samples, tables: Tables) -> Samples:
        """Sum the advantages of each state: of all samples, "total", and where it acted, "own"; [..., S]."""
        state, states = samples["state"], len(tables.terminal)
        gain = samples["advantage"] / state.shape[-1]
        parts = {"total": gain, "own": gain.masked_fill(~samples["acted"], 0)}
        sums = {name: segment_sum(part, state, states) for name, part in parts.items()}
        return super().minibatch_statistics(samples, tables) | sums

    def policy_gradient(
        self, policy: Tensor, behaviour_policy: Tensor, statistics: Samples
    ) -> Tensor:
        """Compute the gradient of each mechanism's log-likelihood, [R, K, S, 1]."""
        del behaviour_policy
        bids, total, own = policy.squeeze(-1), statistics["total"], statistics["own"]
        return sigmoid_policy_gradient(bids, total, own).unsqueeze(-1)
