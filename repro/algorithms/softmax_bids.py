"""Softmax bids: the counterpart of Gumbel bids, whose mechanisms learn from the softmax of all their outputs.

Networks, behaviour and value functions are those of `repro.algorithms.gumbel_bids`, and so are the advantages
of each mechanism, but for those of losers. Only the gradients differ: each mechanism learns from the
log-probability of the action that was taken, which the softmax's normaliser couples with the outputs of all
mechanisms (talk:214). With a shared value function and λ of PPOF, this is PPOF without entropy bonus and
without a penalty on the value function. With a value function for each mechanism, each follows the gradient
of its own loss with respect to its own output. The algorithm is ours.

An audit of its gradients, on one episode and on a batch of two, answers "not modular", whatever the value
functions and λ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.advantages import step_advantages
from repro.algorithms.clipped_policy import ClippedPolicy
from repro.algorithms.softmax_policy import to_logits
from repro.credit import returns
from repro.credit.policy_gradient import softmax_policy_gradient

if TYPE_CHECKING:
    from torch import Tensor

    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch
    from repro.mdp.task import Tables


@final
@dataclass(frozen=True)
class SoftmaxBids(ClippedPolicy):
    """PPOF that differs from Gumbel bids in its gradients alone.

    Attributes:
        shared_value: whether there is one value function for all mechanisms, and not one for each.
        policy_lr: Adam's learning rate, as that of Gumbel bids.
        value_penalty: see `repro.algorithms.separate_learner`.
        entropy_bonus: none by default, because the entropy of Gumbel noise does not depend on what is learned.
        gae_lambda: λ of generalised advantage estimation; 0: the error over one step.
    """

    name: ClassVar[str] = "softmax_bids"
    display_name: ClassVar[str] = "softmax bids"
    factorised: ClassVar[bool] = True
    shared_value: bool = False
    policy_lr: float = 1e-3
    value_penalty: float = 0.0
    entropy_bonus: float = 0.0
    gae_lambda: float = 0.0

    def __post_init__(self) -> None:
        """Validate λ and the kind of value function, and what PPOF validates.

        Raises:
            UserError: λ is not between 0 and 1, `shared_value` is not true or false, or see `ClippedPolicy`.
        """
        super().__post_init__()
        self.require("shared_value", "0 or 1", valid=self.shared_value in {0, 1})
        self.require("gae_lambda", "a number from 0 to 1", valid=0 <= self.gae_lambda <= 1)

    def learners(self, actions: int) -> int:
        """Return the number of actions, or 1 if all mechanisms have the same advantages."""
        return 1 if self.shared_value else actions

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Compute advantages by each value function, and normalise them for each separately."""
        found = step_advantages(batch, tables, outputs.value, self.discount, self.gae_lambda)
        state, action, advantage, target = (
            x.expand(-1, outputs.value.shape[1], -1)
            for x in (batch.state.unsqueeze(1), batch.action.unsqueeze(1), *found)
        )
        return {
            "state": state,
            "action": action,
            "advantage": returns.normalised(advantage),
            "target": target,
        }

    def policy_gradient(
        self, policy: Tensor, behaviour_policy: Tensor, statistics: Samples
    ) -> Tensor:
        """Compute PPO's gradient of each learner's loss, and of it what belongs to the learner's own mechanism."""
        bids, old_bids = (to_logits(x).unsqueeze(1) for x in (policy, behaviour_policy))
        states, mechanisms = bids.shape[-2:]
        gradient = softmax_policy_gradient(
            bids,
            old_bids,
            statistics["positive"].unflatten(-1, (states, mechanisms)),
            statistics["negative"].unflatten(-1, (states, mechanisms)),
            statistics["share"],
            clip=self.clip,
            entropy_bonus=self.entropy_bonus,
            epsilon=self.epsilon,
        )
        # [R, L, S, K] to [R, S, K]: of learner k the gradient with respect to k; a sole learner is that of all.
        own = gradient.expand(-1, mechanisms, -1, -1).diagonal(dim1=1, dim2=3)
        return own.transpose(1, 2).unsqueeze(-1)
