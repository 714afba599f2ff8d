"""Trajectories for tests of rules, and the gradients of each rule, computed by loops."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from repro.credit.learning_rules import RULES, Rule, lambda_return, n_step
from repro.credit.sequential import sequential_updates

GAMMA, STATES, ACTIONS = 0.9, 3, 3
ALL: dict[str, Rule] = {
    **RULES,
    "one_step": n_step(1),
    "many_steps": n_step(9),
    "half": lambda_return(0.5),
}
HORIZON = {"sarsa": 1, "one_step": 1, "two_step": 2, "three_step": 3, "many_steps": 9}
TRACE = {"lambda_return": 0.95, "half": 0.5}
SPREADS = {"table": torch.eye(STATES, dtype=torch.int64), "network": torch.ones(3, 3).long()}
Bids = list[list[float]]


class Walk:
    """A trajectory that ended, of up to five steps through three states, and bids at them.

    Args:
        seed: of its numbers.
        steps: number of steps; None: random.
        acyclic: visit no state twice, in three steps at most.
    """

    def __init__(self, seed: int, steps: int | None = None, *, acyclic: bool = False) -> None:
        rng = np.random.default_rng(seed)
        self.steps = steps or int(rng.integers(1, 4 if acyclic else 6))
        self.state: list[int] = rng.integers(STATES, size=self.steps).tolist()
        if acyclic:
            self.state = rng.permutation(STATES)[: self.steps].tolist()
        self.action: list[int] = rng.integers(ACTIONS, size=self.steps).tolist()
        self.reward: list[float] = rng.normal(size=self.steps).tolist()
        self.bids: Bids = rng.normal(size=(STATES, ACTIONS)).tolist()

    def table(self) -> Tensor:
        """Return the bids as a leaf tensor."""
        return torch.tensor(self.bids, dtype=torch.float64, requires_grad=True)

    def loss(self, rule: Rule, bids: Tensor, step: int | None = None, last: float = 0) -> Tensor:
        """Apply a rule; `last` is the discount of the last step."""
        return rule(
            bids,
            torch.tensor(self.state),
            torch.tensor(self.action),
            torch.tensor(self.reward, dtype=torch.float64),
            torch.tensor([GAMMA] * (self.steps - 1) + [last], dtype=torch.float64),
            step,
        )

    def batch(self, rule: Rule, last: float = 0) -> Tensor:
        """Return the gradient of the whole trajectory in one batch."""
        bids = self.table()
        return torch.autograd.grad(self.loss(rule, bids, last=last), bids)[0]

    def in_order(self, rule: Rule, rate: float, spread: Tensor) -> tuple[Tensor, Tensor]:
        """Return the summed gradients of sequential updates, and the bids after them."""
        return sequential_updates(
            lambda bids, t: self.loss(rule, bids, t),
            self.table().detach(),
            self.steps,
            torch.tensor(rate, dtype=torch.float64),
            spread,
        )


def worth(name: str, walk: Walk, bids: Bids, t: int) -> float:
    """Compute the target (for REINFORCE, the return) of step t, from the current bids."""
    reward = walk.reward[t]
    if t == walk.steps - 1:
        return reward
    there, taken = bids[walk.state[t + 1]], walk.action[t + 1]
    if name in {"reinforce", "monte_carlo"}:
        return reward + GAMMA * worth(name, walk, bids, t + 1)
    if name in TRACE:
        further = TRACE[name] * worth(name, walk, bids, t + 1)
        return reward + GAMMA * ((1 - TRACE[name]) * there[taken] + further)
    if name in HORIZON:
        end, total = t + HORIZON[name], 0.0
        for i in range(t, min(end, walk.steps)):
            total += GAMMA ** (i - t) * walk.reward[i]
        if end < walk.steps:
            total += GAMMA ** (end - t) * bids[walk.state[end]][walk.action[end]]
        return total
    if name == "q_learning":
        return reward + GAMMA * max(there)
    assert name == "expected_sarsa"
    odds = [math.exp(bid) for bid in there]
    return reward + GAMMA * sum(o * bid for o, bid in zip(odds, there, strict=True)) / sum(odds)


def step_gradient(name: str, walk: Walk, bids: Bids, t: int) -> list[float]:
    """Gradient of step t's loss with respect to the bids at its state."""
    own, action, target = bids[walk.state[t]], walk.action[t], worth(name, walk, bids, t)
    if name == "reinforce":
        odds = [math.exp(bid) for bid in own]
        return [target * (o / sum(odds) - (k == action)) for k, o in enumerate(odds)]
    return [(own[k] - target) * (k == action) for k in range(ACTIONS)]


def by_loop(name: str, walk: Walk, rate: float, spread: Tensor) -> tuple[Bids, Bids]:
    """Return the summed gradients of sequential updates, and the bids after them, by a loop."""
    bids, total = [list(row) for row in walk.bids], [[0.0] * ACTIONS for _ in range(STATES)]
    for t, here in enumerate(walk.state):
        gradient = step_gradient(name, walk, bids, t)
        for k in range(ACTIONS):
            total[here][k] += gradient[k]
            for s in range(STATES):
                bids[s][k] -= rate * int(spread[s, here]) * gradient[k]
    return total, bids
