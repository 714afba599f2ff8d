"""The training steps of PPO, A2C and DQN in Stable-Baselines3, as they are.

A mechanism is one row of the last layer, which is one action; or the actor and the critic. The answers by hand:

- A2C and PPO: the log-probability of every action has the normaliser of all actions (talk:213-217), the actor and
  the critic of a step share nothing else, and the norm of all gradients couples all of them (talk:150).
- PPO normalises advantages, so that their standard deviation is shared, too.
- DQN: an error reaches only the action that was taken, but one norm is clipped over all parameters. Without
  clipping, the layers below would still be changed together; they are no mechanism here. What the rows then
  share is the hidden layer of the sampled states: one row's gradient takes it from the states in which its action
  was taken, and no state of the batch has two actions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stable_baselines3 import A2C, DQN, PPO

from repro.causal import Answer, audit_module, rows
from tests.verification.gallery.entry import Entry, Library

if TYPE_CHECKING:
    from repro.causal import Verdict

SAMPLES = 8
ENVIRONMENT = "CartPole-v1"
SETTINGS: dict[str, Any] = {"policy_kwargs": {"net_arch": [4]}, "seed": 0, "device": "cpu"}


def ppo(epochs: int = 1) -> PPO:
    agent = PPO(
        "MlpPolicy", ENVIRONMENT, n_steps=SAMPLES, batch_size=SAMPLES, n_epochs=epochs, **SETTINGS
    )
    return agent.learn(2 * SAMPLES)


def a2c() -> A2C:
    return A2C("MlpPolicy", ENVIRONMENT, n_steps=SAMPLES, **SETTINGS).learn(2 * SAMPLES)


def dqn() -> DQN:
    sizes: dict[str, Any] = {
        "learning_starts": 3 * SAMPLES,
        "buffer_size": 1000,
        "batch_size": SAMPLES,
    }
    return DQN("MlpPolicy", ENVIRONMENT, **sizes, **SETTINGS).learn(4 * SAMPLES)


def audit_actions(agent: PPO | A2C) -> Verdict:
    actions = {f"action {k}": rows(agent.policy.action_net, k) for k in range(2)}
    return audit_module(agent.train, actions, others=agent.policy)


def audit_actor_and_critic(agent: A2C) -> Verdict:
    policy, layers = agent.policy, agent.policy.mlp_extractor
    mechanisms = {
        "actor": [layers.policy_net, policy.action_net],
        "critic": [layers.value_net, policy.value_net],
    }
    return audit_module(agent.train, mechanisms, others=policy)


def audit_values(agent: DQN) -> Verdict:
    actions = {f"action {k}": rows(agent.q_net.q_net[-1], k) for k in range(2)}
    return audit_module(lambda: agent.train(1, SAMPLES), actions, others=agent.policy)


LIBRARY = Library(
    "Stable-Baselines3",
    "stable-baselines3",
    (
        Entry(
            "PPO",
            "actions",
            ppo,
            audit_actions,
            Answer.NOT_MODULAR,
            "softmax, normalised advantages, and one norm of all gradients",
            "observations",
            ("log-sum-exp", "standard deviation", "norm"),
        ),
        Entry(
            "A2C",
            "actions",
            a2c,
            audit_actions,
            Answer.NOT_MODULAR,
            "softmax, and one norm of all gradients",
            "observations",
            ("log-sum-exp", "norm"),
            ("standard deviation",),
        ),
        Entry(
            "A2C",
            "actor and critic",
            a2c,
            audit_actor_and_critic,
            Answer.NOT_MODULAR,
            "one norm of all gradients",
            "observations",
            ("norm",),
            ("standard deviation",),
        ),
        Entry(
            "DQN",
            "actions",
            dqn,
            audit_values,
            Answer.NOT_MODULAR,
            "one norm of all gradients",
            "observations",
            ("norm",),
            ("log-sum-exp", "standard deviation"),
        ),
    ),
)
