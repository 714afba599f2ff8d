"""The only training loop: any algorithm on any problem, all runs of a block at once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from repro.errors import TrainingError
from repro.statistics.convergence import WINDOW, is_near
from repro.training import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from repro.algorithms.base import Outputs
    from repro.engine.networks import Weights
    from repro.training.trainer import Trainer

FIRST_DECAY, DECAY_EVERY = 600, 100
"""Both learning rates decay after epoch FIRST_DECAY and then after every DECAY_EVERY epochs."""
SAVE_SECONDS = 30.0
"""A checkpoint is written if the last one is older than this, in seconds."""
FLOAT16_MAX = float(np.finfo(np.float16).max)
ROOM = 4096
"""Epochs that there is room for at first, in arrays with one entry per epoch; the room doubles when needed."""


@dataclass(frozen=True)
class Trained:
    """Results of a block of R runs.

    Attributes:
        returns: float64 [R, epochs], mean undiscounted return of each epoch; NaN after the run's
            last epoch.
        bids: as `Algorithm.bids` names them: float16 [R, epochs, S, K], before each epoch's update; NaN
            after the run's last epoch, and at states that were not asked for; empty if none was. A
            float16 in [0, 1] errs by at most 1/4096, a larger one by a part in 2048, up to 65,504.
        final_bids: the same after each run's last epoch, at every state: float32 [R, S, K].
        weights: after each run's last epoch, and after each epoch that was to be kept.
    """

    returns: NDArray[np.float64]
    bids: Mapping[str, NDArray[np.float16]]
    final_bids: Mapping[str, NDArray[np.float32]]
    weights: Weights


def train(
    trainer: Trainer,
    *,
    epochs: int,
    extra_epochs: int | None = None,
    bid_states: Sequence[int] = (),
    keep: Sequence[int] = (),
    run_ids: tuple[str, ...],
    on_epoch: Callable[[int, int], None] = lambda _epoch, _runs: None,
    checkpoint_path: Path | None = None,
) -> Trained:
    """Train all runs of a block.

    Args:
        trainer: with initial or pretrained weights.
        epochs: maximum number of epochs.
        extra_epochs: a run stops this many epochs after it has converged; None: no run stops early.
        bid_states: states whose bids are recorded before each epoch; none: nothing is recorded.
        keep: epochs, counted from 1, after which the weights are kept too; no run stops before them.
        run_ids: name of each run, for error messages.
        on_epoch: called after each epoch with its number and the number of runs still training.
        checkpoint_path: file in which the state is saved from time to time. If it exists, training
            continues from it and gives the same numbers as without it. The caller removes it.

    Raises:
        TrainingError: an output is not a finite number. It stops the whole block, because no claim
            can be judged without all of its runs.
    """
    progress = _Progress.begin(trainer, epochs, bid_states, keep)
    if checkpoint_path and (state := checkpoint.load(checkpoint_path)) is not None:
        progress.restore(state)
    saved = time.monotonic()
    outputs = progress.checked_outputs(run_ids)
    while len(trainer.streams.rows):
        progress.advance(outputs)
        if progress.epoch >= FIRST_DECAY and progress.epoch % DECAY_EVERY == 0:
            trainer.decay_learning_rates()
        outputs = progress.checked_outputs(run_ids)
        if progress.drop_converged(outputs.policy, extra_epochs):
            outputs = trainer.outputs()
        on_epoch(progress.epoch, len(trainer.streams.rows))
        if checkpoint_path and time.monotonic() - saved > SAVE_SECONDS:
            checkpoint.save(checkpoint_path, progress.state())
            saved = time.monotonic()
    return progress.results()


@dataclass
class _Progress:
    """Progress of a training.

    Attributes:
        trainer: of the runs still training.
        epochs: maximum number of epochs.
        bid_states: states whose bids are recorded.
        keep: epochs after which weights are kept.
        epoch: number of epochs done.
        returns: [R, E], NaN where there is none yet; E grows up to `epochs`.
        bids: [R, E, S, K] by name; empty unless they are recorded.
        streak: [R], number of consecutive epochs up to now with a return near the optimum.
        last_epoch: [R], epoch after which each run stops.
        final_bids: [R, S, K] by name, of the runs that stopped.
        weights: of the runs that stopped, and those kept so far.
    """

    trainer: Trainer
    epochs: int
    bid_states: NDArray[np.intp]
    keep: frozenset[int]
    epoch: int
    returns: NDArray[np.float64]
    bids: dict[str, NDArray[np.float16]]
    streak: NDArray[np.int64]
    last_epoch: NDArray[np.int64]
    final_bids: dict[str, NDArray[np.float32]]
    weights: Weights

    @classmethod
    def begin(
        cls, trainer: Trainer, epochs: int, bid_states: Sequence[int], keep: Sequence[int]
    ) -> _Progress:
        """Return the progress before the first epoch."""
        runs = len(trainer.streams.rows)
        bids = trainer.algorithm.bids(trainer.outputs().policy)
        room = min(epochs, ROOM)
        now = trainer.weights()
        kept = {f"{name}.{epoch}": w.copy() for epoch in keep for name, w in now.items()}
        return cls(
            trainer,
            epochs,
            np.asarray(bid_states, np.intp),
            frozenset(keep),
            epoch=0,
            returns=np.full((runs, room), np.nan),
            bids={
                name: np.full((runs, room, *table.shape[1:]), np.nan, np.float16)
                for name, table in bids.items()
                if len(bid_states)
            },
            streak=np.zeros(runs, np.int64),
            last_epoch=np.full(runs, epochs),
            final_bids={name: table.numpy() for name, table in bids.items()},
            weights=now | kept,
        )

    def checked_outputs(self, run_ids: tuple[str, ...]) -> Outputs:
        """Evaluate the networks and check the outputs: with NaN, a sampler might never return.

        Raises:
            TrainingError: an output is not a finite number.
        """
        outputs = self.trainer.outputs()
        names = ("policy[network, state, output]", "value[learner, state]")
        for what, tensor in zip(names, (outputs.policy, outputs.value), strict=True):
            finite = tensor.isfinite()
            if not finite.all():
                run, *place = (int(i) for i in (~finite).nonzero()[0])
                raise TrainingError(
                    f"run {run_ids[self.trainer.streams.rows[run]]}, after epoch {self.epoch}: "
                    f"{what} is, at {place}, {tensor[(run, *place)].item()}; expected a finite "
                    "number; check the hyperparameters of this run"
                )
        return outputs

    def advance(self, outputs: Outputs) -> None:
        """Train one epoch, given the networks' outputs before it."""
        rows = self.trainer.streams.rows
        self.make_room(self.epoch + 1)
        if self.bids:
            place = rows[:, None], self.epoch, self.bid_states
            for name, table in self.trainer.algorithm.bids(outputs.policy).items():
                here = table.numpy()[:, self.bid_states]
                self.bids[name][place] = here.clip(-FLOAT16_MAX, FLOAT16_MAX)
        returns = self.trainer.epoch(outputs)
        self.returns[rows, self.epoch] = returns
        near = is_near(returns, self.trainer.tables.best_return)
        self.streak[rows] = np.where(near, self.streak[rows] + 1, 0)
        self.epoch += 1
        if self.epoch in self.keep:
            for name, parameters in self.trainer.weights().items():
                self.weights[f"{name}.{self.epoch}"][rows] = parameters

    def make_room(self, epochs: int) -> None:
        """Lengthen the arrays with one entry per epoch if they hold fewer than `epochs`."""
        if epochs > self.returns.shape[1]:
            room = min(self.epochs, max(epochs, 2 * self.returns.shape[1]))
            self.returns = _lengthened(self.returns, room)
            self.bids = {name: _lengthened(table, room) for name, table in self.bids.items()}

    def drop_converged(self, policy: Tensor, extra_epochs: int | None) -> bool:
        """Drop the runs that have done their last epoch; return True if any were dropped."""
        rows = self.trainer.streams.rows
        if extra_epochs is not None:
            converged = rows[self.streak[rows] == WINDOW]
            limit = self.epoch + extra_epochs
            self.last_epoch[converged] = np.minimum(self.last_epoch[converged], limit)
        stopping = self.last_epoch[rows] <= self.epoch
        if not stopping.any():
            return False
        stopped = rows[stopping]
        for name, table in self.trainer.algorithm.bids(policy).items():
            self.final_bids[name][stopped] = table.numpy()[stopping]
        for name, parameters in self.trainer.weights().items():
            self.weights[name][stopped] = parameters[stopping]
        self.trainer.keep(np.flatnonzero(~stopping))
        return True

    def results(self) -> Trained:
        """Return the results, without the epochs that no run reached."""
        recorded = {name: table[:, : self.epoch] for name, table in self.bids.items()}
        return Trained(self.returns[:, : self.epoch], recorded, self.final_bids, self.weights)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return everything that the rest of the training depends on, as arrays."""
        by_epoch = {"returns": self.returns, **_prefixed("bids", self.bids)}
        return {
            "epoch": np.array(self.epoch),
            "streak": self.streak,
            "last_epoch": self.last_epoch,
            **{name: array[:, : self.epoch] for name, array in by_epoch.items()},
            **_prefixed("final_bids", self.final_bids),
            **_prefixed("weights", self.weights),
            **_prefixed("trainer", self.trainer.state()),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a `state`; `self` must have been created with the same arguments."""
        self.trainer.restore(_with_prefix("trainer", state))
        self.epoch = int(state["epoch"])
        self.make_room(self.epoch)
        self.streak[:], self.last_epoch[:] = state["streak"], state["last_epoch"]
        self.returns[:, : self.epoch] = state["returns"]
        for name, table in self.bids.items():
            table[:, : self.epoch] = state[f"bids.{name}"]
        for own, prefix in ((self.final_bids, "final_bids"), (self.weights, "weights")):
            for name, array in _with_prefix(prefix, state).items():
                own[name][:] = array


def _lengthened(array: NDArray[Any], epochs: int) -> NDArray[Any]:
    """Append NaN along the second axis, up to a number of epochs."""
    longer = np.full((len(array), epochs, *array.shape[2:]), np.nan, array.dtype)
    longer[:, : array.shape[1]] = array
    return longer


def _prefixed(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def _with_prefix(prefix: str, state: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Select the arrays with a prefix, and remove it from their names."""
    return {
        name.removeprefix(f"{prefix}."): array
        for name, array in state.items()
        if name.startswith(f"{prefix}.")
    }
