"""The only training loop: any algorithm on any problem, all runs of a block at once.

Networks are evaluated on the distinct states of the problem and gathered for each sample. Runs
share operations, never numbers: each has parameters, optimiser state and randomness of its own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from repro.errors import TrainingError
from repro.mechanism import Stack
from repro.rollout import Streams, shuffled
from repro.statistics.convergence import WINDOW, epochs_to_convergence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from repro.algorithms.base import Algorithm, Samples
    from repro.task import Tables

FIRST_DECAY, DECAY_EVERY = 600, 100
"""Both learning rates are lowered after this epoch, and after every so many from there."""

Weights = dict[str, "NDArray[np.float32]"]
"""Parameters of all runs: "policy" [R, K, P] and "value" [R, L, P]."""


@dataclass(frozen=True)
class Trained:
    """What a block of R runs came to.

    Attributes:
        returns: float64 [R, epochs], mean undiscounted return of each epoch, NaN once a run left.
        bids: "bid" and, where the algorithm has them, "logit": float32 [R, epochs, S, K] before
            each epoch's update, NaN once a run left; empty unless asked for.
        weights: after each run's last epoch.
    """

    returns: NDArray[np.float64]
    bids: Mapping[str, NDArray[np.float32]]
    weights: Weights


def stream(algorithm: str, problem: str, seed: int) -> np.random.Generator:
    """Make one run's random stream, which depends on its own id and nothing else."""
    digest = hashlib.sha256(f"{algorithm}/{problem}/{seed}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def fresh_weights(
    algorithm: Algorithm, tables: Tables, generators: tuple[np.random.Generator, ...]
) -> Weights:
    """Draw the networks of each run from its own stream."""
    observation, actions = tables.observation.shape[1], tables.next_state.shape[1]
    layout = algorithm.value_layout(observation)
    policy = [algorithm.fresh_policy(observation, actions, g) for g in generators]
    value = [layout.fresh(algorithm.learners(actions), g) for g in generators]
    return {"policy": np.stack(policy), "value": np.stack(value)}


class Trainer:
    """The runs of a block that are still there, and their one epoch of acting and learning.

    Attributes:
        policy: policy networks.
        value: value networks.

    Args:
        algorithm: what is trained.
        tables: of the problem.
        generators: one stream a run.
        weights: to start from.
    """

    def __init__(  # noqa: D107 - the class says it
        self,
        algorithm: Algorithm,
        tables: Tables,
        generators: tuple[np.random.Generator, ...],
        weights: Weights,
    ) -> None:
        self.algorithm, self.tables = algorithm, tables
        self.streams = Streams(generators, np.arange(len(generators)))
        self._observation = torch.from_numpy(np.array(tables.observation))
        observation, actions = tables.observation.shape[1], tables.next_state.shape[1]
        self.policy = Stack(
            algorithm.policy_layout(observation, actions),
            torch.from_numpy(weights["policy"]),
            algorithm.policy_rate,
            algorithm.max_norm,
        )
        self.value = Stack(
            algorithm.value_layout(observation),
            torch.from_numpy(weights["value"]),
            algorithm.value_rate,
        )

    def outputs(self) -> tuple[Tensor, Tensor]:
        """Policy output and values [R, L, S] on the distinct states, without a gradient."""
        with torch.no_grad():
            policy, value = self.policy(self._observation), self.value(self._observation)
            return policy, value.squeeze(-1)

    def epoch(self) -> tuple[NDArray[np.float64], Samples]:
        """Collect, assign credit, and learn from every sample once.

        Returns:
            Each run's mean return, [R], and the losses of each minibatch, "policy loss" and
            "value loss" [minibatches, R, L].
        """
        samples, mean_return = self.experience()
        losses = [self.update(minibatch) for minibatch in self.minibatches(samples)]
        policy, value = (torch.stack(column) for column in zip(*losses, strict=True))
        return mean_return, {"policy loss": policy, "value loss": value}

    def experience(self) -> tuple[Samples, NDArray[np.float64]]:
        """Collect one epoch and assign credit for it."""
        policy, value = self.outputs()
        batch = self.algorithm.collect(self.streams, self.tables, policy)
        return self.algorithm.samples(batch, self.tables, policy, value), batch.mean_return

    def minibatches(self, samples: Samples) -> list[Samples]:
        """Shuffle the samples of each learner and cut them up."""
        _, learners, n = samples["state"].shape
        order = torch.from_numpy(shuffled(self.streams, learners, n, self.algorithm.minibatch))
        mixed = {
            name: column.reshape(-1).index_select(0, order.flatten()).view(order.shape)
            for name, column in samples.items()
        }
        return [{name: column[i] for name, column in mixed.items()} for i in range(len(order))]

    def update(self, minibatch: Samples) -> tuple[Tensor, Tensor]:
        """Take one value step, then one policy step; returns their losses [R, L]."""
        value_loss = self.algorithm.value_loss(
            self.value(self._observation).squeeze(-1), minibatch, self.value.parameters
        )
        self.value.descend(value_loss)
        policy_loss = self.algorithm.policy_loss(self.policy(self._observation), minibatch)
        self.policy.descend(policy_loss)
        return policy_loss.detach(), value_loss.detach()

    def lower_rates(self) -> None:
        """Lower both learning rates by the algorithm's factor."""
        for stack in (self.policy, self.value):
            stack.scale_rate(self.algorithm.decay)

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Let all runs but `rows` go."""
        self.streams = Streams(self.streams.generators, self.streams.rows[rows])
        self.policy.keep(rows)
        self.value.keep(rows)


def train(
    trainer: Trainer,
    *,
    epochs: int,
    stay: int | None = None,
    watch_bids: bool = False,
    run_ids: tuple[str, ...],
    on_epoch: Callable[[int, int], None] = lambda _epoch, _runs: None,
) -> Trained:
    """Train all runs of a block.

    A run whose numbers are no longer finite stops its block: nothing could be judged without it.

    Args:
        trainer: with fresh or pretrained weights.
        epochs: at most so many.
        stay: a run leaves so many epochs after it has converged; None: no run leaves early.
        watch_bids: whether to record the bids before each epoch.
        run_ids: name of each run, for errors.
        on_epoch: told after each epoch its number and how many runs are left.

    Raises:
        TrainingError: an output or a loss is not a finite number.
    """
    runs = len(run_ids)
    returns = np.full((runs, epochs), np.nan)
    leaves = np.full(runs, epochs if stay is None else np.iinfo(np.int64).max)
    bids: dict[str, NDArray[np.float32]] = {}
    weights = {"policy": trainer.policy.values(), "value": trainer.value.values()}
    for epoch in range(1, epochs + 1):
        rows = trainer.streams.rows
        names = [run_ids[row] for row in rows]
        policy, value = trainer.outputs()
        # A sampler may never come back from a distribution whose shape is not a number.
        outputs = {"policy[network, state, output]": policy, "value[learner, state]": value}
        _check(outputs, names, epoch)
        if watch_bids:
            for name, table in trainer.algorithm.bids(policy).items():
                if name not in bids:
                    bids[name] = np.full((runs, epochs, *table.shape[1:]), np.nan, np.float32)
                bids[name][rows, epoch - 1] = table.numpy()
        returns[rows, epoch - 1], losses = trainer.epoch()
        _check(
            {f"{what}[minibatch, learner]": x.transpose(0, 1) for what, x in losses.items()},
            names,
            epoch,
        )
        if epoch >= FIRST_DECAY and epoch % DECAY_EVERY == 0:
            trainer.lower_rates()
        if stay is not None and epoch >= WINDOW:
            recent = epochs_to_convergence(returns[rows, epoch - WINDOW : epoch])
            done = rows[~recent.censored]
            leaves[done] = np.minimum(leaves[done], epoch + stay)
        staying = leaves[rows] > epoch
        if epoch == epochs or not staying.all():
            weights["policy"][rows] = trainer.policy.values()
            weights["value"][rows] = trainer.value.values()
        on_epoch(epoch, int(staying.sum()))
        if not staying.any():
            break
        if not staying.all():
            trainer.keep(np.flatnonzero(staying))
    watched = {name: table[:, :epoch] for name, table in bids.items()}
    return Trained(returns[:, :epoch], watched, weights)


def _check(tensors: Mapping[str, Tensor], names: list[str], epoch: int) -> None:
    """Raise for the first entry of a tensor [R, ...] that is not a finite number."""
    for what, tensor in tensors.items():
        if tensor.isfinite().all():
            continue
        run, *place = (int(i) for i in (~tensor.isfinite()).nonzero()[0])
        raise TrainingError(
            f"run {names[run]}, epoch {epoch}: {what} is, at {place}, {tensor[(run, *place)].item()}; "
            "expected a finite number; look at the settings of this run"
        )
