"""Policies that are a softmax over the bids of all actions, with generalised advantages.

Schulman et al., "High-dimensional continuous control using generalized advantage estimation" (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from repro.algorithms.base import Algorithm, Outputs, Samples, episode_discount
from repro.credit import returns
from repro.engine import rollout
from repro.engine.networks import MLPSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.engine.rollout import Batch, RngStreams
    from repro.mdp.task import Tables


@dataclass(frozen=True)
class SoftmaxPolicy(Algorithm):
    """Base of all softmax policies; a subclass says what gradient it follows.

    Attributes:
        factorised: whether each action has its own network; otherwise one network has an output for
            each action.
        entropy_bonus: weight of the policy's entropy.
        gae_lambda: λ of generalised advantage estimation.
    """

    factorised: ClassVar[bool]
    entropy_bonus: float = 0.1
    gae_lambda: float = 0.95

    def policy_spec(self, observation: int, actions: int) -> MLPSpec:
        """Two hidden layers with ReLU; one output if factorised, otherwise one for each action."""
        outputs = 1 if self.factorised else actions
        return MLPSpec((observation, self.hidden, self.hidden, outputs), relu=(True, True))

    def init_policy(
        self, observation: int, actions: int, generator: np.random.Generator
    ) -> NDArray[np.float32]:
        """Draw one network, or one for each action if factorised; [K, P]."""
        spec = self.policy_spec(observation, actions)
        return spec.init(actions if self.factorised else 1, generator)

    def bids(self, policy: Tensor) -> dict[str, Tensor]:
        """Compute the action probabilities ("bid") and their logits."""
        logits = to_logits(policy)
        return {"bid": logits.softmax(-1), "logit": logits}

    def collect(self, streams: RngStreams, tables: Tables, outputs: Outputs) -> Batch:
        """Act by sampling from the softmax."""
        probability = to_logits(outputs.policy).double().softmax(-1).numpy()
        return rollout.collect_sampled(streams, tables, probability, self.steps)

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Compute generalised advantages; normalise them for the policy, but not for the targets."""
        state, action = batch.state, batch.action
        value = outputs.value[:, 0]
        v_tm1, v_t = value.gather(-1, state), value.gather(-1, batch.next_state)
        advantage = returns.generalised_advantage(
            v_tm1,
            batch.reward,
            episode_discount(batch, tables, self.discount),
            v_t,
            batch.episode_end,
            self.gae_lambda,
            max_length=tables.horizon,
        )
        columns = {
            "state": state,
            "action": action,
            "advantage": returns.normalised(advantage),
            "target": advantage + v_tm1,
        }
        return {name: column.unsqueeze(1) for name, column in columns.items()}


def to_logits(policy: Tensor) -> Tensor:
    """Return the logits [R, S, A] of one network with A outputs, or of A networks with one each."""
    return policy.transpose(1, 2).flatten(2)
