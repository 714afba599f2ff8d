"""An agent is as before after an audit, whatever its training step changes."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from repro.causal import Answer, audit_module


class Agent:
    """An agent whose training step is a method and changes everything that a step may change."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.left, self.right = nn.Linear(3, 1), nn.Linear(3, 1)
        self.norm = nn.BatchNorm1d(3)
        self.optimizer = torch.optim.SGD(
            [*self.left.parameters(), *self.right.parameters()], lr=0.1, momentum=0.9
        )
        self.updates = 0
        self.losses: list[float] = []
        self.buffer = {"observation": np.random.default_rng(0).normal(size=(4, 3))}
        self.old_loss = torch.zeros(1)

    def train(self) -> None:
        """Take a step on random samples of the buffer."""
        order = np.random.permutation(4)  # noqa: NPY002 - what libraries do
        random.random()  # noqa: S311 - likewise
        observation = self.norm(torch.tensor(self.buffer["observation"][order]).float())
        loss = (self.left(observation)[:2] ** 2).sum() + (self.right(observation)[2:] ** 2).sum()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.updates += 1
        self.losses.append(loss.item())
        self.old_loss.copy_(loss.detach())
        self.buffer["observation"][0] += 1
        self.optimizer.param_groups[0]["lr"] *= 0.5
        self.norm.train(self.updates % 2 == 0)


def frozen(agent: Agent) -> list[Any]:
    """Copy all that `Agent.train` changes."""
    modules = (agent.left, agent.right, agent.norm)
    return copy.deepcopy(
        [
            *(x for m in modules for x in m.state_dict().values()),
            *(p.grad for m in modules for p in m.parameters()),
            *(list(s.values()) for s in agent.optimizer.state.values()),
            agent.optimizer.param_groups[0]["lr"],
            agent.norm.training,
            (agent.updates, agent.losses, agent.old_loss, agent.buffer["observation"]),
            (random.getstate(), torch.get_rng_state()),
            tuple(np.random.get_state(legacy=True))[1:],  # noqa: NPY002 - as above
        ]
    )


def flat(state: Any) -> list[Any]:  # noqa: ANN401
    if isinstance(state, (list, tuple)):
        return [y for x in state for y in flat(x)]
    return state.flatten().tolist() if hasattr(state, "flatten") else [state]


@pytest.mark.slow
@pytest.mark.parametrize("updates", [0, 1])
def test_the_agent_is_as_before(updates: int) -> None:
    agent = Agent()
    for _ in range(updates):
        agent.train()
    before = flat(frozen(agent))
    verdict = audit_module(agent.train, {"left": agent.left, "right": agent.right}, verify=True)
    assert flat(frozen(agent)) == before
    assert len(before) > 50
    # One variance divides the samples of both networks: that of the batch or the running one.
    assert verdict.answer is Answer.NOT_MODULAR
    assert verdict.limits == ()
    assert {"random numbers of Python", "random numbers of NumPy"} <= {*verdict.context}
    assert not any(one.violates for one in verdict.interventions)
