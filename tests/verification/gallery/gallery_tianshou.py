"""The updates of DQN, A2C and PPO in tianshou, from its replay buffer on.

A mechanism is one row of the last layer, which is one action. What is audited is the update of a batch whose returns and
advantages tianshou has computed: it does this in NumPy, where no graph can be traced, so they are given. The answers
by hand:

- DQN: the error of a sample reaches only the action that was taken. The optimiser clips no norm unless it is asked to.
  Hence modular.
- A2C: the log-probability of every action has the normaliser of all actions. Nothing else is shared: without
  clipping, there is no norm, and advantages are not normalised. (The policy draws actions that the update does not
  use, hence the seed.)
- PPO: the same. Advantages are normalised, so that their standard deviation is shared, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
import torch
from tianshou.algorithm import A2C, DQN, PPO
from tianshou.algorithm.modelfree.dqn import DiscreteQLearningPolicy
from tianshou.algorithm.modelfree.reinforce import DiscreteActorPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Batch, ReplayBuffer
from tianshou.utils.net.common import Net
from tianshou.utils.net.discrete import DiscreteActor, DiscreteCritic

from repro.causal import Answer, audit_module, rows
from tests.verification.gallery.entry import Entry, Library

if TYPE_CHECKING:
    from repro.causal import Verdict

SAMPLES, ACTIONS = 8, 2
OBSERVATION = (3,)
SPACE = gymnasium.spaces.Discrete(ACTIONS)


def experience() -> ReplayBuffer:
    numbers = np.random.default_rng(0)
    buffer = ReplayBuffer(size=SAMPLES)
    states = numbers.random((SAMPLES + 1, *OBSERVATION), dtype=np.float32)
    for t in range(SAMPLES):
        sample = {"obs": states[t], "obs_next": states[t + 1], "act": t % ACTIONS}
        ends = {"terminated": t == SAMPLES - 1, "truncated": False}
        buffer.add(Batch(**sample, **ends, rew=numbers.random()))
    return buffer


def network() -> Any:  # noqa: ANN401 - no types there
    torch.manual_seed(0)
    return Net(state_shape=OBSERVATION, action_shape=ACTIONS, hidden_sizes=[4])


def features() -> Any:  # noqa: ANN401 - no types there
    return Net(state_shape=OBSERVATION, hidden_sizes=[4])


def dqn() -> tuple[DQN, Batch]:
    policy = DiscreteQLearningPolicy(model=network(), action_space=SPACE)
    agent = DQN(policy=policy, optim=AdamOptimizerFactory(), target_update_freq=10)
    return agent, prepared(agent)


def on_policy(kind: type[A2C | PPO], **more: Any) -> tuple[A2C | PPO, Batch]:  # noqa: ANN401 - no types there
    torch.manual_seed(0)
    actor = DiscreteActor(preprocess_net=features(), action_shape=ACTIONS, softmax_output=False)
    policy = DiscreteActorPolicy(actor=actor, action_space=SPACE)
    critic = DiscreteCritic(preprocess_net=features())
    agent = kind(policy=policy, critic=critic, optim=AdamOptimizerFactory(), **more)
    return agent, prepared(agent)


def prepared(agent: DQN | A2C | PPO) -> Batch:
    """Sample a batch as `agent.update` does, with its returns and advantages."""
    buffer = experience()
    agent.policy.is_within_training_step = True
    batch, indices = buffer.sample(0)
    return agent._preprocess_batch(batch, buffer, indices)


def audit_values(made: tuple[DQN, Batch]) -> Verdict:
    agent, batch = made
    actions = {f"action {k}": rows(agent.policy.model.model.model[-1], k) for k in range(ACTIONS)}
    return audit_module(lambda: agent._update_with_batch(batch), actions, others=agent)


def audit_actions(made: tuple[A2C | PPO, Batch]) -> Verdict:
    agent, batch = made
    head = agent.policy.actor.last.model[-1]
    actions = {f"action {k}": rows(head, k) for k in range(ACTIONS)}

    def step() -> None:
        agent._update_with_batch(batch, batch_size=None, repeat=1)

    return audit_module(step, actions, others=agent, seed=0)


LIBRARY = Library(
    "tianshou",
    "tianshou",
    (
        Entry(
            "DQN",
            "actions",
            dqn,
            audit_values,
            Answer.MODULAR,
            "a transition changes the value of the action that was taken, and no norm is clipped",
            "obs",
        ),
        Entry(
            "A2C",
            "actions",
            lambda: on_policy(A2C),
            audit_actions,
            Answer.NOT_MODULAR,
            "softmax",
            "obs",
            ("log-sum-exp",),
            ("standard deviation", "norm"),
        ),
        Entry(
            "PPO",
            "actions",
            lambda: on_policy(PPO, advantage_normalization=True),
            audit_actions,
            Answer.NOT_MODULAR,
            "softmax, and normalised advantages",
            "obs",
            ("log-sum-exp", "standard deviation"),
            ("norm",),
        ),
    ),
)
