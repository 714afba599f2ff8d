"""Societies of mechanisms, one for each action, that bid for the right to act (talk:279-284).

Chang et al., "Decentralized reinforcement learning: global decision-making via local economic
transactions" (ICML 2020). A subclass says how often each mechanism enters, and what the winner pays.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

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

INIT_CONCENTRATION = 2.0
"""ν before training; with mean 0.5, bids are uniform on (0, 1)."""


@dataclass(frozen=True)
class Auction(Algorithm):
    """Each mechanism learns its bids only from its own utilities and its own value function.

    Attributes:
        copies: entries of each mechanism in an auction: its own, and those of its clones; at least 1.
        clip: PPO's ε.
        entropy_bonus: weight of the entropy of each mechanism's bids.
    """

    copies: ClassVar[int]
    clip: float = 0.2
    entropy_bonus: float = 0.1

    @abstractmethod
    def price(self, bids: Tensor, winner: Tensor) -> Tensor:
        """Compute what the winner of each step's auction pays, [R, T].

        Args:
            bids: [R, T, E].
            winner: int64 [R, T], the winning entry.
        """

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
        """Compute the means ("bid") and the concentrations of the Beta distributions."""
        mean, concentration = vickrey.sigmoid(policy[..., 0]), vickrey.softplus(policy[..., 1])
        return {"bid": mean.transpose(1, 2), "concentration": concentration.transpose(1, 2)}

    def collect(self, streams: RngStreams, tables: Tables, outputs: Outputs) -> Batch:
        """Act by auction: each mechanism and its clones bid, and the highest bid acts."""
        alpha, beta = _shape(outputs.policy.double())
        return rollout.collect_auctioned(
            streams,
            tables,
            alpha.transpose(1, 2).numpy(),
            beta.transpose(1, 2).numpy(),
            self.steps,
            self.copies,
        )

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Subtract each mechanism's value from its utilities; normalise for each mechanism separately."""
        del tables
        utility = vickrey.vickrey_utility(
            batch.reward,
            self.price(batch.bids, batch.action),
            batch.action,
            batch.episode_end,
            batch.bids.shape[-1],
            self.discount,
        )
        value = outputs.value
        state = batch.state.repeat(1, self.copies).unsqueeze(1).expand(-1, value.shape[1], -1)
        target, bid = (_by_mechanism(one, self.copies) for one in (utility, batch.bids))
        return {
            "state": state,
            "log_bid": bid.log(),
            "log_one_minus_bid": (-bid).log1p(),
            "advantage": self.normalised(target - value.gather(-1, state)),
            "target": target,
        }

    def normalised(self, advantage: Tensor) -> Tensor:
        """Normalise advantages [R, K, n] for each mechanism separately."""
        return returns.normalised(advantage)

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


def _by_mechanism(entries: Tensor, copies: int) -> Tensor:
    """Group entries [R, T, K · copies] into each mechanism's samples [R, K, copies · T]."""
    runs, steps, entrants = entries.shape
    return entries.transpose(1, 2).reshape(runs, entrants // copies, copies * steps)
