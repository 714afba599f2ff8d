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

import pytest
import torch
from stable_baselines3 import A2C, DQN, PPO

from repro.causal import Answer, audit_module, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.causal import Verdict

SAMPLES = 8
ENVIRONMENT = "CartPole-v1"
SETTINGS: dict[str, Any] = {"policy_kwargs": {"net_arch": [4]}, "seed": 0, "device": "cpu"}


def on_policy(kind: type[A2C | PPO], **more: Any) -> Any:  # noqa: ANN401 - no types there
    agent = kind("MlpPolicy", ENVIRONMENT, n_steps=SAMPLES, **SETTINGS, **more)
    return agent.learn(2 * SAMPLES)


def actions(layer: torch.nn.Module) -> dict[str, Any]:
    return {f"action {k}": rows(layer, k) for k in range(2)}


def ppo() -> Verdict:
    agent = on_policy(PPO, batch_size=SAMPLES, n_epochs=1)
    return audit_module(agent.train, actions(agent.policy.action_net), others=agent.policy)


def a2c() -> Verdict:
    agent = on_policy(A2C)
    return audit_module(agent.train, actions(agent.policy.action_net), others=agent.policy)


def actor_and_critic(**more: Any) -> Verdict:  # noqa: ANN401 - arguments of A2C
    agent = on_policy(A2C, **more)
    policy, layers = agent.policy, agent.policy.mlp_extractor
    mechanisms = {
        "actor": [layers.policy_net, policy.action_net],
        "critic": [layers.value_net, policy.value_net],
    }
    return audit_module(agent.train, mechanisms, others=policy)


def dqn() -> Verdict:
    agent = DQN(
        "MlpPolicy",
        ENVIRONMENT,
        learning_starts=SAMPLES,
        buffer_size=1000,
        batch_size=SAMPLES,
        **SETTINGS,
    )
    agent.learn(4 * SAMPLES)
    return audit_module(
        lambda: agent.train(1, SAMPLES), actions(agent.q_net.q_net[-1]), others=agent.policy
    )


CASES: dict[str, tuple[Callable[[], Verdict], set[str]]] = {
    "PPO": (ppo, {"log-sum-exp", "standard deviation", "norm"}),
    "A2C": (a2c, {"log-sum-exp", "norm"}),
    "A2C, actor and critic": (actor_and_critic, {"norm"}),
    "DQN": (dqn, {"norm"}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_answer_and_what_is_shared(name: str) -> None:
    run, expected = CASES[name]
    verdict = run()
    assert verdict.answer is Answer.NOT_MODULAR
    assert expected <= {witness.name for witness in verdict.witnesses}
    assert verdict.limits == ()
    assert verdict.factorised


def test_rewards_and_advantages_are_named() -> None:
    assert "part of rollout_buffer.advantages" in ppo().conditioned


def test_the_softmax_is_no_witness_where_there_is_none() -> None:
    assert "log-sum-exp" not in {witness.name for witness in dqn().witnesses}


def test_the_agent_goes_on_learning_as_if_it_had_not_been_audited() -> None:
    agents = [on_policy(PPO, batch_size=SAMPLES, n_epochs=2) for _ in range(2)]
    agents[0].n_epochs = agents[1].n_epochs = 1
    audit_module(agents[0].train, actions(agents[0].policy.action_net), others=agents[0].policy)
    for agent in agents:
        torch.manual_seed(1)
        agent.action_space.seed(1)
        agent.set_random_seed(1)
        agent.train()
    first, second = (agent.policy.state_dict() for agent in agents)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert agents[0]._n_updates == agents[1]._n_updates
