"""The updates of DQN, A2C and PPO in pfrl, as they are.

A mechanism is one row of the last layer, which is one action. The answers by hand:

- DQN: the error of a sample reaches only the action that was taken, and no norm is clipped by default. Hence modular.
- A2C: the log-probability of every action has the normaliser of all actions. No norm is clipped by default.
- PPO: the same. Advantages are standardised by torch, so that their standard deviation is shared, too. They are Python
  numbers in lists that exist before the update, hence data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from pfrl.agents import A2C, DQN, PPO
from pfrl.explorers import Greedy
from pfrl.nn import Branched
from pfrl.policies import SoftmaxCategoricalHead
from pfrl.q_functions import DiscreteActionValueHead
from pfrl.replay_buffers import ReplayBuffer

from repro.causal import Answer, audit_module, rows
from tests.verification.gallery.entry import Entry, Library

if TYPE_CHECKING:
    from repro.causal import Verdict

SAMPLES, ACTIONS = 8, 2


def features() -> list[torch.nn.Module]:
    torch.manual_seed(0)
    return [torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, ACTIONS)]


def states() -> np.ndarray:
    return np.random.default_rng(0).random((SAMPLES + 1, 3), dtype=np.float32)


def dqn() -> tuple[DQN, list[list[dict[str, Any]]]]:
    values = torch.nn.Sequential(*features(), DiscreteActionValueHead())
    adam = torch.optim.Adam(values.parameters())
    seen = states()
    sizes = {"replay_start_size": SAMPLES, "minibatch_size": SAMPLES}
    agent = DQN(values, adam, ReplayBuffer(SAMPLES), 0.9, Greedy(), **sizes)
    experience = [
        {"state": seen[t], "action": np.int64(t % ACTIONS), "reward": 0.1 * t}
        | {"next_state": seen[t + 1], "next_action": None, "is_state_terminal": False}
        for t in range(SAMPLES)
    ]
    return agent, [[transition] for transition in experience]


def actor_and_critic() -> tuple[torch.nn.Module, torch.optim.Optimizer]:
    actor = torch.nn.Sequential(*features(), SoftmaxCategoricalHead())
    model = Branched(actor, torch.nn.Linear(3, 1))
    return model, torch.optim.Adam(model.parameters())


def a2c() -> A2C:
    agent = A2C(*actor_and_critic(), gamma=0.9, num_processes=1, update_steps=SAMPLES)
    for t, state in enumerate(states()[:-1]):
        agent.batch_act([state])
        if t < SAMPLES - 1:
            agent.batch_observe([state], [0.1 * t], [False], [False])
    return agent


def ppo() -> tuple[PPO, list[dict[str, Any]]]:
    agent = PPO(*actor_and_critic(), update_interval=SAMPLES, minibatch_size=SAMPLES, epochs=1)
    return agent, [
        {"state": state, "action": np.int64(t % ACTIONS), "adv": 0.1 * t}
        | {"log_prob": -0.5, "v_pred": 0.2, "v_teacher": 0.3}
        for t, state in enumerate(states()[:-1])
    ]


def audit_values(made: tuple[DQN, list[list[dict[str, Any]]]]) -> Verdict:
    agent, experience = made
    actions = {f"action {k}": rows(agent.model[2], k) for k in range(ACTIONS)}
    return audit_module(
        lambda: agent.update(experience), actions, others=[agent.model, agent.target_model]
    )


def audit_a2c(agent: A2C) -> Verdict:
    actions = {f"action {k}": rows(agent.model.child_modules[0][2], k) for k in range(ACTIONS)}
    return audit_module(agent.update, actions, others=agent.model)


def audit_ppo(made: tuple[PPO, list[dict[str, Any]]]) -> Verdict:
    agent, data = made
    actions = {f"action {k}": rows(agent.model.child_modules[0][2], k) for k in range(ACTIONS)}
    return audit_module(lambda: agent._update(data), actions, others=agent.model)


LIBRARY = Library(
    "pfrl",
    "pfrl",
    (
        Entry(
            "DQN",
            "actions",
            dqn,
            audit_values,
            Answer.MODULAR,
            "a transition changes the value of the action that was taken, and no norm is clipped",
            "state",
        ),
        Entry(
            "A2C",
            "actions",
            a2c,
            audit_a2c,
            Answer.NOT_MODULAR,
            "softmax",
            "rewards",
            ("log-sum-exp",),
            ("standard deviation", "norm"),
        ),
        Entry(
            "PPO",
            "actions",
            ppo,
            audit_ppo,
            Answer.NOT_MODULAR,
            "softmax, and standardised advantages",
            "state",
            ("log-sum-exp", "standard deviation"),
            ("norm",),
        ),
    ),
)
