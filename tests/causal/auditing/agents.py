"""Societies of small networks that learn by whole training steps, with the right answer for each."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

OBSERVED, SAMPLES, AGENTS = 3, 6, 3


def network(outputs: int = 1) -> nn.Sequential:
    """Make a network with one hidden layer of four units."""
    return nn.Sequential(nn.Linear(OBSERVED, 4), nn.Tanh(), nn.Linear(4, outputs))


def batch() -> dict[str, Tensor]:
    """Draw six transitions; each mechanism acts in two of them."""
    return {
        "observation": torch.randn(SAMPLES, OBSERVED),
        "successor": torch.randn(SAMPLES, OBSERVED),
        "reward": torch.randn(SAMPLES),
        "action": torch.arange(SAMPLES) % AGENTS,
    }


class Society:
    """Mechanisms with a network each, and a target network each.

    Attributes:
        nets: the mechanisms' networks.
        targets: copies of them.
        trunk: a layer that `trunked` steps send observations through.
        optimizer: of all networks.
        log: what steps append to it.
        batch: transitions.
    """

    def __init__(self, optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam) -> None:
        torch.manual_seed(0)
        self.nets = [network() for _ in range(AGENTS)]
        self.targets = copy.deepcopy(self.nets)
        self.trunk = nn.Linear(OBSERVED, OBSERVED)
        self.optimizer = optimizer(self.parameters(), lr=1e-2)
        self.log: list[float] = []
        self.batch = batch()

    def parameters(self) -> list[nn.Parameter]:
        """List the parameters of all mechanisms."""
        return [p for net in self.nets for p in net.parameters()]

    def mechanisms(self) -> dict[str, Any]:
        """Return the networks by name."""
        return {f"m{k}": net for k, net in enumerate(self.nets)}

    def bids(self, nets: list[nn.Sequential], observation: Tensor) -> Tensor:
        """Return each network's output, [samples, mechanisms]."""
        return torch.cat([net(observation) for net in nets], 1)

    def td_loss(
        self, observation: Tensor, successor: Tensor, reward: Tensor, action: Tensor
    ) -> Tensor:
        """Return the loss of deep Q-learning."""
        predicted = self.bids(self.nets, observation).gather(1, action[:, None])[:, 0]
        with torch.no_grad():
            target = reward + 0.9 * self.bids(self.targets, successor).max(1).values
        return functional.smooth_l1_loss(predicted, target)

    def policy_loss(
        self, observation: Tensor, successor: Tensor, reward: Tensor, action: Tensor
    ) -> Tensor:
        """Return the loss of REINFORCE with a softmax over bids."""
        del successor
        policy = torch.distributions.Categorical(logits=self.bids(self.nets, observation))
        loss: Tensor = -(policy.log_prob(action) * reward).mean()
        return loss

    def trunked_loss(self, observation: Tensor, reward: Tensor, **_unused: Tensor) -> Tensor:
        """Return a loss in which every mechanism predicts the reward from a shared layer."""
        hidden = self.trunk(observation).tanh()
        return ((self.bids(self.nets, hidden) - reward[:, None]) ** 2).mean()

    def update(self, clip: str = "", **data: Tensor) -> None:
        """Take a step of the optimiser, with gradients clipped over "all" or for "each" mechanism."""
        self.optimizer.zero_grad()
        loss = self.td_loss(**data)
        self.log.append(loss.item())
        loss.backward()
        groups = {"all": [self.parameters()], "each": [[*n.parameters()] for n in self.nets]}
        for group in groups.get(clip, []):
            nn.utils.clip_grad_norm_(group, 0.05)
        self.optimizer.step()
