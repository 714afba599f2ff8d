"""The rules under audit: those of the theory, and the code that trains PPO, PPOF and CVS."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._shapes import mechanism
from repro import algorithms
from repro.algorithms import Outputs
from repro.causal import audit
from repro.credit.sequential import sequential_updates
from repro.credit.vickrey import second_price, vickrey_utility
from repro.engine.rollout import Batch
from repro.mdp import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

    from claims.theory._shapes import Episodes, Shape
    from repro.causal import Verdict
    from repro.credit.learning_rules import Rule

    Gradients = dict[str, Tensor]
    Inputs = dict[str, Tensor]

COMPARED = ("cvs", "ppo", "ppof")
"""The algorithms that the talk compares."""
DISCOUNT = 0.99
COPIES = 2
"""Bids of each mechanism in a CVS auction: its own and its clone's."""


def inputs(shape: Shape | Episodes, seed: int = 0) -> Inputs:
    """Draw bids [S, K] and rewards [T] for a shape; its states and actions are context."""
    generator = np.random.default_rng(seed)
    return {
        "bids": torch.from_numpy(generator.normal(size=(shape.size, shape.mechanisms))),
        "reward": torch.from_numpy(generator.normal(size=shape.steps)),
        "state": torch.tensor(shape.states),
        "action": torch.tensor(shape.actions),
    }


def batch_rule(
    rule: Rule, discount: float = DISCOUNT, ends: Sequence[bool] = ()
) -> Callable[..., Gradients]:
    """Return a function for a rule's gradients at all steps, from the bids as executed.

    Each mechanism gets one gradient per step, [T], because it may combine its own steps in any way. A
    state visited twice is one row of the bids.

    Args:
        rule: of `repro.credit.learning_rules`.
        discount: γ.
        ends: whether each step ends an episode; empty: only the last one does.
    """

    def gradients(bids: Tensor, reward: Tensor, state: Tensor, action: Tensor) -> Gradients:
        rows = bids[state].detach().requires_grad_()
        steps = torch.arange(len(state))
        discount_t = discounts(len(state), discount).to(reward)
        if ends:
            discount_t = torch.where(torch.tensor(ends), 0.0, discount).to(reward)
        loss = rule(rows, steps, action, reward, discount_t)
        return by_mechanism(torch.autograd.grad(loss, rows)[0])

    return gradients


def sequential_rule(
    rule: Rule, *, network: bool, discount: float = DISCOUNT
) -> Callable[..., Gradients]:
    """Return a function that applies a rule's updates in order along the trajectory.

    Args:
        rule: of `repro.credit.learning_rules`.
        network: whether a mechanism is one network over all states, so that an update at one state
            changes its bids at all others, or a table.
        discount: γ.
    """

    def gradients(
        bids: Tensor, reward: Tensor, rate: Tensor, state: Tensor, action: Tensor
    ) -> Gradients:
        size, steps = len(bids), len(state)
        spread = torch.ones(size, size) if network else torch.eye(size)
        discount_t = discounts(steps, discount).to(reward)

        def step_loss(current: Tensor, t: int) -> Tensor:
            return rule(current, state, action, reward, discount_t, step=t)

        return by_mechanism(sequential_updates(step_loss, bids, steps, rate, spread)[0])

    return gradients


def with_rate(drawn: Inputs, rate: float = 1e-3) -> Inputs:
    """Add the learning rate that a sequential rule takes."""
    return {**drawn, "rate": torch.tensor(rate, dtype=drawn["bids"].dtype)}


def trainer_rule(name: str, **hyperparameters: float) -> Callable[..., Gradients]:
    """Return a function for the policy gradients that an algorithm's trainer computes.

    Args:
        name: of the algorithm, as "ppo".
        hyperparameters: that differ from the algorithm's defaults.
    """
    algorithm = algorithms.load(name, **hyperparameters)

    def gradients(
        policy: Tensor, behaviour_policy: Tensor, value: Tensor, **data: Tensor
    ) -> Gradients:
        mechanisms = max(policy.shape[1], policy.shape[-1])
        batch, tables = trainer_batch(data, value.shape[-1], mechanisms)
        samples = algorithm.assign_credit(batch, tables, Outputs(behaviour_policy, value))
        gradient = algorithm.policy_gradient(
            policy, behaviour_policy, algorithm.minibatch_statistics(samples, tables)
        )
        if gradient.shape[1] > 1:  # one network per mechanism, [1, K, S, outputs]
            return by_mechanism(gradient[0], axis=0)
        return by_mechanism(gradient[0, 0])  # one network for all, [1, 1, S, K]

    return gradients


def trainer_batch(data: Mapping[str, Tensor], size: int, actions: int) -> tuple[Batch, Tables]:
    """Return a trajectory in the trainer's data structures; the last of `size` states is terminal."""
    tables = Tables(
        next_state=np.zeros((size, actions), np.int64),
        reward=np.zeros((size, actions), np.float32),
        terminal=np.arange(size) == size - 1,
        observation=np.zeros((size, 1), np.float32),
        starts=np.zeros(1, np.int64),
        horizon=data["state"].shape[-1],
    )
    batch = Batch(
        state=data["state"],
        action=data["action"],
        next_state=data["next_state"],
        reward=data["reward"],
        episode_end=data["episode_end"],
        mean_return=np.zeros(1),
        bids=data.get("bids", torch.empty(*data["state"].shape, 0)),
    )
    return batch, tables


def trainer_inputs(
    name: str, shape: Shape | Episodes, seed: int = 0, **hyperparameters: float
) -> Inputs:
    """Draw the inputs of `trainer_rule`: networks' outputs, values, and what was executed.

    The policy differs from the behaviour policy, as in an epoch's later minibatches. Numbers are
    float64: if all samples of a mechanism are equal, normalisation divides one rounding error by another.
    """
    generator = np.random.default_rng(seed)
    algorithm = algorithms.load(name, **hyperparameters)
    K, S, T = shape.mechanisms, shape.size + 1, shape.steps
    networks = len(algorithm.init_policy(1, K, generator))
    outputs, ends = algorithm.policy_spec(1, K).sizes[-1], torch.tensor(shape.ends)

    def normal(*size: int) -> Tensor:
        return torch.from_numpy(generator.normal(size=size))

    behaviour_policy = normal(1, networks, S, outputs)
    drawn = {
        "policy": behaviour_policy + 0.1 * normal(*behaviour_policy.shape),
        "behaviour_policy": behaviour_policy,
        "value": normal(1, algorithm.critics(K), S),
        "reward": normal(1, T),
        "state": torch.tensor([shape.states]),
        "next_state": torch.where(ends, S - 1, torch.tensor([*shape.states[1:], S - 1]))[None],
        "episode_end": ends[None],
        "action": torch.tensor([shape.actions]),
    }
    if algorithm.copies:
        bids = torch.from_numpy(generator.uniform(0.1, 0.9, (1, T, algorithm.copies * K)))
        winner = algorithm.copies * drawn["action"]
        drawn["action"] = winner
        drawn["bids"] = bids.scatter(-1, winner.unsqueeze(-1), 0.95)
    return drawn


def utilities(
    bids: Tensor, reward: Tensor, episode_end: Tensor, action: Tensor, **_unused: Tensor
) -> dict[str, Tensor]:
    """Return each mechanism's utility in CVS's auctions, before it is normalised."""
    price = second_price(bids, action)
    utility = vickrey_utility(reward, price, action, episode_end, bids.shape[-1], DISCOUNT)
    parts = utility.unflatten(-1, (-1, COPIES)).unbind(-2)
    return {mechanism(k): part for k, part in enumerate(parts)}


@cache
def audit_cvs(shape: Shape, selection: str) -> Verdict:
    """Audit CVS as trained, once for all claims that use it."""
    return audit(trainer_rule("cvs"), trainer_inputs("cvs", shape), selection=selection)


def by_mechanism(gradient: Tensor, axis: int = -1) -> Gradients:
    """Split a gradient into one slice per mechanism, by name."""
    return {mechanism(k): part for k, part in enumerate(gradient.unbind(axis))}


def discounts(steps: int, discount: float = DISCOUNT) -> Tensor:
    """Return each step's discount [T]; 0 at the last step, which ends the episode."""
    return torch.tensor([discount] * (steps - 1) + [0.0])
