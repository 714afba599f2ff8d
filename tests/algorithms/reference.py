"""A second, slow implementation of the networks and their updates.

Each network is a torch module with its own optimiser, in double precision, one run at a time. It uses
only torch's layers, optimiser, clipping and distributions, and no code of the engine.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from repro import algorithms, tasks
from repro.training.trainer import Trainer, init_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from repro.engine.networks import Weights


KINDS = ("cvs", "ppo", "ppof", "sarsa")
"""One algorithm of each kind: with auctions, one policy network, several, and none but values. Tests of the
training loop use these; `test_conformance.py` tests every algorithm."""

WITH_CRITICS = [n for n in algorithms.algorithm_names() if algorithms.load(n).critics(6)]
WITH_ADVANTAGES = [n for n in algorithms.algorithm_names() if algorithms.load(n).has_advantages]


def is_clipped_together(name: str) -> bool:
    """Whether an algorithm clips one norm over all policy networks of a run, and not one for each."""
    return getattr(algorithms.load(name), "clipped_together", False)


ROUNDING = 5e-7
"""Bound on float32 rounding of a parameter near 2."""
KINK = 20 * ROUNDING
"""Nearer to 0 than this, rounding can decide on which side of a ReLU's kink a unit with 20 inputs is."""


class Network:
    """One multilayer perceptron with its own Adam optimiser.

    Attributes:
        nearest: smallest distance from 0 of what a ReLU was given so far.

    Args:
        vector: its parameters, [P], each layer's weights [inputs, outputs] and then its biases.
        sizes: units of each layer.
        relu: the hidden layers, counted from 0, that a ReLU follows.
        rate: learning rate.
        max_grad_norm: gradient norm at which it is clipped; None: never.
        betas: Adam's decay rates.
    """

    def __init__(
        self,
        vector: NDArray[np.float32],
        sizes: Sequence[int],
        relu: Sequence[int],
        rate: float,
        max_grad_norm: float | None = None,
        betas: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        layers: list[nn.Module] = []
        self.linears: list[nn.Linear] = []
        rest = torch.from_numpy(vector).double()
        for layer, (i, o) in enumerate(pairwise(sizes)):
            linear = nn.Linear(i, o, dtype=torch.float64)
            with torch.no_grad():
                linear.weight.copy_(rest[: i * o].view(i, o).T)
                linear.bias.copy_(rest[i * o : i * o + o])
            rest = rest[i * o + o :]
            self.linears.append(linear)
            layers += [linear, nn.ReLU()] if layer in relu else [linear]
            if layer in relu:
                linear.register_forward_hook(self._note)
        assert not len(rest)
        self.nearest = math.inf
        self.module = nn.Sequential(*layers)
        self.max_grad_norm = max_grad_norm
        self.adam = torch.optim.Adam(self.module.parameters(), lr=rate, betas=betas, eps=1e-8)

    def __call__(self, observation: Tensor) -> Tensor:
        """Evaluate on observations [n, O]."""
        out: Tensor = self.module(observation)
        return out

    def _note(self, _layer: nn.Module, _given: object, before_relu: Tensor) -> None:
        self.nearest = min(self.nearest, before_relu.abs().min().item())

    def flat(self) -> Tensor:
        """Return the parameters in the order in which they were given."""
        pieces = [x for layer in self.linears for x in (layer.weight.T.flatten(), layer.bias)]
        return torch.cat(pieces)

    def step(self) -> None:
        """Clip the accumulated gradient, take one step, and reset it."""
        if self.max_grad_norm is not None:
            nn.utils.clip_grad_norm_(self.module.parameters(), self.max_grad_norm)
        self.adam.step()
        self.adam.zero_grad()


def value_step(
    network: Network, observation: Tensor, target: Tensor, penalty: float = 1e-3
) -> None:
    """Take one step on the mean squared error plus the penalty × the sum of squared parameters."""
    error = network(observation).squeeze(-1) - target
    ((error**2).mean() + penalty * (network.flat() ** 2).sum()).backward()
    network.step()


def policy_steps(
    networks: Sequence[Network],
    policy: torch.distributions.Distribution,
    done: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
) -> Tensor:
    """Take one PPO step with every network (clip 0.2, entropy bonus 0.1); return the ratios."""
    ratio = (policy.log_prob(done) - old_log_prob).exp()
    gain = torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
    (-(gain + 0.1 * policy.entropy()).mean()).backward()
    for network in networks:
        network.step()
    return ratio.detach()


def assert_moved_alike(
    found: NDArray[np.float32],
    network: Network,
    before: NDArray[np.float32],
    rate: float,
    least: float = 1.0,
) -> None:
    """Check that parameters moved alike, up to 1/1000 of a step and float32 rounding near 2.

    Args:
        found: parameters of the engine's network.
        network: the plain one.
        before: parameters of both before they learned.
        rate: learning rate.
        least: steps of this size that some parameter moved at least.
    """
    change = network.flat().detach().numpy() - before
    assert np.abs(change).max() > least * rate
    np.testing.assert_allclose(found - before, change, rtol=0, atol=1e-3 * rate + ROUNDING)


def normalised(advantage: Sequence[float]) -> Tensor:
    """Subtract the mean and divide by the sample standard deviation + 1.19e-7."""
    x = np.array(advantage)
    return torch.from_numpy((x - x.mean()) / (x.std(ddof=1) + 1.1920929e-07))


def generators(runs: int) -> tuple[np.random.Generator, ...]:
    """Create a random stream for each run."""
    return tuple(np.random.default_rng(11 + run) for run in range(runs))


def acting_at_random(name: str, hyperparameters: Mapping[str, float]) -> dict[str, float]:
    """Add ε = 1 if the behaviour is greedy but for ε, so that short runs have returns above 0."""
    greedy = algorithms.load(name).judged_greedily
    return {**hyperparameters} | ({"epsilon": 1.0} if greedy else {})


def rough_weights(name: str, problem: str, runs: int = 2, **hyperparameters: float) -> Weights:
    """Draw weights without zeros, so that every path of the gradient counts."""
    tables = tasks.problem(problem).merged
    algorithm = algorithms.load(name, **hyperparameters)
    weights = init_weights(algorithm, tables, generators(runs))
    rng = np.random.default_rng(7)
    return {kind: w + rng.normal(0, 0.2, w.shape).astype(np.float32) for kind, w in weights.items()}


def make_trainer(name: str, problem: str, weights: Weights, **hyperparameters: float) -> Trainer:
    """Create a trainer with a random stream for each run in `weights`."""
    algorithm = algorithms.load(name, **hyperparameters)
    tables = tasks.problem(problem).merged
    return Trainer(algorithm, tables, generators(len(weights["policy"])), weights)
