"""What the table of the gallery does not show, on agents of Stable-Baselines3."""

from __future__ import annotations

import torch

from tests.verification.gallery.gallery_sb3 import audit_actions, ppo


def test_rewards_and_advantages_are_named() -> None:
    assert "part of rollout_buffer.advantages" in audit_actions(ppo()).conditioned


def test_the_agent_goes_on_learning_as_if_it_had_not_been_audited() -> None:
    agents = [ppo(epochs=2) for _ in range(2)]
    agents[0].n_epochs = agents[1].n_epochs = 1
    audit_actions(agents[0])
    for agent in agents:
        torch.manual_seed(1)
        agent.action_space.seed(1)
        agent.set_random_seed(1)
        agent.train()
    first, second = (agent.policy.state_dict() for agent in agents)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert agents[0]._n_updates == agents[1]._n_updates
