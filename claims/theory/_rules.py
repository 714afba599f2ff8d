"""The rules under audit: those of the theory, and the very code that trains PPO, PPOF and CVS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._shapes import mechanism
from repro import algorithms
from repro.credit.in_order import in_order
from repro.engine.rollout import Batch
from repro.mdp.task import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from claims.theory._shapes import Shape
    from repro.credit.rules import Rule

    Gradients = dict[str, Tensor]
    Inputs = dict[str, Tensor]

DISCOUNT = 0.99
COPIES = 2


def inputs(shape: Shape, seed: int = 0) -> Inputs:
    """Draw bids [S, K] and rewards [T] for a shape; its states and actions are context."""
    generator = np.random.default_rng(seed)
    return {
        "bids": torch.from_numpy(generator.normal(size=(shape.size, shape.mechanisms))),
        "reward": torch.from_numpy(generator.normal(size=shape.steps)),
        "state": torch.tensor(shape.states),
        "action": torch.tensor(shape.actions),
    }


def batch_rule(rule: Rule, discount: float = DISCOUNT) -> Callable[..., Gradients]:
    """Take a rule's gradients for all steps at once, from the bids as they were executed.

    Gradients are taken for each step by itself, [T, K]: what a mechanism makes of its steps is its own
    affair. A state visited twice is one row of the bids.
    """

    def gradients(bids: Tensor, reward: Tensor, state: Tensor, action: Tensor) -> Gradients:
        rows = bids[state].detach().requires_grad_()
        steps = torch.arange(len(state))
        loss = rule(rows, steps, action, reward, _discounts(len(state), discount).to(reward))
        return by_mechanism(torch.autograd.grad(loss, rows)[0])

    return gradients


def sequential_rule(
    rule: Rule, *, network: bool, discount: float = DISCOUNT
) -> Callable[..., Gradients]:
    """Apply a rule's updates in order along the trajectory.

    Args:
        rule: of `repro.credit.rules`.
        network: whether a mechanism is one network over all states, so that an update at one state
            moves its bids at all others, or a table.
        discount: γ.
    """

    def gradients(
        bids: Tensor, reward: Tensor, rate: Tensor, state: Tensor, action: Tensor
    ) -> Gradients:
        size, steps = len(bids), len(state)
        spread = torch.ones(size, size) if network else torch.eye(size)
        discounts = _discounts(steps, discount).to(reward)

        def step_loss(current: Tensor, t: int) -> Tensor:
            return rule(current, state, action, reward, discounts, step=t)

        return by_mechanism(in_order(step_loss, bids, steps, rate, spread)[0])

    return gradients


def with_rate(drawn: Inputs, rate: float = 1e-3) -> Inputs:
    """Add the learning rate that a sequential rule takes."""
    return {**drawn, "rate": torch.tensor(rate, dtype=drawn["bids"].dtype)}


def trainer_rule(name: str) -> Callable[..., Gradients]:
    """Take the gradients that an algorithm's own credit assignment makes, as its trainer does.

    Args:
        name: of the algorithm, as "ppo".
    """
    algorithm = algorithms.load(name)

    def gradients(
        policy: Tensor, behaviour_policy: Tensor, value: Tensor, **data: Tensor
    ) -> Gradients:
        state, next_state = data["state"], data["next_state"]
        size, mechanisms = value.shape[-1], max(policy.shape[1], policy.shape[-1])
        tables = Tables(
            next_state=np.zeros((size, mechanisms), np.int64),
            reward=np.zeros((size, mechanisms), np.float32),
            terminal=np.arange(size) == size - 1,
            observation=np.zeros((size, 1), np.float32),
            starts=np.zeros(1, np.int64),
            horizon=state.shape[-1],
        )
        batch = Batch(
            state=state,
            choice=data["choice"],
            next_state=next_state,
            reward=data["reward"],
            last=data["last"],
            mean_return=np.zeros(1),
            bids=data.get("bids", torch.empty(*state.shape, 0)),
        )
        samples = algorithm.samples(batch, tables, value)
        gradient = algorithm.policy_gradient(
            policy, behaviour_policy, algorithm.minibatch_statistics(samples, tables)
        )
        if gradient.shape[1] > 1:  # a network each, [1, K, S, outputs]
            return by_mechanism(gradient[0], axis=0)
        return by_mechanism(gradient[0, 0])  # one network for all, [1, 1, S, K]

    return gradients


def trainer_inputs(name: str, shape: Shape, seed: int = 0) -> Inputs:
    """Draw what `trainer_rule` takes: networks' outputs, values, and an executed trajectory.

    The policy that learns is another than the one that acted, as in an epoch's later minibatches.
    Numbers are doubles: where all of a mechanism's samples are alike, normalisation divides rounding
    by rounding.
    """
    generator = np.random.default_rng(seed)
    algorithm = algorithms.load(name)
    K, S, T = shape.mechanisms, shape.size + 1, shape.steps
    networks = len(algorithm.init_policy(1, K, generator))
    outputs = algorithm.policy_spec(1, K).sizes[-1]

    def normal(*size: int) -> Tensor:
        return torch.from_numpy(generator.normal(size=size))

    behaviour_policy = normal(1, networks, S, outputs)
    drawn = {
        "policy": behaviour_policy + 0.1 * normal(*behaviour_policy.shape),
        "behaviour_policy": behaviour_policy,
        "value": normal(1, algorithm.learners(K), S),
        "reward": normal(1, T),
        "state": torch.tensor([shape.states]),
        "next_state": torch.tensor([[*shape.states[1:], S - 1]]),
        "last": torch.arange(T)[None] == T - 1,
        "choice": torch.tensor([shape.actions]),
    }
    if name == "cvs":
        bids = torch.from_numpy(generator.uniform(0.1, 0.9, (1, T, COPIES * K)))
        winner = COPIES * drawn["choice"]
        drawn["choice"] = winner
        drawn["bids"] = bids.scatter(-1, winner.unsqueeze(-1), 0.95)
    return drawn


def by_mechanism(gradient: Tensor, axis: int = -1) -> Gradients:
    """Name the slices of a gradient that belong to each mechanism."""
    return {mechanism(k): part for k, part in enumerate(gradient.unbind(axis))}


def _discounts(steps: int, discount: float) -> Tensor:
    """Discount each step by a constant but the last, which ends the episode."""
    listed: Sequence[float] = [discount] * (steps - 1) + [0.0]
    return torch.tensor(listed)
