"""The updates of DQN and PPO in skrl, as they are, on a memory of eight steps.

A mechanism is one row of the last layer, which is one action. Both shuffle the memory, hence the seed. The answers by
hand:

- DQN: the error of a sample reaches only the action that was taken, and no norm is clipped. Hence modular.
- PPO: the log-probability of every action has the normaliser of all actions. Before the update it computes advantages
  and normalises them, so that their standard deviation is shared, and one norm of all gradients is clipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium
import torch
from skrl.agents.torch.dqn import DQN, DQN_CFG
from skrl.agents.torch.ppo import PPO, PPO_CFG
from skrl.memories.torch import RandomMemory
from skrl.models.torch import CategoricalMixin, DeterministicMixin, Model

from repro.causal import Answer, audit_module, rows
from tests.verification.gallery.entry import Entry, Library

if TYPE_CHECKING:
    from repro.causal import Verdict

SAMPLES, ACTIONS = 8, 2
SPACES = {
    "observation_space": gymnasium.spaces.Box(-1, 1, (3,)),
    "action_space": gymnasium.spaces.Discrete(ACTIONS),
}


class Values(DeterministicMixin, Model):  # type: ignore[misc]  # no types there
    """A network with one value for each of some outputs."""

    def __init__(self, outputs: int) -> None:
        Model.__init__(self, **SPACES, device="cpu")
        DeterministicMixin.__init__(self)
        self.net = network(outputs)

    def compute(self, inputs: dict[str, Any], role: str) -> tuple[torch.Tensor, dict[str, Any]]:
        """Compute the values."""
        del role
        return self.net(inputs["observations"]), {}


class Policy(CategoricalMixin, Model):  # type: ignore[misc]  # no types there
    """A softmax policy."""

    def __init__(self) -> None:
        Model.__init__(self, **SPACES, device="cpu")
        CategoricalMixin.__init__(self)
        self.net = network(ACTIONS)

    def compute(self, inputs: dict[str, Any], role: str) -> tuple[torch.Tensor, dict[str, Any]]:
        """Compute the logits."""
        del role
        return self.net(inputs["observations"]), {}


def network(outputs: int) -> torch.nn.Sequential:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, outputs))


@torch.no_grad()
def experienced(agent: DQN | PPO) -> DQN | PPO:
    """Give the agent one memory full of steps, with both actions by turns."""
    agent.init()
    agent.enable_training_mode(True)
    states = torch.rand(SAMPLES + 1, 1, 3)
    for t in range(SAMPLES):
        agent.act(states[t], None, timestep=t, timesteps=SAMPLES)
        end = torch.zeros(1, 1, dtype=torch.bool)
        agent.record_transition(
            observations=states[t],
            states=None,
            actions=torch.tensor([[t % ACTIONS]]),
            rewards=torch.rand(1, 1),
            next_observations=states[t + 1],
            next_states=None,
            terminated=end,
            truncated=end,
            infos={},
            timestep=t,
            timesteps=SAMPLES,
        )
    return agent


def dqn() -> DQN:
    models = {"q_network": Values(ACTIONS), "target_q_network": Values(ACTIONS)}
    memory = RandomMemory(memory_size=SAMPLES, device="cpu", replacement=False)
    cfg = DQN_CFG(batch_size=SAMPLES)
    return experienced(DQN(models=models, memory=memory, cfg=cfg, **SPACES, device="cpu"))


def ppo() -> PPO:
    models = {"policy": Policy(), "value": Values(1)}
    memory = RandomMemory(memory_size=SAMPLES, device="cpu")
    cfg = PPO_CFG(rollouts=SAMPLES, learning_epochs=1, mini_batches=1)
    return experienced(PPO(models=models, memory=memory, cfg=cfg, **SPACES, device="cpu"))


def audit_values(agent: DQN) -> Verdict:
    actions = {f"action {k}": rows(agent.q_network.net[-1], k) for k in range(ACTIONS)}
    networks = [agent.q_network, agent.target_q_network]
    return audit_module(
        lambda: agent.update(timestep=0, timesteps=1), actions, others=networks, seed=0
    )


def audit_actions(agent: PPO) -> Verdict:
    actions = {f"action {k}": rows(agent.policy.net[-1], k) for k in range(ACTIONS)}
    networks = [agent.policy, agent.value]
    return audit_module(
        lambda: agent.update(timestep=0, timesteps=1), actions, others=networks, seed=0
    )


LIBRARY = Library(
    "skrl",
    "skrl",
    (
        Entry(
            "DQN",
            "actions",
            dqn,
            audit_values,
            Answer.MODULAR,
            "a transition changes the value of the action that was taken, and no norm is clipped",
            "rewards",
        ),
        Entry(
            "PPO",
            "actions",
            ppo,
            audit_actions,
            Answer.NOT_MODULAR,
            "softmax, normalised advantages, and one norm of all gradients",
            "rewards",
            ("log-sum-exp", "standard deviation", "norm"),
        ),
    ),
)
