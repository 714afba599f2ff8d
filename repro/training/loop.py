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
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from repro.engine.networks import Weights
    from repro.training.trainer import Trainer

FIRST_DECAY, DECAY_EVERY = 600, 100
"""Both learning rates are lowered after this epoch, and after every so many from there."""
SAVE_SECONDS = 30.0
"""A checkpoint is written when the last one is older than this."""


@dataclass(frozen=True)
class Trained:
    """What a block of R runs came to.

    Attributes:
        returns: float64 [R, epochs], mean undiscounted return of each epoch, NaN once a run left.
        bids: "bid" and, where the algorithm has them, "logit": float32 [R, epochs, S, K] before
            each epoch's update, NaN once a run left; empty unless asked for.
        final_bids: the same after each run's last epoch, float32 [R, S, K].
        weights: after each run's last epoch.
    """

    returns: NDArray[np.float64]
    bids: Mapping[str, NDArray[np.float32]]
    final_bids: Mapping[str, NDArray[np.float32]]
    weights: Weights


def train(
    trainer: Trainer,
    *,
    epochs: int,
    extra_epochs: int | None = None,
    record_bids: bool = False,
    run_ids: tuple[str, ...],
    on_epoch: Callable[[int, int], None] = lambda _epoch, _runs: None,
    checkpoint_path: Path | None = None,
) -> Trained:
    """Train all runs of a block.

    A run whose numbers are no longer finite stops its block: nothing could be judged without it.

    Args:
        trainer: with fresh or pretrained weights.
        epochs: at most so many.
        extra_epochs: a run leaves so many epochs after it has converged; None: no run leaves early.
        record_bids: whether to record the bids before each epoch.
        run_ids: name of each run, for errors.
        on_epoch: told after each epoch its number and how many runs are left.
        checkpoint_path: file in which the state is kept from time to time; if it is there, training goes
            on from it, to the same numbers as without it. The caller removes it.

    Raises:
        TrainingError: an output is not a finite number.
    """
    course = _Course.begin(trainer, epochs, record_bids=record_bids)
    if checkpoint_path and (state := checkpoint.load(checkpoint_path)) is not None:
        course.restore(state)
    saved = time.monotonic()
    outputs = course.checked_outputs(run_ids)
    while len(trainer.streams.rows):
        course.advance(*outputs)
        if course.epoch >= FIRST_DECAY and course.epoch % DECAY_EVERY == 0:
            trainer.decay_learning_rates()
        outputs = course.checked_outputs(run_ids)
        if course.let_go(outputs[0], extra_epochs):
            outputs = trainer.outputs()
        on_epoch(course.epoch, len(trainer.streams.rows))
        if checkpoint_path and time.monotonic() - saved > SAVE_SECONDS:
            checkpoint.save(checkpoint_path, course.state())
            saved = time.monotonic()
    return course.finished()


@dataclass
class _Course:
    """What a training has come to so far.

    Attributes:
        trainer: of the runs that are left.
        epoch: how many are done.
        returns: [R, epochs], NaN where there is none.
        bids: [R, epochs, S, K] by name; empty unless watched.
        streak: [R], for how many epochs in a row each run's return has been near the optimum.
        leaves: [R], epoch after which each run leaves.
        final_bids: [R, S, K] by name, of the runs that left.
        weights: of the runs that left.
    """

    trainer: Trainer
    epoch: int
    returns: NDArray[np.float64]
    bids: dict[str, NDArray[np.float32]]
    streak: NDArray[np.int64]
    leaves: NDArray[np.int64]
    final_bids: dict[str, NDArray[np.float32]]
    weights: Weights

    @classmethod
    def begin(cls, trainer: Trainer, epochs: int, *, record_bids: bool) -> _Course:
        """Start before the first epoch."""
        runs = len(trainer.streams.rows)
        bids = trainer.algorithm.bids(trainer.outputs()[0])
        return cls(
            trainer,
            epoch=0,
            returns=np.full((runs, epochs), np.nan),
            bids={
                name: np.full((runs, epochs, *table.shape[1:]), np.nan, np.float32)
                for name, table in bids.items()
                if record_bids
            },
            streak=np.zeros(runs, np.int64),
            leaves=np.full(runs, epochs),
            final_bids={name: table.numpy() for name, table in bids.items()},
            weights=trainer.weights(),
        )

    def checked_outputs(self, run_ids: tuple[str, ...]) -> tuple[Tensor, Tensor]:
        """Evaluate the networks; a sampler may never come back from a shape that is no number."""
        policy, value = self.trainer.outputs()
        names = ("policy[network, state, output]", "value[learner, state]")
        for what, tensor in zip(names, (policy, value), strict=True):
            finite = tensor.isfinite()
            if not finite.all():
                run, *place = (int(i) for i in (~finite).nonzero()[0])
                raise TrainingError(
                    f"run {run_ids[self.trainer.streams.rows[run]]}, after epoch {self.epoch}: "
                    f"{what} is, at {place}, {tensor[(run, *place)].item()}; expected a finite "
                    "number; look at the settings of this run"
                )
        return policy, value

    def advance(self, policy: Tensor, value: Tensor) -> None:
        """Do one epoch with networks whose outputs are these."""
        rows = self.trainer.streams.rows
        if self.bids:
            for name, table in self.trainer.algorithm.bids(policy).items():
                self.bids[name][rows, self.epoch] = table.numpy()
        earned = self.trainer.epoch(policy, value)
        self.returns[rows, self.epoch] = earned
        self.streak[rows] = np.where(is_near(earned), self.streak[rows] + 1, 0)
        self.epoch += 1

    def let_go(self, policy: Tensor, extra_epochs: int | None) -> bool:
        """Let go the runs that have converged for long enough; whether there was one."""
        rows = self.trainer.streams.rows
        if extra_epochs is not None:
            done = rows[self.streak[rows] == WINDOW]
            self.leaves[done] = np.minimum(self.leaves[done], self.epoch + extra_epochs)
        leaving = self.leaves[rows] <= self.epoch
        if not leaving.any():
            return False
        gone = rows[leaving]
        for name, table in self.trainer.algorithm.bids(policy).items():
            self.final_bids[name][gone] = table.numpy()[leaving]
        for name, parameters in self.trainer.weights().items():
            self.weights[name][gone] = parameters[leaving]
        self.trainer.keep(np.flatnonzero(~leaving))
        return True

    def finished(self) -> Trained:
        """Cut off the epochs that no run did."""
        watched = {name: table[:, : self.epoch] for name, table in self.bids.items()}
        return Trained(self.returns[:, : self.epoch], watched, self.final_bids, self.weights)

    def state(self) -> dict[str, NDArray[Any]]:
        """Collect all that the rest of the training depends on."""
        done = {"returns": self.returns, **_prefixed("bids", self.bids)}
        return {
            "epoch": np.array(self.epoch),
            "streak": self.streak,
            "leaves": self.leaves,
            **{name: array[:, : self.epoch] for name, array in done.items()},
            **_prefixed("final_bids", self.final_bids),
            **_prefixed("weights", self.weights),
            **_prefixed("trainer", self.trainer.state()),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `state` returned, in a course begun with the same arguments."""
        self.trainer.restore(_without("trainer", state))
        self.epoch = int(state["epoch"])
        self.streak[:], self.leaves[:] = state["streak"], state["leaves"]
        self.returns[:, : self.epoch] = state["returns"]
        for name, table in self.bids.items():
            table[:, : self.epoch] = state[f"bids.{name}"]
        for mine, what in ((self.final_bids, "final_bids"), (self.weights, "weights")):
            for name, array in _without(what, state).items():
                mine[name][:] = array


def _prefixed(what: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"{what}.{name}": array for name, array in arrays.items()}


def _without(what: str, state: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Take those of one prefix, and the prefix off."""
    return {
        name.removeprefix(f"{what}."): array
        for name, array in state.items()
        if name.startswith(f"{what}.")
    }
