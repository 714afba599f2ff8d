"""CVS, the cloned Vickrey society: a mechanism for each action, chosen by auction (talk:279-284).

Chang et al., "Decentralized reinforcement learning: global decision-making via local economic
transactions" (ICML 2020).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

import torch

from repro.algorithms.base import Algorithm, Outputs, Samples
from repro.credit import returns, vickrey
from repro.engine import bid_learning, rollout
from repro.engine.networks import MLPSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.engine.networks import BatchedMLP
    from repro.engine.rollout import Batch, RngStreams
    from repro.mdp.task import Tables

COPIES = 2
"""Entries of each mechanism in an auction: its own and its clone's."""
INIT_CONCENTRATION = 2.0
"""ν before training; with mean 0.5, bids are uniform on (0, 1)."""


@final
@dataclass(frozen=True)
class CVS(Algorithm):
    """Each mechanism learns its bids only from its own utilities and its own value function.

    Attributes:
        clip: PPO's ε.
        entropy_bonus: weight of the entropy of each mechanism's bids.
    """

    name: ClassVar[str] = "cvs"
    display_name: ClassVar[str] = "CVS"
    clip: float = 0.2
    entropy_bonus: float = 0.1

    def learners(self, actions: int) -> int:
        """Return the number of actions: each mechanism learns separately."""
        return actions

    def policy_spec(self, observation: int, actions: int) -> MLPSpec:
        """One hidden layer with ReLU and one without; outputs for the mean and the concentration."""
        del actions
        return MLPSpec((observation, self.hidden, self.hidden, 2), relu=(True, False))

    def init_policy(
        self, observation: int, actions: int, generator: np.random.Generator
    ) -> NDArray[np.float32]:
        """Draw a network for each action, [K, P]; the last layer makes its bids uniform."""
        spec = self.policy_spec(observation, actions)
        parameters = spec.init(actions, generator)
        parameters[:, spec.last_layer()] = 0
        parameters[:, -1] = math.log(math.expm1(INIT_CONCENTRATION))
        return parameters

    def bids(self, policy: Tensor) -> dict[str, Tensor]:
        """Compute the means of the Beta distributions."""
        return {"bid": vickrey.sigmoid(policy[..., 0]).transpose(1, 2)}

    def collect(self, streams: RngStreams, tables: Tables, outputs: Outputs) -> Batch:
        """Act by auction: each mechanism and its clone bid."""
        alpha, beta = _shape(outputs.policy.double())
        return rollout.collect_auctioned(
            streams,
            tables,
            alpha.transpose(1, 2).numpy(),
            beta.transpose(1, 2).numpy(),
            self.steps,
            COPIES,
        )

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Subtract each mechanism's value from its utilities; normalise for each mechanism separately."""
        del tables
        utility = vickrey.vickrey_utility(
            batch.reward,
            vickrey.second_price(batch.bids, batch.action),
            batch.action,
            batch.episode_end,
            batch.bids.shape[-1],
            self.discount,
        )
        value = outputs.value
        state = batch.state.repeat(1, COPIES).unsqueeze(1).expand(-1, value.shape[1], -1)
        target, bid = _by_mechanism(utility), _by_mechanism(batch.bids)
        return {
            "state": state,
            "log_bid": bid.log(),
            "log_one_minus_bid": (-bid).log1p(),
            "advantage": returns.normalised(target - value.gather(-1, state)),
            "target": target,
        }

    def minibatch_statistics(self, samples: Samples, tables: Tables) -> Samples:
        """Keep each sample: bids are continuous, so each has its own probability ratio."""
        kept = {name: samples[name] for name in ("state", "log_bid", "log_one_minus_bid")}
        advantage = samples["advantage"] / samples["state"].shape[-1]
        return super().minibatch_statistics(samples, tables) | kept | {"advantage": advantage}

    def policy_gradient(
        self, policy: Tensor, behaviour_policy: Tensor, statistics: Samples
    ) -> Tensor:
        """Compute PPO's gradient for each mechanism's bids, [R, K, S, 2]."""
        gradients = vickrey.beta_policy_gradient(
            policy[..., 0],
            policy[..., 1],
            _shape(behaviour_policy),
            statistics["state"],
            statistics["log_bid"],
            statistics["log_one_minus_bid"],
            statistics["advantage"],
            statistics["share"],
            clip=self.clip,
            entropy_bonus=self.entropy_bonus,
        )
        return torch.stack(gradients, -1)

    def learn(
        self,
        networks: tuple[BatchedMLP, BatchedMLP],
        behaviour_policy: Tensor,
        samples: Samples,
        order: NDArray[np.int32],
        tables: Tables,
    ) -> None:
        """Learn as `Algorithm.learn` does, compiled: the same functions of `repro.credit`, faster."""
        del tables
        bid_learning.learn(
            networks,
            behaviour_policy,
            samples,
            order,
            bid_learning.Settings(self.minibatch, self.clip, self.entropy_bonus),
        )


def _shape(policy: Tensor) -> tuple[Tensor, Tensor]:
    """Return Beta shapes [R, K, S] for the networks' output [R, K, S, 2]."""
    return vickrey.beta_shape(policy[..., 0], policy[..., 1])


def _by_mechanism(entries: Tensor) -> Tensor:
    """Group entries [R, T, K · COPIES] into each mechanism's samples [R, K, COPIES · T]."""
    runs, steps, entrants = entries.shape
    return entries.transpose(1, 2).reshape(runs, entrants // COPIES, COPIES * steps)
