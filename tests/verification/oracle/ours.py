"""Our PPO for the comparison: one epoch of one run, and whole trainings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from repro import algorithms, tasks
from repro.algorithms.ppo import PPO
from repro.training.loop import train
from repro.training.trainer import Trainer, init_weights, stream

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from repro.algorithms import Algorithm
    from repro.mdp.task import Tables

Networks = dict[str, "NDArray[np.float32]"]
"""Flat parameters of one run's "policy" and "value" networks; for several runs, with a leading axis."""


@dataclass(frozen=True)
class Epoch:
    """The experience and the result of one epoch of one run with T steps.

    Attributes:
        before: the networks before the epoch.
        state: int64 [T], the state of each step, in order.
        action: int64 [T].
        old_log_prob: [T], log-probability of each action when it was taken.
        advantage: [T], normalised.
        target: [T], value targets.
        order: int64 [T], the shuffled steps; consecutive parts are minibatches.
        after: the networks after the epoch.
    """

    before: Networks
    state: NDArray[np.int64]
    action: NDArray[np.int64]
    old_log_prob: NDArray[np.float32]
    advantage: NDArray[np.float32]
    target: NDArray[np.float32]
    order: NDArray[np.int64]
    after: Networks


def ppo(**settings: float) -> PPO:
    """Return PPO with the protocol's hyperparameters, except those given."""
    found = algorithms.load("ppo", **settings)
    assert isinstance(found, PPO)
    return found


def tables(problem: str) -> Tables:
    """Return the tables of a problem."""
    return tasks.problem(problem).merged


def trainer(algorithm: Algorithm, problem: str, seed: int, *, after: int = 0) -> Trainer:
    """Make one run with the weights after `after` epochs and, as in a transfer, a new Adam."""
    generators = (stream("ppo", problem, seed),)
    weights = init_weights(algorithm, tables(problem), generators)
    made = Trainer(algorithm, tables(problem), generators, weights)
    for _ in range(after):
        made.epoch(made.outputs())
    return Trainer(algorithm, tables(problem), generators, made.weights())


def networks(trained: Trainer) -> Networks:
    """Return the parameters of a trainer with one run."""
    return {name: array[0, 0] for name, array in trained.weights().items()}


def epoch(trained: Trainer) -> Epoch:
    """Train one run for one epoch, and record it."""
    before = networks(trained)
    outputs = trained.outputs()
    behaviour_policy = outputs.policy
    samples, _ = trained.experience(outputs)
    order = trained.learn(samples, behaviour_policy)
    seen = samples | {"order": torch.from_numpy(order).long()}
    columns = {name: column.flatten().numpy() for name, column in seen.items()}
    log_policy = behaviour_policy[0, 0].log_softmax(-1).numpy()
    return Epoch(
        before=before,
        old_log_prob=log_policy[columns["state"], columns["action"]],
        after=networks(trained),
        **columns,
    )


def trained(
    problem: str, seeds: tuple[int, ...], epochs: int, draws: str = "", **settings: float
) -> tuple[NDArray[np.float64], Networks]:
    """Train some runs of PPO from fresh weights.

    Args:
        problem: its name.
        seeds: each determines the initial weights of its run.
        epochs: number of epochs.
        draws: selects another random stream for actions and minibatches with the same weights.
        settings: hyperparameters that differ from the protocol's.

    Returns:
        Mean returns [runs, epochs], and the initial weights of the runs.
    """
    algorithm = ppo(**settings)
    first = tuple(stream("ppo", problem, seed) for seed in seeds)
    weights = init_weights(algorithm, tables(problem), first)
    streams = tuple(stream(f"ppo{draws}", problem, seed) for seed in seeds) if draws else first
    result = train(
        Trainer(algorithm, tables(problem), streams, weights),
        epochs=epochs,
        run_ids=tuple(f"seed {seed}" for seed in seeds),
    )
    return result.returns, {name: array[:, 0] for name, array in weights.items()}
